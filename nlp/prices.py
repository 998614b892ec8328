"""Finds what things cost: amounts with currency, unit and role.

A number is a price when money is named beside it, when it stands in a range or list with
one that is, or when a word for a price or 'per person' stands directly by it. A number of
which none of this is true (a year, an hour, a count of places) is none. Telephone numbers,
links and addresses are taken out first, so they cannot be one.

Where the currency stands once ('Germany 3500 Austria 3200 eur'), the others have it too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from crawler.types import Mention, Per, Post, Price, PriceRole
from nlp.annotations import make_mention
from nlp.identify import Reading
from nlp.language_data import Lang, load_languages
from nlp.lexicon import Found, Lexicon
from nlp.normalise import Normalised, fold
from nlp.numbers import Number, NumberReader
from nlp.price_words import SIGNS, Meaning, MoneyWords, is_money, money_entries

_EMOJI = frozenset("💶💷💵")

_NEAR = 2  #: code points between a number and its currency
#: How far after and before a price its unit, its role, or the thing it is for may stand.
_REACH = {"unit": (22, 26), "role": (18, 22), "thing": (0, 16)}
_WORD_BEFORE = 14
_SMALLEST_BARE = 20  #: without a currency, smaller numbers are hours and counts
_SMALLEST_LISTED = 100
_YEARS = range(1950, 2051)
_LIST_GAP = 30
_LARGE_SUM = 100_000  #: a lakh, a million: whoever says it without a noun means money
_K = 1000
_RESOLUTIONS = (4000, 8000)  #: '4K' is a video

_DATES = re.compile(
    r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)|(?<!\d)\d{1,2}:\d{2}(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
)
#: 'e' for euro: '1300e', '1300 e' at the end of a clause.
_SHORT_EURO = re.compile(r"(?<=\d)(e)(?![\w'])|(?<=\d) (e)(?=[,.!)\n]|$)")
_NO_CENTS = frozenset((",-", ".-", ",--"))  #: '2.800,- €'
_DASHES = frozenset(("-", "/", "~", "--", "->", "→", "..", "..."))
_RANGE = 4  #: how many times as large one end of a range may be


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
        marked = [code for code, lang in languages.items() if lang.marks_matter]
        self._words = Lexicon(money_entries(languages), marks_matter=marked)
        self._languages = languages
        self._links = {
            code: frozenset(map(fold, lang.prices.links)) for code, lang in languages.items()
        }

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
        found = self._words.find(normalised, reading.language, reading.mixture)
        words = MoneyWords(found)
        currencies = [
            word for word in found if word.payload.kind == "currency" and is_money(normalised, word)
        ]
        currencies += [
            Found(match.end() - 1, match.end(), Meaning("currency", "EUR"), "", 0, 0)
            for match in _SHORT_EURO.finditer(text)
        ]
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
        links = self._links.get(reading.language, frozenset())
        _give_currencies(amounts, currencies, text, links)
        # 'Not one penny' is no price.
        for one in amounts:
            one.sure = one.sure and (one.value != 1 or one.number.literal)
        _share_currencies(amounts, words, text)
        lang = self._languages.get(reading.language)
        _believe_bare(amounts, words, normalised, lang)
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


def _give_currencies(
    amounts: Sequence[_Amount],
    currencies: Sequence[Found[Meaning]],
    text: str,
    links: frozenset[str],
) -> None:
    """Give each currency to the number it stands beside, the closest pairs first."""
    pairs = []
    starts = [amount.start for amount in amounts]
    for which, word in enumerate(currencies):
        first = max(bisect_left(starts, word.start) - 1, 0)
        for amount in amounts[first : first + 3]:
            if amount.end <= word.start and word.start - amount.end <= _NEAR + 5:
                gap = text[amount.end : word.start]
                if gap.strip() in links or gap.strip() in _NO_CENTS:
                    gap = " "
                if len(gap) > _NEAR:
                    continue
                after = True
            elif word.end <= amount.start and amount.start - word.end <= _NEAR:
                gap = text[word.end : amount.start]
                after = False
            else:
                continue
            if gap.strip(" .-'/(:=~") or "\n" in gap:
                continue
            sign = text[word.start : word.end] in SIGNS
            # 'euro 500' is rarer than '500 euro'; '£500' is what everybody writes.
            rank = len(gap) + (0 if after != sign else 0.4) + (0.5 if gap.strip() else 0)
            if not after and not sign:
                rank += 0.6
            pairs.append((rank, which, after, amount, word))
    used: set[int] = set()
    for _, which, _after, amount, word in sorted(pairs, key=lambda one: one[:3]):
        if which in used or amount.currency is not None:
            continue
        used.add(which)
        amount.currency = word.payload.text
        amount.value *= word.payload.factor
        amount.sure = True
        if text[word.start : word.end] not in _EMOJI:
            amount.start = min(amount.start, word.start)
            amount.end = max(amount.end, word.end)


def _share_currencies(amounts: Sequence[_Amount], words: MoneyWords, text: str) -> None:
    """In '2000-2500 €' and '5 to 7k €' the first amount has the currency and size of the second."""
    for left, right in pairwise(amounts):
        if left.sure == right.sure or not _connects(text, left.end, right.start, words):
            continue
        if right.sure:
            scaled = _scale(left, right)
            if scaled is not None:
                left.value, left.currency, left.sure = scaled, right.currency, True
        elif left.value <= right.value * _RANGE and right.value <= left.value * _RANGE:
            right.currency, right.sure = left.currency, True


def _connects(text: str, end: int, start: int, words: MoneyWords) -> bool:
    """Whether only a dash, a slash or a word like 'to' stands between two amounts."""
    gap = text[end:start]
    inner = gap.strip()
    if not inner or len(gap) > 8 or "\n" in gap:
        return False
    first = end + gap.index(inner)
    return inner in _DASHES or any(
        (word.start, word.end) == (first, first + len(inner))
        for word in words.near(end, start, "connector")
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


def _believe_bare(
    amounts: Sequence[_Amount],
    words: MoneyWords,
    normalised: Normalised,
    lang: Lang | None,
) -> None:
    """Believe numbers without a currency where something else says that they are money."""
    text = normalised.text
    named = [one for one in amounts if one.currency is not None]
    kinds = {one.currency for one in named}
    little = _little_words(lang)
    bare = [one for one in amounts if not one.sure and _may_be_bare(one, text)]
    for amount in bare:
        ends = _ends_item(text, amount.end) or _next_word(text, amount.end) in little
        if amount.number.multiplied >= _LARGE_SUM and amount.value > amount.number.multiplied:
            amount.sure = _counts_nothing(amount, words, text) or _is_counted(amount, words)
            amount.currency = lang.prices.local_currency if lang and amount.sure else None
        elif (
            _is_announced(amount, words, text, ends=ends, alone=not named)
            or _is_counted(amount, words)
            or (len(kinds) == 1 and _is_listed(amounts, amounts.index(amount), text, ends=ends))
            or (not named and len(bare) == 1 and ends and _is_round(amount))
        ):
            amount.sure = True
            if len(kinds) == 1:
                amount.currency = named[0].currency
            elif lang and not kinds and amount.number.multiplied >= _K:
                amount.currency = lang.prices.local_currency


@lru_cache(maxsize=256)
def _words_of(code: str, words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded for word in words if " " not in (folded := fold(word)))


def _little_words(lang: Lang | None) -> frozenset[str]:
    """Words of grammar: what follows a number and is one of them is not counted by it."""
    if lang is None:
        return frozenset()
    words = _words_of(lang.code, lang.identify.words)
    little = frozenset(word for word in words if len(word) <= 3 and word < "\u0370")
    return little | _words_of(lang.code, lang.contacts.get("author", ()))


def _next_word(text: str, end: int) -> str:
    match = re.match(r" ?([^\W\d_]+)", text[end : end + 24])
    return match[1] if match else ""


def _is_round(amount: _Amount) -> bool:
    return (
        amount.number.literal
        and amount.value >= _SMALLEST_LISTED
        and amount.value % 50 == 0
        and not (amount.number.multiplied == _K and amount.value in _RESOLUTIONS)
    )


def _may_be_bare(amount: _Amount, text: str) -> bool:
    number = amount.number
    following = text[amount.end : amount.end + 2]
    if amount.value < _SMALLEST_BARE or following.strip()[:1] in ("%", ":"):
        return False
    if following[:1].isalpha() and following[0].isascii():
        return False
    if following[:1] in ("/", ".", "-") and following[1:].isdecimal():
        return False
    plain = number.literal and not number.grouped and number.multiplied == 1
    return not (plain and (amount.value in _YEARS or text[amount.start] == "0"))


def _is_announced(
    amount: _Amount, words: MoneyWords, text: str, *, ends: bool, alone: bool
) -> bool:
    """Whether a word for a price stands before it: 'price 3500'.

    Where other amounts have a currency (not `alone`), what a noun follows is a count.
    """
    if not any(
        0 <= amount.start - word.end <= _WORD_BEFORE and not _breaks(text[word.end : amount.start])
        for word in words.near(amount.start, amount.end, "word")
    ):
        return False
    return ends or (alone and _is_round(amount))


def _is_counted(amount: _Amount, words: MoneyWords) -> bool:
    """Whether 'per person' or the like stands after it. One word may only count people."""
    return any(
        word.payload.text in ("person", "document", "family")
        and 0 <= word.start - amount.end <= 2
        and (word.last > word.first or amount.number.multiplied == _K)
        for word in words.near(amount.start, amount.end, "unit")
    )


def _is_listed(amounts: Sequence[_Amount], position: int, text: str, *, ends: bool) -> bool:
    """Whether it stands in a list with amounts that have a currency: 'A 3500, B 3200 eur'."""
    amount = amounts[position]
    if amount.value % 5 or amount.value < _SMALLEST_BARE:
        return False
    round_sum = _is_round(amount)
    if (
        round_sum
        and ends
        and any(one.sure and amount.value / 8 <= one.value <= amount.value * 8 for one in amounts)
    ):
        return True
    for other in (*amounts[max(position - 1, 0) : position], *amounts[position + 1 : position + 2]):
        if not other.sure:
            continue
        before = other.start < amount.start
        gap = text[other.end : amount.start] if before else text[amount.end : other.start]
        if len(gap) > _LIST_GAP or "." in gap or gap.count("\n") > 1:
            continue
        ratio = max(amount.value, other.value) / min(amount.value, other.value)
        if ratio <= _RANGE and (ends or (round_sum and "," not in gap)):
            return True
    return False


def _counts_nothing(amount: _Amount, words: MoneyWords, text: str) -> bool:
    """Whether no unit of persons follows: '8 million people'."""
    return (
        not any(
            0 <= word.start - amount.end <= 1
            for word in words.near(amount.start, amount.end, "unit")
        )
        and not text[amount.end : amount.end + 1].isalpha()
    )


def _breaks(gap: str) -> bool:
    return any(one in gap for one in "\n.!?;,") or any(map(str.isdigit, gap))


def _ends_item(text: str, end: int) -> bool:
    """Whether nothing that is counted follows: the end of a line or clause, or a symbol."""
    rest = text[end : end + 12].lstrip(" ")
    return not rest or not (rest[0].isalnum() or rest[0] in "%:")


def _give_units(prices: Sequence[_Amount], words: MoneyWords, text: str) -> None:
    """The unit and role of each price: the nearest after it, else the nearest before it."""
    for position, price in enumerate(prices):
        following = prices[position + 1].start if position + 1 < len(prices) else len(text)
        previous = prices[position - 1].end if position else 0
        per = _nearest(price, words, text, "unit", (previous, following))
        role = _nearest(price, words, text, "role", (previous, following))
        if per is None:
            per = _nearest(price, words, text, "thing", (previous, price.end))
        if per is not None:
            price.per = per  # type: ignore[assignment]
        if role is not None:
            price.role = role  # type: ignore[assignment]


def _nearest(
    price: _Amount,
    words: MoneyWords,
    text: str,
    kind: str,
    between: tuple[int, int],
) -> str | None:
    reach_after, reach_before = _REACH[kind]
    best: tuple[int, str] | None = None
    for word in words.near(price.start, price.end, kind):
        if price.end <= word.start and word.end <= between[1]:
            gap, distance, reach = text[price.end : word.start], word.start - price.end, reach_after
        elif word.end <= price.start and word.start >= between[0]:
            gap = text[word.end : price.start]
            distance, reach = price.start - word.end + 4, reach_before
        else:
            continue
        if distance > reach or any(one in gap for one in "\n.!?"):
            continue
        if "," in gap and (kind == "thing" or word.payload.text in _SPANS_OF_TIME):
            continue
        if best is None or distance < best[0]:
            best = (distance, word.payload.text)
    return best[1] if best else None


_SPANS_OF_TIME = frozenset(("day", "week", "month"))


def _plain(value: Decimal) -> Decimal:
    """Without an exponent or needless zeros: 2500, 94.5."""
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize()


@lru_cache(maxsize=1)
def load_price_finder() -> PriceFinder:
    """The finder over all language files."""
    return PriceFinder(load_languages())
