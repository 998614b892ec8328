"""What every part of the store stands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from crawler.store.database import Database

Item = TypeVar("Item")

#: Values in one IN list, and rows in one batch. PostgreSQL and SQLite take 32,766 or more.
BATCH = 500


class Part:
    """The methods of `Store` about one noun. `Store` is made of these."""

    def __init__(self, database: Database) -> None:
        self._database = database


def batches(items: Sequence[Item], size: int = BATCH) -> Iterator[Sequence[Item]]:
    """The items in slices of at most `size`, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
