"""Finds what things cost: amounts with currency, unit and role.

A number is a price when money is named beside it, when it stands in a range or list with
one that is, or when a word for a price or 'per person' stands directly by it. A number of
which none of this is true (a year, an hour, a count of places) is none. Telephone numbers,
links and addresses are taken out first, so they cannot be one.

Where the currency stands once ('Germany 3500 Austria 3200 eur'), the others have it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from crawler.types import Mention, Per, Post, Price, PriceRole
from nlp.annotations import make_mention
from nlp.identify import Reading
from nlp.language_data import Lang, load_languages
from nlp.lexicon import Entry, Found, Lexicon
from nlp.normalise import Normalised, fold
from nlp.numbers import Number, NumberReader

#: Signs, and the codes of ISO 4217 that are no word of any of our languages.
_SIGNS = {
    "£": "GBP", "€": "EUR", "$": "USD", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH",
    "₦": "NGN", "₨": "PKR", "₫": "VND", "৳": "BDT", "₪": "ILS", "¥": "CNY", "₱": "PHP",
    "us$": "USD", "$us": "USD", "c$": "CAD", "a$": "AUD", "💶": "EUR", "💷": "GBP", "💵": "USD",
}  # fmt: skip
_CODES = (
    "GBP EUR USD TRY AED SAR IRR IQD SYP AFN PKR INR BDT VND CNY RMB RUB UAH PLN RON ALL RSD BGN "
    "HUF CZK CHF SEK NOK DKK DZD MAD TND LYD EGP SDG SSP ETB ERN KES SOS DJF UGX NGN GHS XOF XAF "
    "CAD AUD LBP JOD KWD QAR AZN GEL AMD UZS MKD BAM MDL ILS"
).split()
_NO_CODE = frozenset(("ALL", "TRY", "MAD", "BAM", "SOS", "RON", "CAD", "GEL"))
_EMOJI = frozenset("💶💷💵")

_NEAR = 2  #: code points between a number and its currency
_UNIT_AFTER = 22
_UNIT_BEFORE = 26
_ROLE_AFTER = 18
_ROLE_BEFORE = 22
_WORD_BEFORE = 14
_SMALLEST_BARE = 20  #: without a currency, smaller numbers are hours and counts
_SMALLEST_LISTED = 100
_YEARS = range(1950, 2051)

_DATES = re.compile(
    r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)|(?<!\d)\d{1,2}:\d{2}(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
)
_CONNECTOR = re.compile(r" ?(?:-|/|~|or|to|and|,|\||&)? ?")


class _Meaning(NamedTuple):
    kind: Literal["currency", "word", "unit", "role", "connector", "arrival"]
    text: str
    factor: Decimal = Decimal(1)


@dataclass(slots=True)
class _Amount:
    number: Number
    start: int
    end: int
    value: Decimal
    currency: str | None = None
    sure: bool = False  #: money is named, or a word for a price stands by it
    per: Per | None = None
    role: PriceRole = "price"


class PriceFinder:
    """Finds prices in posts of any language. Made once."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        self._numbers = NumberReader(languages)
        self._words = Lexicon(_entries(languages))

    def find(
        self,
        normalised: Normalised,
        reading: Reading,
        post: Post,
        contacts: Sequence[Mention] = (),
    ) -> list[Mention]:
        """The prices of a post, in order.

        Args:
            normalised: its text.
            reading: its language.
            post: the post.
            contacts: mentions whose words cannot be prices.
        """
        text = normalised.text
        words = self._words.find(normalised, reading.language, reading.mixture)
        currencies = [word for word in words if word.payload.kind == "currency"]
        taken = [
            (normalised.at(one.start), normalised.at(one.end))
            for one in contacts
            if one.value.type != "author"  # type: ignore[union-attr]
        ]
        taken += [match.span() for match in _DATES.finditer(text)]
        taken += [(one.start, one.end) for one in currencies]
        numbers = self._numbers.read(normalised, reading, taken)
        if not numbers:
            return []
        amounts = [_Amount(one, one.start, one.end, one.value) for one in numbers]
        amounts = [one for one in amounts if one.value > 0]
        _give_currencies(amounts, currencies, text)
        _share_currencies(amounts, words, text)
        _believe_bare(amounts, words, text)
        prices = [one for one in amounts if one.sure]
        _give_units(prices, words, text)
        return [
            make_mention(
                "price",
                post.text,
                normalised,
                one.start,
                one.end,
                Price(_plain(one.value), one.currency, one.per, one.role),
            )
            for one in prices
        ]


