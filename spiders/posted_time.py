"""Reads the time a post was made, as a board prints it, into UTC.

Machine-readable times first (`read_machine_time`). A printed one is read in the language
and time zone of its site: 'Today at 14:05', 'вчера в 21:30', 'il y a 2 jours',
'Mon Jul 06, 2015 8:14 pm', '۱۲ اسفند ۱۳۹۸'. Everything here is pure: 'now' is when the page
was captured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.folding import folded
from spiders.solar_calendar import solar_to_date
from spiders.time_words import (
    UNITS,
    TimeWords,
    halves_of_the_day,
    words_of,
    words_of_all,
    words_of_each,
)

#: Longer than any printed time; what is longer is not one.
_LONGEST = 200
_EPOCH = re.compile(r"1?\d{9}(?:\d{3})?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|º|ª|°)(?![a-z])")
_SHORT_AGO = re.compile(r"(\d+)\s*(s|m|min|h|d|w|mo|y)")
_SHORT_UNITS = {
    "s": "second",
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "y": "year",
}
_YEAR_FIRST = re.compile(
    r"(?<![\d:])(?P<y>\d{4})\s?(?:[-/.]|年)\s?(?P<m>\d{1,2})\s?(?:[-/.]|月)\s?(?P<d>\d{1,2})(?!\d)日?"
)
_NUMBERS = re.compile(
    r"(?<![\d:])(?P<a>\d{1,2})\s?(?P<s>[-/.])\s?(?P<b>\d{1,2})\s?(?P=s)\s?(?P<y>\d{4}|\d{2})(?![\d:])"
)
_CLOCK = re.compile(
    r"(?<![\d:])(?P<h>\d{1,2})(?:\s?[:h]\s?|[.٫])(?P<m>\d{2})(?:[:.](?P<s>\d{2}))?(?!\d)"
)
_TIME_ALONE = re.compile(r"\d{1,2}[:h]\d{2}[^\d]{0,8}$")
_HOUR_ONLY = re.compile(r"(?<![\d:])(?P<h>\d{1,2})(?=\s*[^\W\d])")
_WORD = re.compile(r"\s*([^\W\d_]+)")
_WORDS = re.compile(r"[^\W\d_]+")
_WORD_BEFORE = re.compile(r"[^\W\d_]+$")
#: What may stand around a word that is the whole text.
_AROUND = " .,;:!|·•-–—()[]"
_SHORT_NAME = 3  #: letters; names of days that are cut so short are words of other kinds too
#: Posts are younger than the web; other numbers are no times since 1970.
_FIRST_EPOCH = 788_918_400  # 1 January 1995
#: English as it is written where the day stands before the month.
_DAY_FIRST_ENGLISH = frozenset({"gb", "au", "nz", "ie", "in", "za", "uk"})
_BETWEEN = r"[\s.,\-/'’]*(?:(?:de|del|of|di|do|d|ngay|den|the)\s+)?"
_OFFSET = re.compile(
    r"(?:utc|gmt)(?:\s*(?P<sign>[-+−–])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?)?(?!\d)"
)
_SUMMER = re.compile(r"\[\s*(?:dst|heure d.ete|sommerzeit|summer|ora legale|horario de verano)")


def read_machine_time(value: str | None) -> datetime | None:
    """A time written for machines: ISO 8601, RFC 2822, seconds or milliseconds since 1970.

    One without a zone is not machine-readable: see `PostedTimes.read`.

    >>> read_machine_time("1446363000"), read_machine_time("2015-11-01T08:30:00+0100")
    (datetime.datetime(2015, 11, 1, 7, 30, tzinfo=datetime.timezone.utc), \
datetime.datetime(2015, 11, 1, 7, 30, tzinfo=datetime.timezone.utc))
    """
    text = (value or "").strip()[:_LONGEST]
    if _EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) > 10 else 1)
        return datetime.fromtimestamp(seconds, UTC) if seconds >= _FIRST_EPOCH else None
    moment = _iso(text)
    if moment is None and "," in text[:5]:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
    if moment is None or moment.tzinfo is None:
        return None
    return _as_utc(moment)


def find_zone(text: str) -> tzinfo | None:
    """The time zone that a board says its times are in; None when it says none.

    >>> find_zone("All times are GMT -4. The time now is 03:12 PM.")
    datetime.timezone(datetime.timedelta(days=-1, seconds=72000))
    """
    match = _OFFSET.search(folded(text[:500]))
    if match is None:
        return None
    hours, minutes = int(match["hours"] or 0), int(match["minutes"] or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if match["sign"] and match["sign"] != "+":
        offset = -offset
    if _SUMMER.search(folded(text[match.end() : match.end() + 60])):
        offset += timedelta(hours=1)
    return timezone(offset) if abs(offset) <= timedelta(hours=14) else None


def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name ('Europe/Paris'); None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    rest: str  #: the text without the date: where the time of day is looked for


class PostedTimes:
    """Reads the printed times of one page."""

    def __init__(self, *, now: datetime, languages: Iterable[str] = (), zone: tzinfo = UTC) -> None:
        """`now` is when the page was captured; `languages` the likeliest first."""
        self._now = now.astimezone(zone)
        self._zone = zone
        known = [words for code in languages if code and (words := words_of(code))]
        english = words_of("en")
        if english is not None and english not in known:
            known.append(english)
        self._known = known
        first = next((code for code in languages if code), "en").lower()
        parts = re.split("[-_]", first)
        self._month_first = parts[0] == "en" and not _DAY_FIRST_ENGLISH & {*parts[1:]}

    def learn(self, printed: Iterable[str]) -> None:
        """Find out from all times of a page, in its order, whether the month stands first.

        '03/04/2019' alone does not say; a 13 somewhere on the page does, or that no post is
        from the future and each is younger than the one before.
        """
        numbers = [
            (int(match["a"]), int(match["b"]), _full_year(match["y"]))
            for text in printed
            if (match := _NUMBERS.search(folded(text[:_LONGEST]))) and match["s"] != "."
        ]
        if not numbers:
            return
        faults = {
            month_first: _faults(numbers, month_first, self._now.date())
            for month_first in (self._month_first, not self._month_first)
        }
        self._month_first = min(faults, key=lambda order: faults[order])

    def read(self, printed: str | None) -> datetime | None:
        """The time in UTC; None when the text is not understood as one."""
        if not printed or len(printed) > _LONGEST:
            return None
        machine = read_machine_time(printed)
        if machine is not None:
            return machine
        text = " ".join(folded(printed).split())
        if _ISO.match(text.upper()):
            moment = _iso(text.upper())
            if moment is not None:
                return self._utc(moment)
        text = _ORDINAL.sub("", text)
        found = self._absolute(text)
        if found is None:
            ago = self._ago(text)
            if ago is not None:
                return ago
            found = self._relative_day(text)
        if found is None:
            return None
        clock = _time_of_day(found.rest) or time()
        return self._utc(datetime.combine(found.day, clock))

    def _utc(self, moment: datetime) -> datetime | None:
        return _as_utc(moment if moment.tzinfo else moment.replace(tzinfo=self._zone))

    def _vocabularies(self) -> Iterator[TimeWords]:
        yield from self._known
        yield words_of_all()  # pages lie about their language, and old ones do not say it

    def _absolute(self, text: str) -> _Day | None:
        match = _YEAR_FIRST.search(text)
        if match is not None:
            day = _date(int(match["y"]), int(match["m"]), int(match["d"]))
            if day is not None:
                return _without(text, match, day)
        match = _NUMBERS.search(text)
        if match is not None:
            first, second = int(match["a"]), int(match["b"])
            if self._month_first and match["s"] != ".":
                first, second = second, first
            year = _full_year(match["y"])
            day = _date(year, second, first) or _date(year, first, second)
            if day is not None:
                return _without(text, match, day)
        if not any(character.isdecimal() for character in text):
            return None
        for words in self._vocabularies():
            for names, pattern, solar in (
                (words.solar_months, words.solar_month, True),
                (words.months, words.month, False),
            ):
                if pattern is not None and pattern.search(text):
                    found = self._named_month(text, names, pattern.pattern, solar=solar)
                    if found is not None:
                        return found
        return None

    def _named_month(
        self, text: str, names: Mapping[str, int], month: str, *, solar: bool
    ) -> _Day | None:
        candidates = []
        for pattern in _dates_around(month):
            for match in pattern.finditer(text):
                number, day = names[match["m"]], int(match["d"])
                year = _full_year(match["y"].lstrip("'’")) if match["y"] else None
                found = self._dated(year, number, day, solar=solar)
                if found is not None and (year is not None or self._stands_alone(text, match)):
                    order = (year is None, match.start())
                    candidates.append((order, _without(text, match, found)))
        # 'mar 12 mar 2019' is a Tuesday in March: the reading with a year is the better one.
        return min(candidates, key=lambda item: item[0])[1] if candidates else None

    def _stands_alone(self, text: str, match: re.Match[str]) -> bool:
        """Whether a day without a year is a time, not a part of a sentence: 'may 5 come?'."""
        before, after = text[: match.start()], text[match.end() :]
        if _time_of_day(after) or _time_of_day(before):
            return True
        everywhere = words_of_all()
        days = {*everywhere.weekdays, *(day for words in self._known for day in words.weekdays)}
        words_before = [word for word in _WORDS.findall(before) if word not in days]
        words_after = [word for word in _WORDS.findall(after) if word not in days]
        return len(words_before) <= 1 and not words_after

    def _dated(self, year: int | None, month: int, day: int, *, solar: bool) -> date | None:
        if solar:
            return solar_to_date(year, month, day) if year is not None else None
        if year is not None:
            return _date(year, month, day)
        this = _date(self._now.year, month, day)
        if this is not None and this <= self._now.date() + timedelta(days=1):
            return this
        return _date(self._now.year - 1, month, day)

    def _ago(self, text: str) -> datetime | None:
        short = _SHORT_AGO.fullmatch(text)
        if short is not None:
            return self._before(float(short[1]) * UNITS[_SHORT_UNITS[short[2]]])
        for words in self._known:
            if words.now is not None and words.now.search(text):
                return self._before(0)
        everywhere = words_of_all()
        if everywhere.now is not None and everywhere.now.fullmatch(text.strip(_AROUND)):
            return self._before(0)  # 'most' and 'net' are 'now' somewhere
        # One language at a time: 'time' is an hour in one, and 'ago' is a word of another.
        for words in (*self._known, *words_of_each()):
            if words.ago is None or words.amount is None or not words.ago.search(text):
                continue
            if words.part is not None and words.part.search(text):
                continue
            seconds = [
                number * UNITS[unit]
                for match in words.amount.finditer(text)
                if (unit := match.lastgroup or "") in UNITS
                and (number := _number_of(match, text, words)) is not None
            ]
            seconds += [2 * UNITS[unit] for unit, dual in words.dual if dual.search(text)]
            if seconds:
                return self._before(sum(seconds))
        return None

    def _before(self, seconds: float) -> datetime | None:
        try:
            return (self._now - timedelta(seconds=seconds)).astimezone(UTC).replace(microsecond=0)
        except OverflowError:
            return None

    def _relative_day(self, text: str) -> _Day | None:
        today = self._now.date()
        for words in self._vocabularies():
            for before, pattern in words.days:
                match = pattern.search(text)
                if match is None:
                    continue
                found = _without(text, match, today - timedelta(days=before))
                # Other languages' words are this one's too: 'do' is yesterday in Kurdish.
                if words in self._known or (_leads(text, match) and _is_bare(found.rest)):
                    return found
        for words in self._vocabularies():
            match = words.weekday.search(text) if words.weekday is not None else None
            if match is None or not _time_of_day(text[match.end() :]):
                continue
            named = words in self._known and len(match.group()) > _SHORT_NAME
            if named or _leads(text, match):  # 'I sat at 12.50'
                # The last such day before today: today would be called so.
                before = (today.weekday() - words.weekdays[match.group()] - 1) % 7 + 1
                return _without(text, match, today - timedelta(days=before))
        if _TIME_ALONE.match(text) and _time_of_day(text):
            return _Day(today, text)  # a time alone is of today
        return None


def _leads(text: str, match: re.Match[str]) -> bool:
    """Whether a word begins its text, or what stands behind a mark: 'Posted: …'."""
    before = text[: match.start()].rstrip()
    return not before or before[-1] in _AROUND


def _is_bare(rest: str) -> bool:
    return _time_of_day(rest) is not None or not rest.strip(_AROUND)


def _number_of(match: re.Match[str], text: str, words: TimeWords) -> float | None:
    """How many of a unit an amount is of; None where it does not say: 'some hours ago'."""
    if match["n"]:
        return float(match["n"].replace(",", "."))
    before = text[: match.start()].rstrip(" -'’")
    after = _WORD.match(text, match.end())
    word = _WORD_BEFORE.search(before)
    if any(one in words.one for one in (word and word[0], after and after[1])):
        return 1
    unit = text[match.start() : match.end()]
    if unit in words.one:  # in itself one of it, unless a word before it says otherwise
        ago = words.ago is not None and word and words.ago.search(word[0])
        return 1 if word is None or ago else None
    # Scripts without spaces: the one stands at the end of what is before.
    return 1 if any(not one.isascii() and before == one for one in words.one) else None


@cache
def _dates_around(month: str) -> tuple[re.Pattern[str], ...]:
    """What finds a date with a month's name in it; groups d, m, y."""
    name = f"(?P<m>{month})"
    year = r"(?P<y>\d{4}(?!\d)|['’]?\d{2}(?![\d:.h]|\s?[ap]m))?"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"(?<![\d:.])(?P<d>\d{{1,2}}){_BETWEEN}{name}{_BETWEEN}{year}",
            rf"{name}{_BETWEEN}(?P<d>\d{{1,2}})(?![\d:]|\s?[ap]m){_BETWEEN}{year}",
            rf"(?P<y>\d{{4}}){_BETWEEN}{name}{_BETWEEN}(?P<d>\d{{1,2}})(?![\d:])",
        )
    )


