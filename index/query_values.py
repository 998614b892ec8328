"""The values of a query's fields: dates, amounts, contacts, places, and their faults.

Each function takes the value as written and gives a tree, or raises ValueError with a
sentence for the analyst; `index.query` adds the column.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from crawler.folding import folded
from crawler.types import AREAS
from index.analyser import sought
from index.fields import KINDS, MODES, TAIL_LENGTHS, account, keyword, microseconds
from index.query_tree import Between, Node, Or, Phrase

#: Fields with a closed set of values.
CHOICES: dict[str, tuple[str, ...]] = {
    "mode": MODES,
    "area": AREAS,
    "kind": KINDS,
    "offer": ("true", "false"),
}
#: Other writings of those values.
_SAME_CHOICE = {"yes": "true", "no": "false"}
_SYMBOLS = {"£": "GBP", "€": "EUR", "$": "USD", "₺": "TRY", "₫": "VND", "₴": "UAH", "₽": "RUB"}
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(k?)")
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?Z?)?)?)?"
)
_NOW = re.compile(r"now(?:(?P<sign>[+-])(?P<number>\d{1,6})(?P<unit>[smhdwMy]))?(?P<day>/d)?")
_UNIT_DAYS = {"d": 1.0, "w": 7.0, "M": 30.0, "y": 365.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}
#: Languages in which the name of a country is known: those the posts are written in.
_COUNTRY_NAME_LOCALES = [
    "en",
    "fr",
    "tr",
    "ar",
    "sq",
    "vi",
    "fa",
    "ckb",
    "ps",
    "ur",
    "pa",
    "hi",
    "bn",
    "so",
    "ti",
    "am",
    "ku",
    "ro",
    "ru",
    "uk",
    "zh",
    "es",
    "it",
    "de",
    "pl",
    "nl",
    "el",
    "bg",
    "sr",
]
_COUNTRY_ALIASES = {"uk": "gb", "england": "gb", "britain": "gb", "great britain": "gb"}


def choose(field: str, value: str) -> Node:
    """A value out of a closed set."""
    wanted = keyword(value).replace(" ", "_").replace("-", "_")
    wanted = _SAME_CHOICE.get(wanted, wanted)
    if wanted not in CHOICES[field]:
        raise ValueError(f"'{value}' is no {field}; write one of {', '.join(CHOICES[field])}")
    return Phrase(field, (wanted,))


def read_currency(value: str) -> Node:
    """A currency by its ISO 4217 code, or by a symbol that leaves no doubt."""
    code = _SYMBOLS.get(value, value)
    if not re.fullmatch("[A-Za-z]{3}", code):
        raise ValueError(f"'{value}' is no currency code; write three letters, such as GBP")
    return Phrase("currency", (code.lower(),))


def find_author(value: str) -> Node:
    """The account with this handle, or with these words in its display name."""
    handle = Phrase("author", (account(value),))
    words = sought(value)
    if not words.tokens:
        return handle
    return Or((handle, Phrase("author_name", words.tokens, words.partial)))


def find_place(field: str, value: str, named: Sequence[Node] = ()) -> Node:
    """A place, or the end of a route: a country by its code or its name, or by a name.

    `named` finds the place that has this name in some language.
    """
    code = keyword(value)
    code = _COUNTRY_ALIASES.get(code, code)
    found: list[Node] = []
    if len(code) == 2 and code.isascii() and code.isalpha():
        found.append(Phrase(field, (code,)))
    elif country := _country_codes().get(code):
        found.append(Phrase(field, (country,)))
    words = sought(value)
    if words.tokens:
        target = field if field == "place" else f"{field}_name"
        found.append(Phrase(target, words.tokens, words.partial))
    found += [node for node in named if node not in found]
    if not found:
        raise ValueError(f"'{value}' is no place; write a country's code or a name")
    return found[0] if len(found) == 1 else Or(tuple(found))


def find_contact(value: str) -> Node:
    """A contact by any spelling: '07700 900123', '+44 (0)7700-900123', '@name', an address."""
    if digits := phone_digits(value):
        international = value.strip().startswith(("+", "00", "٠٠", "۰۰"))
        found: list[Node] = [Phrase("contact", (digits,))]
        national = digits.lstrip("0")
        if not international and len(national) in TAIL_LENGTHS:
            found.append(Phrase("contact_tail", (national,)))
        return found[0] if len(found) == 1 else Or(tuple(found))
    address = account(value)
    # wa.me/447700900123 names a number, not a handle
    bare = address.removeprefix("+")
    return Phrase("contact", (bare if bare.isdigit() else address,))


def phone_digits(value: str) -> str:
    """The digits of what can only be a telephone number, '' for anything else.

    International prefixes go ('+', '00'), and so does the zero in brackets of '+44 (0)'.
    """
    plain = folded(value).strip()
    if re.search(r"[^\d\s()+./-]", plain) or plain.count("+") > 1:
        return ""
    if plain.startswith(("+", "00")):
        plain = plain.replace("(0)", "")
    digits = re.sub(r"\D", "", plain)
    digits = digits.removeprefix("00")
    return digits if len(digits) >= 6 else ""


def read_number(field: str, value: str) -> float:
    """An amount: '1000', '1,000', '2.5k'."""
    match = _NUMBER.fullmatch(folded(value.strip()))
    if not match:
        hint = "; give the currency apart: price:500 currency:GBP" if field == "price" else ""
        raise ValueError(f"'{value}' is no number{hint}")
    whole, fraction, thousand = match.groups()
    number = float(whole.replace(",", "") + (fraction or ""))
    return number * 1000 if thousand else number


def read_span(value: str, now: datetime) -> tuple[datetime, datetime]:
    """The first moment of what is named, and the first moment after it.

    '2026', '2026-03', '2026-03-05', '2026-03-05T10:00', 'now', 'now-7d', 'now-7d/d'; all UTC.
    """
    text = folded(value.strip()).replace("t", "T").replace("z", "Z")
    if match := _NOW.fullmatch(value.strip()):
        return _relative(match, now)
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(
            f"'{value}' is no date; write 2026, 2026-03, 2026-03-05, 2026-03-05T10:00 or now-7d"
        )
    try:
        part = {name: int(number) for name, number in match.groupdict().items() if number}
        start = datetime(
            part["year"],
            part.get("month", 1),
            part.get("day", 1),
            part.get("hour", 0),
            part.get("minute", 0),
            part.get("second", 0),
            tzinfo=UTC,
        )
        if "second" in part:
            return start, start + timedelta(seconds=1)
        if "hour" in part:
            return start, start + timedelta(minutes=1)
        if "day" in part:
            return start, start + timedelta(days=1)
        if "month" in part:
            return start, start + timedelta(days=calendar.monthrange(start.year, start.month)[1])
        return start, start.replace(year=start.year + 1)
    except (ValueError, OverflowError) as e:
        raise ValueError(f"'{value}' is no date of the calendar ({e})") from e


def between_times(
    field: str,
    low: tuple[datetime, datetime] | None,
    high: tuple[datetime, datetime] | None,
    *,
    include_low: bool = True,
    include_high: bool = True,
) -> Between:
    """A range of times. An end that is included counts whole: the last day to its midnight."""
    return Between(
        "posted" if field == "posted" else "seen",
        None if low is None else microseconds(low[0 if include_low else 1]),
        None if high is None else microseconds(high[1 if include_high else 0]),
        include_low=True,
        include_high=False,
    )


def _relative(match: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    moment = now.astimezone(UTC)
    if match["sign"]:
        days = _UNIT_DAYS[match["unit"]] * int(match["number"])
        try:
            moment += timedelta(days=days if match["sign"] == "+" else -days)
        except OverflowError as e:
            raise ValueError(f"'{match.group()}' lies outside the calendar") from e
    if match["day"]:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return moment, moment + timedelta(days=1)
    return moment, moment + timedelta(microseconds=1)


@cache
def _country_codes() -> dict[str, str]:
    """Country names in the posts' languages -> code, folded (CLDR, by way of babel)."""
    from babel import Locale, UnknownLocaleError

    names: dict[str, str] = {}
    for name in _COUNTRY_NAME_LOCALES:
        try:
            territories = Locale.parse(name).territories
        except UnknownLocaleError:
            continue
        for code, written in territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(keyword(written), code.lower())
    return names