def _entries(languages: Mapping[str, Lang]) -> Iterator[Entry[_Meaning]]:
    for sign, currency in _SIGNS.items():
        yield Entry("en", sign, _Meaning("currency", currency))
    for code in _CODES:
        if code not in _NO_CODE:
            currency = "CNY" if code == "RMB" else code
            yield Entry("en", code, _Meaning("currency", currency))
    for code, lang in languages.items():
        prices = lang.prices
        for word, currency in prices.currencies.items():
            yield Entry(code, word, _Meaning("currency", currency))
        for word, (currency, factor) in prices.scaled_currencies.items():
            yield Entry(code, word, _Meaning("currency", currency, Decimal(str(factor))))
        for word in prices.words:
            yield Entry(code, word, _Meaning("word", ""))
        for per, words in prices.units.items():
            for word in words:
                yield Entry(code, word, _Meaning("unit", per))
        for role, words in prices.roles.items():
            for word in words:
                yield Entry(code, word, _Meaning("role", role))


def _give_currencies(
    amounts: Sequence[_Amount], currencies: Sequence[Found[_Meaning]], text: str
) -> None:
    """Give each currency to the number it stands beside, the closest pairs first."""
    pairs = []
    for which, word in enumerate(currencies):
        for amount in amounts:
            if amount.end <= word.start and word.start - amount.end <= _NEAR:
                gap = text[amount.end : word.start]
                after = True
            elif word.end <= amount.start and amount.start - word.end <= _NEAR:
                gap = text[word.end : amount.start]
                after = False
            else:
                continue
            if gap.strip(" .-'/(:=~") or "\n" in gap:
                continue
            sign = text[word.start : word.end] in _SIGNS
            # 'euro 500' is rarer than '500 euro'; '£500' is what everybody writes.
            rank = len(gap) + (0 if after != sign else 0.4) + (0.5 if gap.strip() else 0)
            if not after and not sign:
                rank += 0.6
            pairs.append((rank, which, after, amount, word))
    used: set[int] = set()
    for _, which, after, amount, word in sorted(pairs, key=lambda one: one[:3]):
        if which in used or amount.currency is not None:
            continue
        used.add(which)
        amount.currency = word.payload.text
        amount.value *= word.payload.factor
        amount.sure = True
        if text[word.start : word.end] not in _EMOJI:
            amount.start = min(amount.start, word.start)
            amount.end = max(amount.end, word.end)


def _share_currencies(
    amounts: Sequence[_Amount], words: Sequence[Found[_Meaning]], text: str
) -> None:
    """In '2000-2500 €' and '5 to 7k €' the first amount has the currency and size of the second."""
    for left, right in zip(amounts, amounts[1:], strict=False):
        gap = text[left.end : right.start]
        if left.sure and right.sure or len(gap) > 8 or "\n" in gap:
            continue
        if not (left.sure or right.sure) or not _connects(gap):
            continue
        if right.sure and not left.sure:
            scaled = _scale(left, right)
            if scaled is None:
                continue
            left.value, left.currency, left.sure = scaled, right.currency, True
        elif not right.number.literal or _alike(left, right):
            right.currency, right.sure = left.currency, True


def _connects(gap: str) -> bool:
    """A dash, a slash, or one short word ('to', 'à', 'تا', 'до')."""
    inner = gap.strip()
    if not inner:
        return False
    return inner in ("-", "/", "~", "--", "->", "→") or (
        inner.isalpha() and len(inner) <= 3 and gap != inner
    )


def _scale(left: _Amount, right: _Amount) -> Decimal | None:
    """What the left end of a range is worth beside its right end; None if it is no range."""
    value = left.value
    if value <= right.value and value * 20 >= right.value:
        return value
    factor = right.number.multiplied
    if factor > 1 and value * factor <= right.value:
        return value * factor
    return None


