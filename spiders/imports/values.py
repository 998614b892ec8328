"""Takes values out of JSON that other programs wrote, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

#: Seconds since 1970 of the years 2000 to 2100; longer numbers are milliseconds or less.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800


def dig(data: Any, *path: str | int) -> Any:
    """What lies at a path of keys and positions; None where it ends before.

    >>> dig({"a": [{"b": 1}]}, "a", 0, "b"), dig({"a": None}, "a", "b")
    (1, None)
    """
    for step in path:
        if isinstance(step, str):
            data = data.get(step) if isinstance(data, dict) else None
        else:
            data = data[step] if isinstance(data, list) and step < len(data) else None
    return data


def first(data: Any, *paths: tuple[str | int, ...]) -> Any:
    """The first value that is there and not empty, of several paths; None: none is."""
    for path in paths:
        value = dig(data, *path)
        if value not in (None, "", [], {}):
            return value
    return None


def text_of(value: Any) -> str | None:
    """A text or a number as text, stripped; None for anything else, and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def handle_of(value: Any) -> str | None:
    """An account's name: lower case, without '@'."""
    text = text_of(value)
    return (text.removeprefix("@").lower() or None) if text else None


def number_of(value: Any) -> int | None:
    """A count; None for what is none."""
    text = text_of(value)
    match = re.fullmatch(r"(\d{1,15})(?:\.0+)?", text) if text else None
    return int(match[1]) if match else None


def addresses(values: Iterable[Any]) -> tuple[str, ...]:
    """The http addresses among the values, each once."""
    texts = (text_of(value) for value in values)
    return tuple(dict.fromkeys(text for text in texts if text and re.match("https?://", text)))


def moment_of(value: Any) -> datetime | None:
    """A time in UTC: seconds or milliseconds since 1970, ISO 8601, RFC 2822 or X's own form.

    A time without a zone is taken for UTC. What could be two dates (03/04/2026) is None.

    >>> moment_of("1759651200").isoformat(), moment_of("2026-10-05 08:15").isoformat()
    ('2025-10-05T08:00:00+00:00', '2026-10-05T08:15:00+00:00')
    >>> moment_of("Mon Oct 05 08:15:00 +0000 2026").isoformat(), moment_of("03/04/2026")
    ('2026-10-05T08:15:00+00:00', None)
    """
    text = text_of(value)
    if text is None:
        return None
    if re.fullmatch(r"\d{9,19}(\.\d+)?", text):
        seconds = float(text)
        while seconds > _LATEST:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC) if seconds >= _EARLIEST else None
    for read in (datetime.fromisoformat, _rfc_2822, _of_x):
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _rfc_2822(text: str) -> datetime:
    if not re.search("[A-Za-z]{3}", text):
        raise ValueError(text)  # '03/04/2026' would be read as something
    return parsedate_to_datetime(text)


def _of_x(text: str) -> datetime:
    return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")
