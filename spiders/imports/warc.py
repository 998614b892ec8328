"""Pages of WARC files that other tools wrote, and of WACZ files, which hold WARC files."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.types import Page
from spiders.imports import BadLine, Found, FoundPage, NotThisFormat
from spiders.imports.values import dig, moment_of

#: Bytes of one page, and of one file in a WACZ, unpacked: more is a trap or no page.
LARGEST_PAGE = 32_000_000
_LARGEST_MEMBER = 2_000_000_000
_PIECE = 64 * 1024
_READABLE = ("text/html", "application/xhtml", "json", "xml")


def reads(body: bytes) -> bool:
    """Whether it is a WARC file, packed or not."""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(body[:4096], 16)
        except zlib.error:
            return False
    return body.startswith(b"WARC/")


def reads_wacz(body: bytes) -> bool:
    """Whether it is a ZIP file with WARC files in it."""
    if not body.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return any(map(_is_warc, archive.namelist()))
    except zipfile.BadZipFile:
        return False


def read(body: bytes) -> Iterator[Found]:
    """The pages of a WARC file in their order: answers and rendered documents."""
    yield from _read(body, "", None)


def read_wacz(body: bytes) -> Iterator[Found]:
    """The pages of a WACZ file; only those of its list of pages, where it has one.

    What the file's own list of digests contradicts is told, and read all the same.

    Raises:
        NotThisFormat: it is no whole ZIP file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            listed = _listed(archive)
            for member in archive.infolist():
                if not _is_warc(member.filename):
                    continue
                if member.file_size > _LARGEST_MEMBER:
                    yield BadLine(0, f"{member.filename} has {member.file_size} bytes: not read")
                    continue
                data = archive.read(member)
                yield from _check(archive, member.filename, data)
                yield from _read(data, f"{member.filename}: ", listed)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise NotThisFormat(f"is no whole WACZ file: {error}") from error


def _is_warc(name: str) -> bool:
    return name.startswith("archive/") and name.endswith((".warc", ".warc.gz"))


def _listed(archive: zipfile.ZipFile) -> frozenset[str] | None:
    """The addresses of the pages that the file lists; None when it lists none."""
    found: set[str] = set()
    for name in archive.namelist():
        if name.startswith("pages/") and name.endswith(".jsonl"):
            for line in archive.read(name).splitlines():
                try:
                    address = dig(json.loads(line), "url")
                except (ValueError, RecursionError):
                    continue
                if isinstance(address, str):
                    found.add(address)
    return frozenset(found) or None


def _check(archive: zipfile.ZipFile, name: str, data: bytes) -> Iterator[BadLine]:
    try:
        resources = dig(json.loads(archive.read("datapackage.json")), "resources")
    except (KeyError, ValueError, RecursionError):
        yield BadLine(0, "datapackage.json is not there or not JSON: digests were not checked")
        return
    for resource in resources if isinstance(resources, list) else ():
        algorithm, _, digest = str(dig(resource, "hash")).partition(":")
        if dig(resource, "path") != name or algorithm not in {"sha256", "md5"}:
            continue
        if hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() != digest:
            yield BadLine(0, f"{name} is not what datapackage.json says: its {algorithm} differs")


def _read(data: bytes, where: str, listed: frozenset[str] | None) -> Iterator[Found]:
    iterator = ArchiveIterator(io.BytesIO(data))
    number = 0
    while True:
        number += 1
        try:
            record = next(iterator)
            found = _page(record, listed)
        except StopIteration:
            if _is_cut(data):
                yield BadLine(0, f"{where}is cut off in its last record")
            return
        except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
            message = f"{where}record {number} cannot be read, nor what follows it: {error}"
            yield BadLine(0, " ".join(message.split()))
            return
        if isinstance(found, str):
            yield BadLine(0, f"{where}record {number} {found}")
        elif found is not None:
            yield FoundPage(found)


def _is_cut(data: bytes) -> bool:
    """Whether a WARC file ends within a record: its reader just stops there."""
    if not data.startswith(b"\x1f\x8b"):
        return not data.endswith(b"\r\n\r\n")
    rest = memoryview(data)
    while rest:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16)
        taken = 0
        try:
            while taken < len(rest) and not unpacker.eof:
                # Piece by piece, and thrown away: what it unpacks to may be large.
                unpacker.decompress(rest[taken : taken + _PIECE])
                taken = min(taken + _PIECE, len(rest))
        except zlib.error:
            return True
        if not unpacker.eof:
            return True
        rest = rest[taken - len(unpacker.unused_data) :]
    return False


def _page(record: Any, listed: frozenset[str] | None) -> Page | str | None:
    """The page of a record; None when it holds none; a sentence when it cannot be read."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type not in {"response", "resource"} or not url.startswith(("http:", "https:")):
        return None
    if listed is not None and url not in listed:
        return None
    http = record.http_headers
    headers = tuple((name, value) for name, value in http.headers) if http else ()
    status = int(http.get_statuscode()) if http and http.get_statuscode().isdecimal() else None
    kind = (http.get_header("Content-Type") if http else None) or record.content_type or ""
    if not any(one in kind.lower() for one in _READABLE) or (status or 200) // 100 != 2:
        return None
    moment = moment_of(record.rec_headers.get_header("WARC-Date"))
    if moment is None:
        return "says no time"
    body = record.content_stream().read(LARGEST_PAGE + 1)
    if len(body) > LARGEST_PAGE:
        return f"is larger than {LARGEST_PAGE} bytes: {url[:200]}"
    charset = kind.lower().partition("charset=")[2].split(";")[0].strip("\"' ")
    return Page(
        url=url,
        body=body,
        fetched_at=moment,
        status=status,
        headers=headers,
        rendered=record.rec_type == "resource",
        encoding=charset or None,
    )
