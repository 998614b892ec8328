"""Posts by day, week or month: what a backend counts by day is put together here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from crawler.errors import InvalidQuery
from crawler.types import Query

EVERY = ("day", "week", "month")
#: Microseconds of a day.
DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_every(query: Query, every: str) -> None:
    """Refuses what is no width.

    Raises:
        InvalidQuery: it is neither day, week nor month.
    """
    if every not in EVERY:
        raise InvalidQuery(query.text, f"'{every}' is no width; use {', '.join(EVERY)}")


def put_together(days: Iterable[tuple[int, int]], every: str) -> tuple[tuple[date, int], ...]:
    """The posts of each day, week or month that has any, by its first day, in order.

    Args:
        days: (days since 1970-01-01, posts), no day twice.
        every: one of EVERY; weeks begin on Monday. All UTC.
    """
    return merge([((_EPOCH + timedelta(days=n)).date(), posts) for n, posts in days], every)


def merge(days: Iterable[tuple[date, int]], every: str) -> tuple[tuple[date, int], ...]:
    """The counts of days as those of weeks or months."""
    counts: dict[date, int] = {}
    for day, posts in days:
        first = day
        if every == "week":
            first -= timedelta(days=day.weekday())
        elif every == "month":
            first = day.replace(day=1)
        counts[first] = counts.get(first, 0) + posts
    return tuple(sorted(counts.items()))
