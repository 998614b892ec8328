"""The chart of when the found posts were posted."""

from __future__ import annotations

from datetime import date

import pytest

from index.histogram import merge
from web.when import HEIGHT, WIDTH, choose_width, draw


@pytest.mark.parametrize(
    ("first", "last", "every"),
    [
        (date(2026, 3, 1), date(2026, 3, 20), "day"),
        (date(2026, 1, 1), date(2026, 9, 1), "week"),
        (date(2020, 1, 1), date(2026, 9, 1), "month"),
    ],
)
def test_bars_lie_in_the_chart_and_lead_to_their_time(first: date, last: date, every: str) -> None:
    days = [(first, 1), (last, 4)]
    assert choose_width(days) == every
    when = draw(merge(days, every), every, lambda clause: f"?{clause}")
    assert when is not None
    low, high = when.bars
    assert (low.count, high.count) == (1, 4)
    assert (high.y, high.height) == (0, HEIGHT)
    assert low.x == 0
    assert low.x < high.x < high.x + high.width <= WIDTH
    assert "posted:" in high.href


def test_one_bar_is_no_chart() -> None:
    assert draw([(date(2026, 3, 1), 5)], "day", str) is None
    assert choose_width([]) == "day"


def test_the_clause_of_a_month_ends_with_it() -> None:
    when = draw([(date(2024, 2, 1), 1), (date(2024, 3, 1), 1)], "month", str)
    assert when is not None
    assert [bar.href for bar in when.bars] == [
        "posted:[2024-02-01 TO 2024-02-29]",
        "posted:[2024-03-01 TO 2024-03-31]",
    ]
