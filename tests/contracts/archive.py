"""What every `Archive` must do. Subclass it, and give `make_archive`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import ArchiveError
from crawler.ports import Archive
from crawler.types import Page

NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC)
MakeArchive = Callable[[], Archive]

PAGE = Page(
    url="https://board.example.org/thread/1",
    body=b"<html>\r\n\r\n\x00\xff caf\xe9</html>",
    fetched_at=NOW,
    status=200,
    headers=(("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
    encoding="cp1252",
    requested_url="https://board.example.org/t/1",
    request_headers=(("User-Agent", "Foreland/0.1"),),
)
RENDERED = Page(
    url="https://app.example.org/",
    body="<html>قایق</html>".encode(),
    fetched_at=NOW,
    status=None,
    rendered=True,
)

_line = st.text(max_size=20)
_pages = st.builds(
    Page,
    url=_line,
    body=st.binary(max_size=300),
    fetched_at=st.datetimes(timezones=st.just(UTC)),
    status=st.none() | st.integers(0, 999),
    headers=st.lists(st.tuples(_line, _line), max_size=3).map(tuple),
    rendered=st.booleans(),
    encoding=st.none() | _line,
    requested_url=st.none() | _line,
    request_headers=st.lists(st.tuples(_line, _line), max_size=2).map(tuple),
)


class ArchiveContract:
    """The tests. A subclass is collected; this class is not."""

    @pytest.mark.parametrize("page", [PAGE, RENDERED], ids=["wire", "rendered"])
    def test_a_page_comes_back_byte_for_byte(self, make_archive: MakeArchive, page: Page) -> None:
        archive = make_archive()
        capture = archive.store(page, source="board")
        assert archive.load(capture) == page
        archive.close()
        assert (capture.url, capture.source, capture.captured_at) == (page.url, "board", NOW)
        assert capture.rendered is page.rendered

    def test_any_page_comes_back(self, make_archive: MakeArchive) -> None:
        archive = make_archive()

        @settings(max_examples=60, deadline=None)
        @given(pages=st.lists(_pages, max_size=4))
        def check(pages: list[Page]) -> None:
            captures = [archive.store(page, source="board") for page in pages]
            assert [archive.load(capture) for capture in captures] == pages

        check()
        archive.close()

    def test_the_same_bytes_are_two_captures(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        later = replace(PAGE, url="https://board.example.org/thread/2", status=203, headers=())
        first = archive.store(PAGE, source="board")
        second = archive.store(later, source="board")
        assert first.id != second.id
        assert first.sha256 == second.sha256
        assert (archive.load(first), archive.load(second)) == (PAGE, later)
        archive.close()

    def test_wire_and_rendered_are_kept_apart(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        wire = archive.store(replace(RENDERED, rendered=False, status=200), source="board")
        rendered = archive.store(RENDERED, source="board")
        assert archive.load(wire).rendered is False
        assert archive.load(wire).status == 200
        assert archive.load(rendered).rendered is True
        assert archive.load(rendered).status is None
        archive.close()

    def test_a_digest_that_does_not_match_is_an_error(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        capture = replace(archive.store(PAGE, source="board"), sha256="0" * 64)
        with pytest.raises(ArchiveError, match="another digest"):
            archive.load(capture)
        archive.close()

    def test_a_capture_that_is_not_there_is_an_error(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        capture = replace(archive.store(PAGE, source="board"), id="urn:uuid:none")
        with pytest.raises(ArchiveError) as caught:
            archive.load(capture)
        assert caught.value.digest == capture.sha256
        archive.close()

    def test_closing_twice_is_fine_and_then_no_page_is_taken(
        self, make_archive: MakeArchive
    ) -> None:
        archive = make_archive()
        archive.close()
        archive.close()
        with pytest.raises(ArchiveError, match="closed"):
            archive.store(PAGE, source="board")

    def test_a_time_without_a_zone_is_refused(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        with pytest.raises(ArchiveError, match="without a zone"):
            archive.store(replace(PAGE, fetched_at=NOW.replace(tzinfo=None)), source="board")
        archive.close()
