"""One WARC file, written record by record, each chained to the one before."""

from __future__ import annotations

import hashlib
import os
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders

from crawler import __version__
from crawler.archive import records


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has its place in a file."""

    type: str
    fields: dict[str, str]
    block: bytes
    http: StatusAndHeaders | None = None
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a file that is closed: what stands for every byte before it."""

    file: str  #: relative to the archive folder
    size: int  #: bytes
    records: int
    last: int  #: bytes from the start of the file to the last record
    sha256: str  #: of the stored bytes of the last record


class WarcFile:
    """One WARC file, only ever added to, by this process alone."""

    def __init__(self, folder: Path, source: str, now: datetime, collector: str) -> None:
        slug = quote(source, safe="", errors="replace").replace(".", "%2E")[:100]
        name = f"{slug}-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}-{secrets.token_hex(3)}.warc.gz"
        self.name = f"{slug}/{name}"
        self.day = now.date()
        self.size = 0
        self._records = 0
        self._previous = ""
        self._last_size = 0  # bytes of the last record
        self._collector = collector
        self._started = now
        self._path = folder / slug / name
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: a record is the system's, and outlives a kill, when write() returns.
        self._file = self._path.open("xb", buffering=0)

    def write(self, page_records: list[Draft]) -> int:
        """Add records; all of them, or none.

        Returns:
            The offset of the first.

        Raises:
            OSError: it could not be done.
        """
        start, number, previous = self.size, self._records, self._previous
        last_size = self._last_size
        packed: list[bytes] = []
        if not number:
            packed.append(self._packed(self._warcinfo()))
        offset = start + sum(map(len, packed))
        packed += [self._packed(draft) for draft in page_records]
        try:
            self._append(b"".join(packed))
        except OSError:
            self._records, self._previous, self._last_size = number, previous, last_size
            raise
        return offset

    def close(self, now: datetime) -> None:
        """Add the record that vouches for the last one, and bring the file to the disk."""
        if self._file.closed:
            return
        try:
            if self._records:
                self._append(self._packed(self._closing(now)))
            os.fsync(self._file.fileno())
        finally:
            self._file.close()
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @property
    def head(self) -> Head:
        """What the file ends with now."""
        return Head(
            self.name, self.size, self._records, self.size - self._last_size, self._previous
        )

    def abandon(self) -> None:
        """Close the file as it is, and take it away when nothing is in it."""
        self._file.close()
        if not self.size:
            self._path.unlink(missing_ok=True)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                # A full disk takes a part first, and refuses with the next call.
                view = view[self._file.write(view) :]
        except OSError:
            os.ftruncate(self._file.fileno(), self.size)
            raise
        self.size += len(data)

    def _packed(self, draft: Draft) -> bytes:
        fields = {
            **draft.fields,
            records.RECORD_NUMBER: str(self._records),
        }
        if self._previous:
            fields[records.PREVIOUS_SHA256] = self._previous
        member = records.pack(
            draft.type, fields, draft.block, http=draft.http, content_type=draft.content_type
        )
        self._records += 1
        self._previous = hashlib.sha256(member).hexdigest()
        self._last_size = len(member)
        return member

    def _warcinfo(self) -> Draft:
        collector = quote(self._collector, safe=" @:/()+,;=", errors="replace")
        info = (
            f"software: Foreland/{__version__}\r\noperator: {collector}\r\nformat: WARC file "
            f"version 1.1\r\n"
        )
        fields = {
            "WARC-Record-ID": f"<{uuid.uuid4().urn}>",
            "WARC-Date": records.warc_date(self._started),
            "WARC-Filename": Path(self.name).name,
        }
        return Draft("warcinfo", fields, info.encode(), content_type="application/warc-fields")

    def _closing(self, now: datetime) -> Draft:
        fields = {
            "WARC-Record-ID": f"<{uuid.uuid4().urn}>",
            "WARC-Date": records.warc_date(now),
        }
        closed = f"records: {self._records}\r\n".encode()
        return Draft("metadata", fields, closed, content_type="application/warc-fields")