def _without(text: str, match: re.Match[str], day: date) -> _Day:
    return _Day(day, f"{text[: match.start()]} {text[match.end() :]}")


def _date(year: int, month: int, day: int) -> date | None:
    if 1300 <= year < 1500:
        return solar_to_date(year, month, day)
    if 2400 < year < 2700:
        year -= 543  # the Buddhist era, as Thai boards count
    if not 1970 <= year <= 2200:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)


def _faults(numbers: list[tuple[int, int, int]], month_first: bool, today: date) -> int:
    """How badly an order of day and month fits.

    Impossible days and days to come count most, then posts older than the one before.
    """
    days = [
        _date(year, first, second) if month_first else _date(year, second, first)
        for first, second, year in numbers
    ]
    real = [day for day in days if day is not None]
    impossible = len(days) - len(real)
    to_come = sum(day > today + timedelta(days=1) for day in real)
    falls = sum(later < earlier for earlier, later in pairwise(real))
    rises = sum(later > earlier for earlier, later in pairwise(real))
    return 100 * (impossible + to_come) + min(falls, rises)


def _iso(text: str) -> datetime | None:
    if not _ISO.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _as_utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _time_of_day(text: str) -> time | None:
    before_noon, after_noon = halves_of_the_day()
    match = _CLOCK.search(text)
    hour_only = match is None
    if match is None:
        match = next(
            (m for m in _HOUR_ONLY.finditer(text) if _half(text, m, before_noon + after_noon)), None
        )
    if match is None:
        return None
    hour = int(match["h"])
    minute = 0 if hour_only else int(match["m"])
    second = 0 if hour_only or not match["s"] else int(match["s"])
    if _half(text, match, after_noon):
        hour = hour + 12 if hour < 12 else hour
    elif _half(text, match, before_noon) and hour == 12:
        hour = 0
    try:
        return time(hour % 24, minute, second)
    except ValueError:
        return None


def _half(text: str, match: re.Match[str], words: tuple[str, ...]) -> bool:
    """Whether one of the words stands directly after the time, or directly before it."""
    after = text[match.end() :].lstrip(" .")
    before = text[: match.start()].rstrip(" ,")
    return any(
        (after.startswith(word) and not after[len(word) : len(word) + 1].isalpha())
        or (before.endswith(word) and not before[: -len(word)][-1:].isalpha())
        for word in words
    )
