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
    counts: dict[date, int] = {}
    for number, posts in days:
        day = (_EPOCH + timedelta(days=number)).date()
        if every == "week":
            day -= timedelta(days=day.weekday())
        elif every == "month":
            day = day.replace(day=1)
        counts[day] = counts.get(day, 0) + posts
    return tuple(sorted(counts.items()))
