"""WARC records as this archive writes them: one gzip member each, read back by offset.

warcio writes the records. They are read here because verifying needs the stored bytes
of each record (their SHA-256 stands in the next), which no WARC reader hands out.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from crawler.types import Page

# Extension fields, which the WARC standard allows (ISO 28500:2017, 5.1). Lower case is
# how `Record.fields` names them.
PAYLOAD_SHA256 = "Foreland-Payload-SHA-256"
PREVIOUS_SHA256 = "Foreland-Previous-Record-SHA-256"
RECORD_NUMBER = "Foreland-Record-Number"
SOURCE = "Foreland-Source"
RENDERED = "Foreland-Rendered"
PAGE = "Foreland-Page"
REFERS_TO_FILE = "Foreland-Refers-To-File"
REFERS_TO_OFFSET = "Foreland-Refers-To-Offset"

_CHUNK = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b\x08"
#: Everything printable in ASCII: what a header line can carry as it is.
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
#: Headers that are no longer true of the body as it is archived (unpacked, in one piece).
#: Tools that replay a WARC would try to unpack it again; this prefix is how they know.
_TRANSPORT = frozenset({"content-encoding", "transfer-encoding"})
_ORIGINAL = "X-Archive-Orig-"


class DamagedRecord(ValueError):
    """The bytes at an offset are not a whole record."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record, read back."""

    offset: int  #: bytes from the start of the file
    size: int  #: bytes it takes in the file
    sha256: str  #: of those bytes
    fields: Mapping[str, str]  #: WARC named fields, by lower-case name
    block: bytes

    def field(self, name: str) -> str:
        """A named field, '' when it is not there."""
        return self.fields.get(name.lower(), "")

    @property
    def type(self) -> str:
        """'response', 'resource', 'revisit', 'request', 'warcinfo' or 'metadata'."""
        return self.field("WARC-Type")

    @property
    def id(self) -> str:
        """The record's URN, without the angle brackets."""
        return self.field("WARC-Record-ID").strip("<>")

    @property
    def payload(self) -> bytes:
        """The body: the block, without its HTTP headers in a response."""
        if self.type == "response":
            return self.block.partition(b"\r\n\r\n")[2]
        return self.block


# --- writing ------------------------------------------------------------------------


def pack(
    record_type: str,
    fields: Mapping[str, str],
    block: bytes,
    *,
    http: StatusAndHeaders | None = None,
    content_type: str = "",
) -> bytes:
    """One record as one gzip member."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        "",
        record_type,
        payload=io.BytesIO(block),
        length=len(block),
        warc_content_type=content_type,
        warc_headers_dict=dict(fields),
        http_headers=http,
    )
    writer.write_record(record)
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(buffer.getvalue()) + packer.flush()


def http_response(page: Page) -> StatusAndHeaders:
    """The status line and headers of a page as they stand in its record."""
    status = "000" if page.status is None else f"{page.status:03d}"
    headers = [_http_header(name, value) for name, value in page.headers]
    for position, (name, value) in enumerate(headers):
        wrong_length = name.lower() == "content-length" and value != str(len(page.body))
        if name.lower() in _TRANSPORT or wrong_length:
            headers[position] = (_ORIGINAL + name, value)
    return StatusAndHeaders(status, headers, protocol="HTTP/1.1")


def http_request(page: Page) -> StatusAndHeaders:
    """The request line and headers of a page as they stand in its record."""
    url = target(page.requested_url or page.url)
    headers = [_http_header(name, value) for name, value in page.request_headers]
    return StatusAndHeaders(f"{url} HTTP/1.1", headers, protocol="GET")


def target(url: str) -> str:
    """The address as a WARC field can carry it: ASCII, in one line."""
    return quote(url, safe=_PRINTABLE.replace(" ", ""), errors="replace")


def is_answer(page: Page) -> bool:
    """Whether the page is what a server sent, and not a rendered page or a file."""
    known = not page.rendered and (page.status is not None or bool(page.request_headers))
    return known and page.url.lower().startswith(("http://", "https://"))


def content_type(page: Page) -> str:
    """What a page that is no answer holds: what is declared, else a rendered document."""
    if page.rendered:
        return "text/html; charset=utf-8"
    declared = [value for name, value in page.headers if name.lower() == "content-type"]
    return target(declared[0]).replace("%20", " ") if declared else "application/octet-stream"


def warc_date(time: datetime) -> str:
    """The time in UTC with microseconds, as WARC 1.1 writes it."""
    date: str = datetime_to_iso_date(time.astimezone(UTC).replace(tzinfo=None), use_micros=True)
    return date


def _http_header(name: str, value: str) -> tuple[str, str]:
    """A header as one line of ASCII; what it was is in the description of the page."""
    return (
        quote(name.strip(), safe=_PRINTABLE.replace(":", "").replace(" ", ""), errors="replace")
        or "X-Empty",
        quote(value.strip(), safe=_PRINTABLE, errors="replace"),
    )


def describe(page: Page) -> str:
    """What of the page the record does not say by itself, as JSON in ASCII."""
    data: dict[str, Any] = {
        "status": page.status,
        "encoding": page.encoding,
        "rendered": page.rendered,
    }
    if page.url != target(page.url):
        data["url"] = page.url
    if page.requested_url is not None:
        data["requested_url"] = page.requested_url
    if page.request_headers:
        data["request_headers"] = page.request_headers
    if page.headers:
        data["headers"] = page.headers
    if page.screenshot is not None:
        data["screenshot"] = hashlib.sha256(page.screenshot).hexdigest()
    return json.dumps(data, separators=(",", ":"))


def screenshot_digest(record: Record) -> str | None:
    """The SHA-256 of the screenshot in the record after this one; None: there is none."""
    try:
        digest = json.loads(record.field(PAGE)).get("screenshot")
    except (ValueError, AttributeError):
        return None
    return digest if isinstance(digest, str) else None


def restore(record: Record, body: bytes, screenshot: bytes | None = None) -> Page:
    """The page of a response, resource or revisit record.

    Raises:
        DamagedRecord: the record does not describe a page.
    """
    try:
        data = json.loads(record.field(PAGE))
        return Page(
            url=data.get("url", record.field("WARC-Target-URI")),
            body=body,
            fetched_at=datetime.fromisoformat(record.field("WARC-Date")),
            status=data["status"],
            headers=_pairs(data.get("headers", ())),
            rendered=data["rendered"],
            encoding=data["encoding"],
            requested_url=data.get("requested_url"),
            request_headers=_pairs(data.get("request_headers", ())),
            screenshot=screenshot,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DamagedRecord(f"does not describe a page: {error!r}") from error


def _pairs(items: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in items)


# --- reading ------------------------------------------------------------------------


def read_record(path: Path, offset: int) -> Record:
    """The record that begins at the offset.

    Raises:
        DamagedRecord: there is no whole record there.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return read_from(file, offset)


