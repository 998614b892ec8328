"""When the found posts were posted: a chart of bars, drawn here, each bar a link."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: Width and height of the chart, in its own units.
WIDTH, HEIGHT = 720, 80
_MOST_BARS = 90


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, week or month. Lengths in the chart's units."""

    label: str
    count: int
    href: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class When:
    """The chart: how wide a bar is in time, the first and the last day, and the bars."""

    every: str
    first: str
    last: str
    bars: tuple[Bar, ...]


def choose_width(days: Sequence[tuple[date, int]]) -> str:
    """The narrowest of day, week and month that gives a chart one can read."""
    span = (days[-1][0] - days[0][0]).days + 1 if days else 0
    return "day" if span <= _MOST_BARS else "week" if span <= 7 * _MOST_BARS else "month"


def draw(
    counted: Sequence[tuple[date, int]], every: str, href: Callable[[str], str]
) -> When | None:
    """The chart of a histogram; None when nothing or a single bar is there to be shown.

    Args:
        counted: first days and counts, in order.
        every: day, week or month.
        href: where a bar leads, from the clause of its time.
    """
    if len(counted) < 2:
        return None
    first, last = counted[0][0], counted[-1][0]
    steps = _steps(first, last, every) + 1
    step = WIDTH / steps
    most = max(count for _, count in counted)
    bars = []
    for begin, count in counted:
        end = _end(begin, every)
        tall = max(2.0, HEIGHT * count / most)
        clause = f"posted:[{begin} TO {end}]" if end != begin else f"posted:{begin}"
        bars.append(
            Bar(
                label=f"{begin:%d %b %Y}" + ("" if end == begin else f" to {end:%d %b %Y}"),
                count=count,
                href=href(clause),
                x=round(_steps(first, begin, every) * step, 2),
                y=round(HEIGHT - tall, 2),
                width=round(max(0.5, step * 0.85), 2),
                height=round(tall, 2),
            )
        )
    return When(every, f"{first:%d %b %Y}", f"{_end(last, every):%d %b %Y}", tuple(bars))


def _steps(first: date, last: date, every: str) -> int:
    if every == "month":
        return (last.year - first.year) * 12 + last.month - first.month
    return (last - first).days // (7 if every == "week" else 1)


def _end(begin: date, every: str) -> date:
    if every == "month":
        return begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
    return begin + timedelta(days=6 if every == "week" else 0)
