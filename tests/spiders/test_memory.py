"""What a spider holds of the addresses that it has met."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime
from typing import Any

from spiders.base import SourceSpider
from spiders.source import Source


class Nowhere:
    """A sink that keeps nothing, and counts what would have been asked for."""

    def __init__(self) -> None:
        self.asked_for = 0

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None

    def left(self, pages: list[object]) -> None:
        self.asked_for += len(pages)


def test_an_address_leaves_little_in_memory() -> None:
    """What Python has allocated for each address that was met, however long it is."""
    source = Source(
        name="board",
        platform="telegram",
        url="https://board.example.org/",
        purpose="a test",
        authority="none: invented",
        review_date=date.max,
    )
    sink: Any = Nowhere()
    spider = SourceSpider(
        source=source, sink=sink, max_pages=0, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    tracemalloc.start()
    try:
        for count in (*range(4000), *range(4000)):
            spider._requests([f"{source.url}{count:0500}"], 0)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sink.asked_for == 4000  # each once
    assert held / 4000 < 200  # bytes
