"""One capture as a WACZ file, which replayweb.page and its kin open (WACZ 1.1.1)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler import __version__
from crawler.archive import records
from crawler.archive.records import Record
from crawler.archive.warc import load_page, page_records, read_inside
from crawler.archive.warc_file import Draft
from crawler.errors import ArchiveError
from crawler.types import Capture, Page

_WARC = "data.warc.gz"
_VERSION = "1.1.1"


@dataclass(frozen=True, slots=True)
class _Member:
    """One record as it lies in the package's WARC file."""

    offset: int
    size: int
    record: Record


def write_wacz(folder: Path, capture: Capture, out: Path, *, title: str, now: datetime) -> None:
    """Write the capture, with its request or its screenshot, into the file `out`.

    The records are the archive's own bytes; only one that refers to the payload of an earlier
    record is written anew, with the payload.

    Args:
        folder: the archive.
        capture: which page.
        out: ends in .wacz, and is not there yet.
        title: shown for the page.
        now: the time, in UTC.

    Raises:
        ArchiveError: the capture cannot be read, or the file not be written.
    """
    page = load_page(folder, capture)
    data = b"".join([_packed(_warcinfo(capture, now)), *_records(folder, capture, page)])
    files: dict[str, bytes] = {
        f"archive/{_WARC}": data,
        "indexes/index.cdxj": _index(data),
        "pages/pages.jsonl": _pages(capture, page, title),
    }
    package = _json(_package(capture, title, files, now))
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
    files |= {"datapackage.json": package, "datapackage-digest.json": _json(digest)}
    try:
        with zipfile.ZipFile(out, "x", zipfile.ZIP_STORED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, _zip_time(now)), content)
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror}"
        raise ArchiveError(capture.sha256, message) from error


def surt(url: str) -> str:
    """The key under which an address is looked up: its host reversed, the rest sorted.

    >>> surt("https://www.board.example.org/Thread?b=2&a=1")
    'org,example,board)/thread?a=1&b=2'
    >>> surt("urn:fullPage:https://a.example.org/")
    'urn:fullPage:https://a.example.org/'
    """
    lower = url.lower()
    if not lower.startswith(("http://", "https://")):
        return url
    parts = urlsplit(lower)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = f"?{urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))}"
    return (
        ",".join(reversed(host.split("."))) + port + ")" + (parts.path or "/") + query.rstrip("?")
    )


def _records(folder: Path, capture: Capture, page: Page) -> list[bytes]:
    """The stored bytes of the capture's record and of the one that belongs to it."""
    record = read_inside(folder, capture.warc_file, capture.warc_offset)
    if record.type == "revisit":
        record_id = uuid.uuid4().urn
        drafts = page_records(page, capture.source, capture.sha256, record_id, None)
        drafts[0].fields["WARC-Refers-To"] = f"<{capture.id}>"
        return [_packed(draft) for draft in drafts]
    found = [record]
    asked = record.type == "response" and bool(page.request_headers)
    if page.screenshot is not None or asked:
        found.append(read_inside(folder, capture.warc_file, record.offset + record.size))
    with (folder / capture.warc_file).open("rb") as file:
        file.seek(record.offset)
        return [file.read(one.size) for one in found]


def _warcinfo(capture: Capture, now: datetime) -> Draft:
    info = f"software: Foreland/{__version__}\r\nformat: WARC file version 1.1\r\n"
    fields = {
        "WARC-Record-ID": f"<{uuid.uuid4().urn}>",
        "WARC-Date": records.warc_date(now),
        "WARC-Filename": _WARC,
    }
    info += f"description: capture {capture.id} of {records.target(capture.url)}\r\n"
    return Draft("warcinfo", fields, info.encode(), content_type="application/warc-fields")


def _packed(draft: Draft) -> bytes:
    return records.pack(
        draft.type, draft.fields, draft.block, http=draft.http, content_type=draft.content_type
    )


def _index(data: bytes) -> bytes:
    lines = []
    for member in _members(data):
        record = member.record
        if record.type not in {"response", "resource"}:
            continue
        url, date = record.field("WARC-Target-URI"), record.field("WARC-Date")
        sha1 = hashlib.sha1(record.payload, usedforsecurity=False).digest()
        entry = {
            "url": url,
            "mime": _mime(record),
            "status": _status(record),
            "digest": f"sha1:{base64.b32encode(sha1).decode()}",
            "length": str(member.size),
            "offset": str(member.offset),
            "filename": _WARC,
        }
        stamp = datetime.fromisoformat(date).strftime("%Y%m%d%H%M%S")
        lines.append(f"{surt(url)} {stamp} {json.dumps(entry)}\n")
    return "".join(sorted(lines)).encode()


def _members(data: bytes) -> list[_Member]:
    members = []
    stream = io.BytesIO(data)
    offset = 0
    while offset < len(data):
        record = records.read_from(stream, offset)
        members.append(_Member(offset, record.size, record))
        offset += record.size
    return members


def _mime(record: Record) -> str:
    declared = record.field("Content-Type")
    if record.type == "response":
        head = record.block.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        named = [
            line.partition(":")[2] for line in head if line.lower().startswith("content-type:")
        ]
        declared = named[0] if named else "application/octet-stream"
    return declared.split(";")[0].strip().lower()


def _status(record: Record) -> str:
    if record.type != "response":
        return "200"
    parts = record.block[:64].split(b" ")
    return parts[1].decode("latin-1")[:3] if len(parts) > 1 else "200"


def _pages(capture: Capture, page: Page, title: str) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    entry = {
        "id": capture.id.rpartition(":")[2],
        "url": records.target(page.url),
        "ts": _rfc3339(capture.captured_at),
        "title": title,
        "size": len(page.body),
    }
    return f"{json.dumps(head)}\n{json.dumps(entry)}\n".encode()


def _package(
    capture: Capture, title: str, files: Mapping[str, bytes], now: datetime
) -> dict[str, object]:
    return {
        "profile": "data-package",
        "wacz_version": _VERSION,
        "title": title,
        "description": f"One page, captured by {capture.collector}.",
        "created": _rfc3339(now),
        "modified": _rfc3339(now),
        "software": f"Foreland/{__version__}",
        "mainPageUrl": records.target(capture.url),
        "mainPageDate": _rfc3339(capture.captured_at),
        "resources": [
            {
                "name": name.rpartition("/")[2],
                "path": name,
                "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "bytes": len(content),
            }
            for name, content in files.items()
        ],
        "foreland": {
            "capture": capture.id,
            "sha256": capture.sha256,
            "source": capture.source,
            "collector": capture.collector,
            "captured_at": _rfc3339(capture.captured_at),
            "file": capture.warc_file,
            "offset": capture.warc_offset,
        },
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _zip_time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    utc = moment.astimezone(UTC)
    return (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)


def _json(data: object) -> bytes:
    return (json.dumps(data, indent=2) + "\n").encode()
