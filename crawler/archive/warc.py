"""The archive as a folder of WARC files.

A new file for each source, UTC day and process, so that no two processes ever write to
one. Each record carries its number in the file and the SHA-256 of the stored bytes of
the record before it, so that `verify_archive` finds what was changed, removed or moved.

A page off the wire is a `response` with its `request`. A page that a browser rendered is
a `resource` (ISO 28500:2017, 6.4: content that did not come as a protocol's answer), so
that no tool takes it for what the server sent; so is a file that a person imported. A
screenshot is a `resource` of its own, right after the page that it shows.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from crawler.archive import records
from crawler.archive.records import DamagedRecord, Record
from crawler.archive.warc_file import Draft, Head, WarcFile
from crawler.errors import ArchiveError
from crawler.types import Capture, Page

#: The latest payloads remembered, at least, so that the same bytes are written once; twice
#: as many at most. About 100 bytes each, so that a long crawl does not grow by its pages.
_REMEMBERED = 20_000
#: Bits of a remembered place that are the offset: a file is closed long before 64 GB.
_OFFSET_BITS = 36
#: Files kept open. One source has one a day; a process rarely crawls more than a few.
_OPEN_FILES = 32
#: Bytes at which a file is closed and the next begun: what the WARC guidelines advise.
_LARGEST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Payload:
    """Where the one copy of a payload lies."""

    file: str
    offset: int
    id: str
    url: str
    date: str


class WarcArchive:
    """Pages in WARC files under a folder. One instance may serve several threads."""

    def __init__(
        self,
        folder: Path,
        *,
        collector: str,
        clock: Callable[[], datetime],
        lookup: Callable[[str], Capture | None] | None = None,
    ) -> None:
        """Open the archive. The folder is made with the first page.

        Args:
            folder: the root of the archive.
            collector: who collects; stands in each file and each capture.
            clock: the time now, in UTC.
            lookup: finds an earlier capture by the payload's SHA-256, so that what other
                processes archived is not written again (`Store.capture_of_payload`).
        """
        self._folder = folder
        self._collector = collector
        self._clock = clock
        self._lookup = lookup
        self._files: OrderedDict[str, WarcFile] = OrderedDict()
        #: Where payloads lie, by the beginning of their digest: the latest, and those before.
        self._payloads: dict[int, int] = {}
        self._older: dict[int, int] = {}
        self._names: list[str] = []  #: of the files with such payloads
        self._numbers: dict[str, int] = {}  #: where each stands in `_names`
        self._lock = threading.RLock()
        self._closed = False
        #: the heads of the files that this archive has written and closed, in that order
        self.written: list[Head] = []

    def store(self, page: Page, *, source: str) -> Capture:
        """Write the page and return where it lies. The bytes are the system's at return.

        Raises:
            ArchiveError: it could not be written; then nothing of it is in the archive.
        """
        digest = hashlib.sha256(page.body).hexdigest()
        if page.fetched_at.tzinfo is None:
            raise ArchiveError(digest, f"{page.url} was fetched at a time without a zone")
        with self._lock:
            if self._closed:
                raise ArchiveError(digest, "the archive has been closed")
            known = self._known(digest, rendered=page.rendered)
            record_id = uuid.uuid4().urn
            try:
                file = self._file(source)
                offset = file.write(page_records(page, source, digest, record_id, known))
            except OSError as error:
                self._forget(source)
                message = f"{page.url} could not be archived: {error.strerror}"
                raise ArchiveError(digest, message) from error
            if known is None:
                self._remember(_key(digest, rendered=page.rendered), file.name, offset)
        return Capture(
            id=record_id,
            url=page.url,
            source=source,
            sha256=digest,
            captured_at=page.fetched_at,
            collector=self._collector,
            warc_file=file.name,
            warc_offset=offset,
            rendered=page.rendered,
        )

    def load(self, capture: Capture) -> Page:
        """The page byte for byte as it was stored.

        Raises:
            ArchiveError: it is gone, cut off, or its digest does not match.
        """
        return load_page(self._folder, capture)

    def close(self) -> None:
        """End each file and have it on the disk. Closing twice is fine.

        Raises:
            ArchiveError: a file could not be brought to the disk.
        """
        with self._lock:
            self._closed = True
            while self._files:
                _, file = self._files.popitem()
                try:
                    self._end(file, self._clock())
                except OSError as error:
                    raise ArchiveError(file.name, f"not closed: {error.strerror}") from error

    def _known(self, digest: str, *, rendered: bool) -> _Payload | None:
        key = _key(digest, rendered=rendered)
        place = self._payloads.get(key, self._older.get(key))
        if place is not None:
            file, offset = self._names[place >> _OFFSET_BITS], place & ((1 << _OFFSET_BITS) - 1)
            found = _locate(self._folder, file, offset, digest)
        else:
            earlier = self._lookup(digest) if self._lookup else None
            if earlier is None or earlier.rendered != rendered:
                return None
            found = _locate(self._folder, earlier.warc_file, earlier.warc_offset, digest)
        if found is not None:
            self._remember(key, found.file, found.offset)
        return found

    def _remember(self, key: int, file: str, offset: int) -> None:
        number = self._numbers.setdefault(file, len(self._names))
        if number == len(self._names):
            self._names.append(file)
        self._payloads[key] = number << _OFFSET_BITS | offset
        if len(self._payloads) >= _REMEMBERED:
            self._older, self._payloads = self._payloads, {}

    def _file(self, source: str) -> WarcFile:
        now = self._clock().astimezone(UTC)
        file = self._files.pop(source, None)
        if file is not None and (file.day != now.date() or file.size >= _LARGEST):
            self._end(file, now)
            file = None
        if file is None:
            file = WarcFile(self._folder, source, now, self._collector)
        self._files[source] = file
        if len(self._files) > _OPEN_FILES:
            _, oldest = self._files.popitem(last=False)
            self._end(oldest, now)
        return file

    def _end(self, file: WarcFile, now: datetime) -> None:
        file.close(now)
        if file.size:
            self.written.append(file.head)

    def _forget(self, source: str) -> None:
        """Write no more to a file that failed: the next page begins a new one."""
        file = self._files.pop(source, None)
        if file is not None:
            file.abandon()


def page_records(
    page: Page, source: str, digest: str, record_id: str, known: _Payload | None
) -> list[Draft]:
    """The records of a page: what it is, then its request or its screenshot."""
    shared = {
        "WARC-Target-URI": records.target(page.url),
        "WARC-Date": records.warc_date(page.fetched_at),
    }
    fields = {
        "WARC-Record-ID": f"<{record_id}>",
        **shared,
        records.PAYLOAD_SHA256: digest,
        records.SOURCE: quote(source, errors="replace"),
        records.RENDERED: "true" if page.rendered else "false",
        records.PAGE: records.describe(page),
    }
    is_answer = records.is_answer(page)
    http = records.http_response(page) if is_answer else None
    if known is not None:
        sha1 = hashlib.sha1(page.body, usedforsecurity=False).digest()
        fields |= {
            "WARC-Profile": ("http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
            "WARC-Payload-Digest": f"sha1:{base64.b32encode(sha1).decode()}",
            "WARC-Refers-To": f"<{known.id}>",
            "WARC-Refers-To-Target-URI": known.url,
            "WARC-Refers-To-Date": known.date,
            records.REFERS_TO_FILE: known.file,
            records.REFERS_TO_OFFSET: str(known.offset),
        }
        answer = Draft("revisit", fields, b"", http)
    elif is_answer:
        answer = Draft("response", fields, page.body, http)
    else:
        answer = Draft("resource", fields, page.body, content_type=records.content_type(page))
    if page.screenshot is not None:
        return [answer, _screenshot(page.screenshot, shared, record_id)]
    if not is_answer or not page.request_headers:
        return [answer]  # a page that was imported was not asked for by us
    request = {
        "WARC-Record-ID": f"<{uuid.uuid4().urn}>",
        **shared,
        "WARC-Concurrent-To": f"<{record_id}>",
    }
    return [answer, Draft("request", request, b"", records.http_request(page))]


def _screenshot(picture: bytes, shared: dict[str, str], record_id: str) -> Draft:
    fields = {
        "WARC-Record-ID": f"<{uuid.uuid4().urn}>",
        **shared,
        # The name under which other archiving browsers keep a picture of the whole page.
        "WARC-Target-URI": f"urn:fullPage:{shared['WARC-Target-URI']}",
        "WARC-Concurrent-To": f"<{record_id}>",
        records.PAYLOAD_SHA256: hashlib.sha256(picture).hexdigest(),
    }
    return Draft("resource", fields, picture, content_type="image/png")


def load_page(folder: Path, capture: Capture) -> Page:
    """The page of a capture, from the archive in the folder.

    Raises:
        ArchiveError: it is gone, cut off, or its digest does not match.
    """
    place = f"{capture.warc_file} at {capture.warc_offset}"
    try:
        record = read_inside(folder, capture.warc_file, capture.warc_offset)
        body = _checked_payload(folder, record, capture)
        return records.restore(record, body, _load_screenshot(folder, record, capture))
    except DamagedRecord as damage:
        raise ArchiveError(capture.sha256, f"the record in {place} {damage}") from damage
    except OSError as error:
        message = f"{capture.warc_file} cannot be read: {error.strerror}"
        raise ArchiveError(capture.sha256, message) from error


def _checked_payload(folder: Path, record: Record, capture: Capture) -> bytes:
    if record.id != capture.id:
        raise DamagedRecord(f"is another ({record.id})")
    body = _payload_of(folder, record)
    if hashlib.sha256(body).hexdigest() != capture.sha256:
        raise DamagedRecord("has another digest: the page was changed")
    return body


def _load_screenshot(folder: Path, record: Record, capture: Capture) -> bytes | None:
    digest = records.screenshot_digest(record)
    if digest is None:
        return None
    picture = read_inside(folder, capture.warc_file, record.offset + record.size).payload
    if hashlib.sha256(picture).hexdigest() != digest:
        raise DamagedRecord("is not followed by its screenshot: that was changed or removed")
    return picture


def _payload_of(folder: Path, record: Record) -> bytes:
    """The body of a record, from the record it refers to when it is a revisit."""
    if record.type != "revisit":
        return record.payload
    file, offset = _reference(record)
    original = read_inside(folder, file, offset)
    if original.type == "revisit":
        raise DamagedRecord("refers to a record without a payload")
    return original.payload


def _reference(record: Record) -> tuple[str, int]:
    file, offset = record.field(records.REFERS_TO_FILE), record.field(records.REFERS_TO_OFFSET)
    if not file or not offset.isdecimal():
        raise DamagedRecord("does not say where its payload lies")
    return file, int(offset)


def read_inside(folder: Path, file: str, offset: int) -> Record:
    """A record of a file of this archive: a file name may not lead out of the folder.

    Raises:
        DamagedRecord: there is no whole record there.
        OSError: the file cannot be read.
    """
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DamagedRecord(f"names a file outside the archive ({file})")
    return records.read_record(path, offset)


def _key(digest: str, *, rendered: bool) -> int:
    """What a payload is remembered by: as many bits of its digest as a small int holds.

    Two payloads may share them: `_locate` reads the one found before it stands for another.
    """
    return int(digest[:14], 16) << 1 | rendered


def _locate(folder: Path, file: str, offset: int, sha256: str) -> _Payload | None:
    """Where the payload lies that the record at this place has; None unless it is there, whole.

    A payload is left out only when the copy that stands for it has just been read.
    """
    try:
        record = read_inside(folder, file, offset)
        if record.type == "revisit":
            file, offset = _reference(record)
            record = read_inside(folder, file, offset)
    except (DamagedRecord, OSError):
        return None
    if hashlib.sha256(record.payload).hexdigest() != sha256:
        return None
    return _Payload(
        file, offset, record.id, record.field("WARC-Target-URI"), record.field("WARC-Date")
    )
