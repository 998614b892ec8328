"""Opening hours: the part of each day in which a source may be collected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """From one time of the day to another, through midnight where the second is earlier."""

    opens: time
    closes: time

    def is_open(self, moment: datetime, zone: str) -> bool:
        """Whether a moment lies within them, by the clock of a zone.

        >>> from datetime import UTC
        >>> hours = parse_hours("22:00-06:00")
        >>> hours.is_open(datetime(2026, 7, 1, 4, 30, tzinfo=UTC), "Europe/London")
        True
        >>> hours.is_open(datetime(2026, 7, 1, 5, 0, tzinfo=UTC), "Europe/London")
        False
        """
        now = moment.astimezone(ZoneInfo(zone)).time()
        if self.opens < self.closes:
            return self.opens <= now < self.closes
        return now >= self.opens or now < self.closes

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


def parse_hours(text: str) -> OpeningHours:
    """Read hours as people write them in a source.

    >>> str(parse_hours("7:30 - 19:00"))
    '07:30-19:00'

    Raises:
        ValueError: it is not a span of a day.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} are not hours: write them as "22:00-06:00"')
    numbers = [int(number) for number in match.groups()]
    try:
        opens, closes = (
            time(hour % 24 if (hour, minute) == (24, 0) else hour, minute)
            for hour, minute in (numbers[:2], numbers[2:])
        )
    except ValueError as error:
        raise ValueError(f"{text!r} has a time that no clock shows ({error})") from None
    if opens == closes:
        raise ValueError(f"{text!r} begins and ends at the same time: leave it out for all day")
    return OpeningHours(opens, closes)