def iter_records(path: Path) -> Iterator[Record | tuple[int, str]]:
    """Every record of a file in order, and (offset, what is wrong) where one is damaged.

    After damage it goes on at the next place where a record begins.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        while offset < size:
            try:
                record = read_from(file, offset)
            except DamagedRecord as damage:
                yield offset, str(damage)
                found = _next_record(file, offset + 1)
                if found is None:
                    return
                offset = found
            else:
                yield record
                offset += record.size


def read_from(file: BinaryIO, offset: int) -> Record:
    """As `read_record`, from an open file."""
    file.seek(offset)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16)
    digest = hashlib.sha256()
    pieces: list[bytes] = []
    size = 0
    while not unpacker.eof:
        chunk = file.read(_CHUNK)
        if not chunk:
            raise DamagedRecord("is cut off at the end of the file" if size else "is not there")
        try:
            pieces.append(unpacker.decompress(chunk))
        except zlib.error as error:
            raise DamagedRecord(f"was changed (it cannot be unpacked: {error})") from error
        used = len(chunk) - len(unpacker.unused_data)
        digest.update(chunk[:used])
        size += used
    return _parse(b"".join(pieces), offset, size, digest.hexdigest())


def _parse(data: bytes, offset: int, size: int, sha256: str) -> Record:
    head, separator, rest = data.partition(b"\r\n\r\n")
    version, *lines = head.decode("utf-8", "replace").split("\r\n")
    if not separator or not version.startswith("WARC/1."):
        raise DamagedRecord("is not a WARC record")
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    block = rest[:-4]
    if rest[-4:] != b"\r\n\r\n" or fields.get("content-length") != str(len(block)):
        raise DamagedRecord("has another length than it says")
    return Record(offset, size, sha256, fields, block)


def _next_record(file: BinaryIO, start: int) -> int | None:
    """Where the next record begins, at or after `start`."""
    base, carried = start, b""
    file.seek(start)
    while chunk := file.read(_CHUNK):
        window = carried + chunk
        position = window.find(_GZIP_MAGIC)
        while position != -1:
            offset = base + position
            if _begins_record(file, offset):
                return offset
            position = window.find(_GZIP_MAGIC, position + 1)
        carried = window[-(len(_GZIP_MAGIC) - 1) :]
        base += len(window) - len(carried)
        file.seek(base + len(carried))
    return None


def _begins_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        head = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(file.read(512), 5)
    except zlib.error:
        return False
    return head == b"WARC/"
