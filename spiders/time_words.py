"""The words boards use for times, in every language: months, weekdays, 'yesterday', 'ago'.

Months and weekdays come from CLDR, the rest from `time_words.yml`. All are folded
(`crawler.folding`), so accents, case and keyboard variants do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from crawler.folding import folded
from crawler.strict_yaml import load_yaml

_FILE = Path(__file__).with_name("time_words.yml")
#: Seconds of each unit; a month and a year as long as they are on average.
UNITS: Mapping[str, float] = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_629_746,
    "year": 31_556_952,
}
_DUALS = {
    "two_minutes": "minute",
    "two_hours": "hour",
    "two_days": "day",
    "two_weeks": "week",
    "two_months": "month",
}
#: Scripts written without spaces: a word may stand in the middle of others.
_UNSPACED = re.compile("[\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]")
_SHORTEST_PREFIX = 3
#: How many of a unit; '2-3 hours' and '1,000 days' are left alone.
_NUMBER = r"(?<![\d.,/–-])(?P<n>\d+(?:[.,]\d{1,2})?)"


@dataclass(frozen=True, slots=True)
class TimeWords:
    """The words of one language, or of all of them together."""

    #: folded name -> 1 to 12
    months: Mapping[str, int]
    #: folded name -> 1 to 12, of the Persian solar calendar
    solar_months: Mapping[str, int]
    #: folded name -> 0 (Monday) to 6
    weekdays: Mapping[str, int]
    month: re.Pattern[str] | None  #: finds any of `months`
    solar_month: re.Pattern[str] | None
    weekday: re.Pattern[str] | None
    #: (how many days before today, what finds the word)
    days: tuple[tuple[int, re.Pattern[str]], ...]
    now: re.Pattern[str] | None
    ago: re.Pattern[str] | None
    #: groups: 'n', and one named as each of UNITS; None where there is no word for it
    amount: re.Pattern[str] | None
    dual: tuple[tuple[str, re.Pattern[str]], ...]  #: (unit, the word for two of it)
    #: words that make a unit without a number one of it: an article, or the unit itself
    one: frozenset[str] = frozenset()
    part: re.Pattern[str] | None = None  #: finds 'half' and the like


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages whose words are known."""
    return tuple(_table())


@cache
def words_of(language: str) -> TimeWords | None:
    """The words of a language by its code ('fr', 'pt-BR'); None when it is not known."""
    code = language.replace("_", "-").split("-")[0].lower()
    code = {"no": "nb", "nn": "nb", "iw": "he", "kmr": "ku", "bs": "hr", "sh": "sr"}.get(code, code)
    if code not in _table():
        return None
    names, days = _cldr(code)
    return _make([(_table()[code], names, days)])


@cache
def words_of_all() -> TimeWords:
    """The words of all languages. A word that two of them read differently is left out."""
    return _make([(entry, *_cldr(code)) for code, entry in _table().items()])


@cache
def words_of_each() -> tuple[TimeWords, ...]:
    """The words of every language, each by itself."""
    return tuple(words for code in languages() if (words := words_of(code)) is not None)


@cache
def halves_of_the_day() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words for before and after noon, in every language, folded, longest first."""
    found = []
    for half in ("am", "pm"):
        words = {folded(word) for entry in _table().values() for word in entry.get(half, [])}
        found.append(tuple(sorted(words, key=lambda word: (-len(word), word))))
    return found[0], found[1]


@cache
def _table() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = load_yaml(_FILE).data
    return data


def _cldr(code: str) -> tuple[dict[str, int], dict[str, int]]:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return {}, {}
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    for context in ("stand-alone", "format"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                months[_plain(name)] = number
            for number, name in locale.days[context][width].items():
                weekdays[_plain(name)] = number
    # Boards cut names as they like ('Fév', 'Sept', 'четв'): every beginning that only one
    # name has stands for that name.
    return _with_prefixes(months), _with_prefixes(weekdays)


def _plain(name: str) -> str:
    return folded(name).strip(" .")


def _with_prefixes(names: dict[str, int]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for name, number in names.items():
        if name.isalpha():
            for length in range(_SHORTEST_PREFIX, len(name)):
                found.setdefault(name[:length], set()).add(number)
    prefixes = {prefix: min(numbers) for prefix, numbers in found.items() if len(numbers) == 1}
    kept = {name: number for name, number in names.items() if not name.isdecimal()}
    return {**prefixes, **kept}


def _make(entries: list[tuple[dict[str, Any], dict[str, int], dict[str, int]]]) -> TimeWords:
    months = _agreed(
        {**names, **{_plain(k): v for k, v in entry.get("months", {}).items()}}
        for entry, names, _ in entries
    )
    solar = _agreed(
        {_plain(name): n for n, name in enumerate(entry.get("solar_months", []), 1)}
        for entry, _, _ in entries
    )
    weekdays = _agreed(days for _, _, days in entries)

    def words(key: str) -> list[str]:
        return [word for entry, _, _ in entries for word in entry.get(key, [])]

    days = tuple(
        (before, pattern)
        for before, key in ((2, "before_yesterday"), (1, "yesterday"), (0, "today"))
        if (pattern := _any_of(words(key))) is not None
    )
    units = "|".join(f"(?P<{unit}>{_alternatives(words(unit))})" for unit in UNITS if words(unit))
    dual = tuple(
        (unit, pattern)
        for key, unit in _DUALS.items()
        if (pattern := _any_of(words(key))) is not None
    )
    return TimeWords(
        months=months,
        solar_months=solar,
        weekdays=weekdays,
        month=_any_of(months),
        solar_month=_any_of(solar),
        weekday=_any_of(weekdays),
        days=days,
        now=_any_of(words("now")),
        ago=_any_of(words("ago")),
        amount=re.compile(rf"(?:{_NUMBER}\s*)?(?:{units})") if units else None,
        dual=dual,
        one=frozenset(folded(word).strip() for word in words("one")),
        part=_any_of(words("part")),
    )


def _agreed(tables: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for table in tables:
        for name, number in table.items():
            found.setdefault(name, set()).add(number)
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1}


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = _alternatives(words)
    return re.compile(alternatives) if alternatives else None


def _alternatives(words: Iterable[str]) -> str:
    unique = {folded(word).strip() for word in words}
    ordered = sorted(unique, key=lambda word: (-len(word), word))
    return "|".join(_bounded(word) for word in ordered if word)


def _bounded(word: str) -> str:
    stem = word.removesuffix("*")
    middle = re.escape(stem) + (r"[^\W\d_]*" if stem != word else "")
    if _UNSPACED.search(word):
        return middle
    # Digits may touch: '3min'.
    return rf"(?<![^\W\d_]){middle}(?!\w)"
