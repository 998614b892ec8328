"""Captures: where each page lies in the archive."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Row, bindparam, insert, select, tuple_

from crawler.store.part import BATCH, Part
from crawler.store.tables import captures
from crawler.types import Capture

# Run for every page, so built once.
_ADD = insert(captures)
_FIND = (
    select(captures)
    .where(captures.c.sha256 == bindparam("digest"), captures.c.rendered == bindparam("how"))
    .order_by(captures.c.captured_at, captures.c.id)
    .limit(1)
)


class Captures(Part):
    """Where pages lie in the archive."""

    def add_capture(self, capture: Capture) -> None:
        """Keep where a page lies.

        Raises:
            StoreError: a capture with the same id is there already.
        """
        values = {
            "id": capture.id,
            "url": capture.url,
            "source": capture.source,
            "sha256": capture.sha256,
            "captured_at": capture.captured_at,
            "collector": capture.collector,
            "warc_file": capture.warc_file,
            "warc_offset": capture.warc_offset,
            "rendered": capture.rendered,
        }
        with self._database.writing() as connection:
            connection.execute(_ADD, values)

    def get_capture(self, capture_id: str) -> Capture | None:
        """The capture, or None."""
        with self._database.reading() as connection:
            row = connection.execute(select(captures).where(captures.c.id == capture_id)).first()
        return _capture(row) if row else None

    def capture_of_payload(self, sha256: str, *, rendered: bool = False) -> Capture | None:
        """The first capture of the same bytes, or None: so that a payload is kept once."""
        with self._database.reading() as connection:
            row = connection.execute(_FIND, {"digest": sha256, "how": rendered}).first()
        return _capture(row) if row else None

    def iter_captures(self, source: str | None = None) -> Iterator[Capture]:
        """Every capture (of a source), by file and offset, read in batches.

        In this order `verify_archive` holds no more than one file's captures at a time.
        """
        place = (captures.c.warc_file, captures.c.warc_offset, captures.c.id)
        last: tuple[str, int, str] = ("", -1, "")
        while True:
            statement = select(captures).where(tuple_(*place) > last)
            if source is not None:
                statement = statement.where(captures.c.source == source)
            with self._database.reading() as connection:
                rows = connection.execute(statement.order_by(*place).limit(BATCH)).all()
            if not rows:
                return
            for row in rows:
                yield _capture(row)
            last = (rows[-1].warc_file, rows[-1].warc_offset, rows[-1].id)


def _capture(row: Row[tuple[object, ...]]) -> Capture:
    return Capture(
        id=row.id,
        url=row.url,
        source=row.source,
        sha256=row.sha256,
        captured_at=row.captured_at,
        collector=row.collector,
        warc_file=row.warc_file,
        warc_offset=row.warc_offset,
        rendered=row.rendered,
    )
