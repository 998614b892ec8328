"""Opening hours, by London's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.opening_hours import parse_hours


@pytest.mark.parametrize(
    ("written", "moment", "is_open"),
    [
        ("22:00-06:00", "2026-01-10T22:00", True),
        ("22:00-06:00", "2026-01-10T05:59", True),
        ("22:00-06:00", "2026-01-10T06:00", False),
        ("22:00-06:00", "2026-07-10T05:30", False),  # 06:30 in summer
        ("09:00-17:30", "2026-01-10T09:00", True),
        ("09:00-17:30", "2026-01-10T17:30", False),
        ("9:00 – 24:00", "2026-01-10T23:59", True),
        ("00:00-06:00", "2026-01-10T00:00", True),
    ],
)
def test_open(written: str, moment: str, is_open: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert parse_hours(written).is_open(at, "Europe/London") is is_open


@pytest.mark.parametrize("written", ["", "22-6", "25:00-06:00", "10:60-11:00", "10:00-10:00"])
def test_what_are_no_hours_is_an_error(written: str) -> None:
    with pytest.raises(ValueError, match=r"hours|clock|same time"):
        parse_hours(written)
