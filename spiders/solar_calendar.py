"""From the Persian solar calendar to ours."""

from __future__ import annotations

from datetime import date, timedelta

#: Years of the 33-year cycle that have a 366th day (right for 1244 to 1502).
_LEAP = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
#: 1 Farvardin 1300.
_FIRST_YEAR, _FIRST_DAY = 1300, date(1921, 3, 21)
_LAST_YEAR = 1500


def solar_to_date(year: int, month: int, day: int) -> date | None:
    """The day in the Gregorian calendar; None when there is no such day from 1300 to 1500.

    >>> solar_to_date(1398, 12, 29), solar_to_date(1400, 1, 1), solar_to_date(1394, 12, 30)
    (datetime.date(2020, 3, 19), datetime.date(2021, 3, 21), None)
    """
    if not _FIRST_YEAR <= year <= _LAST_YEAR or not 1 <= month <= 12:
        return None
    leap = year % 33 in _LEAP
    length = 31 if month <= 6 else 30 if month <= 11 or leap else 29
    if not 1 <= day <= length:
        return None
    whole = sum(366 if earlier % 33 in _LEAP else 365 for earlier in range(_FIRST_YEAR, year))
    months = 31 * min(month - 1, 6) + 30 * max(month - 7, 0)
    return _FIRST_DAY + timedelta(days=whole + months + day - 1)
