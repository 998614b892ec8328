"""An archive that forgets everything when it is closed: for tests and dry runs."""

from __future__ import annotations

import hashlib
import uuid

from crawler.errors import ArchiveError
from crawler.types import Capture, Page


class MemoryArchive:
    """Keeps pages in memory. `payloads` maps SHA-256 to the one copy of each body."""

    def __init__(self, *, collector: str = "memory") -> None:
        self.payloads: dict[str, bytes] = {}
        self._pages: dict[str, Page] = {}
        self._collector = collector
        self._closed = False

    def store(self, page: Page, *, source: str) -> Capture:
        """Keep the page and return where it lies.

        Raises:
            ArchiveError: the archive is closed, or the page's time has no zone.
        """
        digest = hashlib.sha256(page.body).hexdigest()
        if self._closed:
            raise ArchiveError(digest, "the archive has been closed")
        if page.fetched_at.tzinfo is None:
            raise ArchiveError(digest, f"{page.url} was fetched at a time without a zone")
        self.payloads.setdefault(digest, page.body)
        capture = Capture(
            id=uuid.uuid4().urn,
            url=page.url,
            source=source,
            sha256=digest,
            captured_at=page.fetched_at,
            collector=self._collector,
            warc_file="memory",
            warc_offset=len(self._pages),
            rendered=page.rendered,
        )
        self._pages[capture.id] = page
        return capture

    def load(self, capture: Capture) -> Page:
        """The page as it was stored.

        Raises:
            ArchiveError: it is not there, or its digest does not match.
        """
        page = self._pages.get(capture.id)
        if page is None:
            raise ArchiveError(capture.sha256, f"there is no capture {capture.id} in memory")
        if hashlib.sha256(page.body).hexdigest() != capture.sha256:
            raise ArchiveError(capture.sha256, f"capture {capture.id} has another digest")
        return page

    def close(self) -> None:
        """Take no more pages. Closing twice is fine."""
        self._closed = True