def _alike(left: _Amount, right: _Amount) -> bool:
    return left.value / 20 <= right.value <= left.value * 20


def _believe_bare(
    amounts: Sequence[_Amount], words: Sequence[Found[_Meaning]], text: str
) -> None:
    """Believe numbers without a currency where a price word, a unit or a list says so."""
    named = [one for one in amounts if one.currency is not None]
    kinds = {one.currency for one in named}
    for amount in amounts:
        if amount.sure or not _may_be_bare(amount, text):
            continue
        announced = any(
            word.payload.kind == "word"
            and 0 <= amount.start - word.end <= _WORD_BEFORE
            and not _breaks(text[word.end : amount.start])
            for word in words
        )
        counted = any(
            word.payload.kind == "unit" and word.payload.text in ("person", "document", "family")
            and 0 <= word.start - amount.end <= 2
            for word in words
        )
        listed = (
            len(kinds) == 1
            and amount.value >= _SMALLEST_LISTED
            and amount.value % 50 == 0
            and _ends_item(text, amount.end)
        )
        if announced or counted or listed:
            amount.sure = True
            if named:
                following = [one for one in named if one.start > amount.start]
                nearest = following[0] if following else named[-1]
                amount.currency = nearest.currency if len(kinds) == 1 else None


def _may_be_bare(amount: _Amount, text: str) -> bool:
    number = amount.number
    if amount.value < _SMALLEST_BARE or text[amount.end : amount.end + 2].strip()[:1] in ("%", ":"):
        return False
    if text[amount.end : amount.end + 1].isalpha() and text[amount.end].isascii():
        return False
    plain = number.literal and not number.grouped and number.multiplied == 1
    return not (plain and (amount.value in _YEARS or text[amount.start] == "0"))


def _breaks(gap: str) -> bool:
    return any(one in gap for one in "\n.!?;") or any(map(str.isdigit, gap))


def _ends_item(text: str, end: int) -> bool:
    """Whether nothing that is counted follows: the end of a line or clause, or a new item."""
    rest = text[end : end + 12].lstrip(" ")
    return not rest or rest[0] in "\n.,;!)/|+" or not (rest[0].isalnum() or rest[0] in "%:")


def _give_units(
    prices: Sequence[_Amount], words: Sequence[Found[_Meaning]], text: str
) -> None:
    """The unit and role of each price: the nearest after it, else the nearest before it."""
    for position, price in enumerate(prices):
        following = prices[position + 1].start if position + 1 < len(prices) else len(text)
        previous = prices[position - 1].end if position else 0
        per = _nearest(price, words, text, "unit", (previous, following))
        role = _nearest(price, words, text, "role", (previous, following))
        if per is not None:
            price.per = per  # type: ignore[assignment]
        if role is not None:
            price.role = role  # type: ignore[assignment]


def _nearest(
    price: _Amount,
    words: Sequence[Found[_Meaning]],
    text: str,
    kind: str,
    between: tuple[int, int],
) -> str | None:
    reach_after, reach_before = (
        (_UNIT_AFTER, _UNIT_BEFORE) if kind == "unit" else (_ROLE_AFTER, _ROLE_BEFORE)
    )
    best: tuple[int, str] | None = None
    for word in words:
        if word.payload.kind != kind:
            continue
        if price.end <= word.start and word.end <= between[1]:
            gap, distance, reach = text[price.end : word.start], word.start - price.end, reach_after
        elif word.end <= price.start and word.start >= between[0]:
            gap = text[word.end : price.start]
            distance, reach = price.start - word.end + 4, reach_before
        else:
            continue
        if distance > reach or any(one in gap for one in "\n.!?"):
            continue
        if best is None or distance < best[0]:
            best = (distance, word.payload.text)
    return best[1] if best else None


def _plain(value: Decimal) -> Decimal:
    """Without an exponent or needless zeros: 2500, 94.5."""
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize()


@lru_cache(maxsize=1)
def load_price_finder() -> PriceFinder:
    """The finder over all language files."""
    return PriceFinder(load_languages())
