"""Finds what things cost: amounts with currency, unit and role.

A number is a price when money is named beside it, when it stands in a range or list with
one that is, or when something else says that it is money (see `nlp.bare_prices`). A number
of which none of this is true (a year, an hour, a count of places) is none. Telephone numbers,
links and addresses are taken out first, so they cannot be one. A rate of exchange is an
amount of money like any other; a sum as only states spend it (ten million) is none.

Where the currency stands once ('Germany 3500 Austria 3200 eur'), the others have it too.
Where several countries have money of that name, the places of the post say whose it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from crawler.types import Contact, Mention, Post, Price
from nlp.annotations import make_mention
from nlp.bare_prices import BareReader
from nlp.identify import Reading
from nlp.language_data import Lang, load_languages
from nlp.lexicon import Found, Lexicon
from nlp.normalise import Normalised, fold
from nlp.numbers import NumberReader
from nlp.places import load_place_finder
from nlp.price_amounts import Amount, next_word, past_number
from nlp.price_currencies import NamedPlace, currency_in_context, is_of_country
from nlp.price_units import give_units
from nlp.price_words import SIGNS, Meaning, MoneyWords, is_money, money_entries

PlacesOf = Callable[[Normalised, Reading], Sequence[NamedPlace]]

_EMOJI = frozenset("💶💷💵")
_DOLLARS = frozenset(("USD", "CAD", "AUD", "HKD", "SGD", "NZD", "TWD"))
_PLAIN_WORD = 4  #: letters of a currency's name that is no other word ('lei')
_NEAR = 2  #: code points between a number and its currency
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)|\d{1,2}:\d{2}(?!\d)"
    r"|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?!\d)"
)
#: 'e' for euro, behind a number: '1300e', '1300 e' at the end of a clause.
_SHORT_EURO = re.compile(r"e(?![\w'])| e(?=[,.!)\n]|$)")
_NO_CENTS = frozenset((",-", ".-", ",--", ",", "-"))  #: '2.800,- €'
_DASHES = frozenset(("-", "/", "~", "--", "->", "→", "..", "..."))
_RANGE = 4  #: how many times as large one end of a range may be
_STATES_MONEY = Decimal(5_000_000)  #: in pounds, euros, dollars: a budget, no price
_STRONG = frozenset(("GBP", "EUR", "USD", "CHF"))
_MILLIONS = re.compile(r" ?(?:m|mn|mio|mln|bn|b|billion)(?![\w'])")
#: Where a bare million is one of centimes, and up to how many of them are a price.
_COUNTED_IN_CENTIMES = {"DZ": "DZD", "MA": "MAD"}
_SHORT_MILLION = re.compile(r"m(?![\w'])")
_MOST_CENTIMES = 10_000


class PriceFinder:
    """Finds prices in posts of any language. Made once."""

    def __init__(self, languages: Mapping[str, Lang], places_of: PlacesOf) -> None:
        """Put together.

        Args:
            languages: the words of every language.
            places_of: finds the places of a text; asked only where a currency depends on them.
        """
        self._numbers = NumberReader(languages)
        marked = [code for code, lang in languages.items() if lang.marks_matter]
        self._words = Lexicon(money_entries(languages), marks_matter=marked)
        self._bare = BareReader(languages)
        self._languages = languages
        self._places_of = places_of
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
        taken = [
            (normalised.at(one.start), normalised.at(one.end))
            for one in contacts
            if one.value.type != "author"  # type: ignore[union-attr]
        ]
        parts = self._numbers.parts(normalised, reading, taken)
        if not parts:
            return []
        literals = [one for one in parts if one.kind == "literal"]
        dates = [match.span() for one in literals if (match := _DATE.match(text, one.start))]
        found = self._words.find(normalised, reading.language, reading.mixture)
        words = MoneyWords(found)
        currencies = [
            word
            for word in found
            if word.payload.kind == "currency"
            and is_money(normalised, word, (reading.language, *reading.mixture))
        ]
        currencies = _own_first(currencies, reading.language)
        currencies += [
            Found(match.end() - 1, match.end(), Meaning("currency", "EUR"), "", 0, 0)
            for one in literals
            if (match := _SHORT_EURO.match(text, one.end))
        ]
        numbers = self._numbers.join(
            normalised, parts, [*dates, *((one.start, one.end) for one in currencies)]
        )
        amounts = [
            Amount(one, one.start, one.end, one.value, after=past_number(normalised, one.end))
            for one in numbers
            if one.value > 0
        ]
        if not amounts:
            return []
        links = self._links.get(reading.language, frozenset())
        varying = _give_currencies(amounts, currencies, text, links)
        for one in amounts:
            # 'Not one penny' is no price.
            one.sure = one.sure and (one.value != 1 or one.number.literal)
        _share_currencies(amounts, words, text)
        apart = {
            one.payload.text
            for one in currencies
            if one.payload.factor == 1 and one.end - one.start >= _PLAIN_WORD
        }
        large = self._bare.believe(amounts, words, text, reading.language, apart)
        if varying or large:
            self._settle(amounts, varying, large, words, normalised, reading, contacts)
        _mark_ranges(amounts, words, text)
        prices = [one for one in amounts if one.sure and not _is_budget(one, text)]
        give_units(prices, amounts, words, text)
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

    def _settle(
        self,
        amounts: Sequence[Amount],
        varying: Sequence[str],
        large: Sequence[Amount],
        words: MoneyWords,
        normalised: Normalised,
        reading: Reading,
        contacts: Sequence[Mention],
    ) -> None:
        """Give sums without a currency the language's own, and varying names a country's."""
        lang = self._languages.get(reading.language)
        mixed = [self._languages[code] for code in reading.mixture if code in self._languages]
        local = [one for one in (lang, *mixed) if one and one.prices.local_currency]
        centimes = lang is not None and any(
            currency == "DZD" for currency, _ in lang.prices.scaled_currencies.values()
        )
        places = self._places_of(normalised, reading)
        spoken = Counter(one.payload.text for one in words.of_kind("variety"))
        hints = [country for country, _ in spoken.most_common()]
        phones = [one.value.value for one in contacts if isinstance(one.value, Contact)]
        for one in amounts:
            if one.currency is not None and one.currency in varying and one.sure:
                one.currency = currency_in_context(one.currency, one.start, places, hints, phones)
        for one in large:
            own = local[0].prices if local else None
            if own is not None and own.local_currency is not None:
                if one.value >= own.local_from:
                    one.currency = own.local_currency
            elif one.number.multiplied == 100_000:
                one.currency = currency_in_context("INR", one.start, places, hints, phones)
            elif (
                centimes
                and one.number.multiplied == 1_000_000
                and one.value <= _MOST_CENTIMES * one.number.multiplied
            ):
                for country, currency in _COUNTED_IN_CENTIMES.items():
                    if is_of_country(country, places, hints, phones):
                        one.value, one.currency = one.value / 100, currency
                        break


def _own_first(words: list[Found[Meaning]], language: str) -> list[Found[Meaning]]:
    """Of two meanings of the same word, that in the text's main language."""
    own = {word.start for word in words if word.language == language}
    return [word for word in words if word.language == language or word.start not in own]


def _give_currencies(
    amounts: Sequence[Amount],
    currencies: Sequence[Found[Meaning]],
    text: str,
    links: frozenset[str],
) -> list[str]:
    """Give each currency to the number it stands beside, the closest pairs first.

    Returns:
        The currencies given by words that several countries have for their money.
    """
    pairs = []
    starts = [amount.start for amount in amounts]
    for which, word in enumerate(currencies):
        first = max(bisect_left(starts, word.start) - 1, 0)
        for amount in amounts[first : first + 3]:
            if amount.end <= word.start and word.start - amount.end <= _NEAR + 5:
                gap = text[amount.end : word.start]
                if gap.strip() in links or gap.strip() in _NO_CENTS or gap.strip() == "m":
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
            if not after and not (sign and amount.number.literal):
                rank += 0.6
            pairs.append((rank, which, after, amount, word))
    used: set[int] = set()
    varying: list[str] = []
    for _, which, after, amount, word in sorted(pairs, key=lambda one: one[:3]):
        if which in used:
            continue
        if amount.currency is not None:
            # '$400 CAD'
            if not (after and amount.currency == "USD" and word.payload.text in _DOLLARS):
                continue
            if text[amount.start] != "$":
                continue
        used.add(which)
        amount.currency = word.payload.text
        amount.value *= word.payload.factor
        if amount.number.literal and _SHORT_MILLION.match(text, amount.number.end):
            amount.value *= 1_000_000
            amount.end += 1
        amount.sure = True
        if word.payload.varies:
            varying.append(word.payload.text)
        if text[word.start : word.end] not in _EMOJI:
            amount.start = min(amount.start, word.start)
            amount.end = max(amount.end, word.end)
    return varying


def _share_currencies(amounts: Sequence[Amount], words: MoneyWords, text: str) -> None:
    """In '2000-2500 €' and '5 to 7k €' the first amount has the currency and size of the second."""
    for left, right in pairwise(amounts):
        if left.sure == right.sure or not _connects(text, left.end, right.start, words):
            continue
        if right.sure:
            scaled = _scale(left, right)
            if scaled is not None:
                left.value, left.currency, left.sure = scaled, right.currency, True
        elif (
            left.value <= right.value * _RANGE
            and right.value <= left.value * _RANGE
            and not next_word(text, right.end)
        ):
            right.currency, right.sure = left.currency, True


def _mark_ranges(amounts: Sequence[Amount], words: MoneyWords, text: str) -> None:
    """Number the ranges: what is said of one end is true of the other."""
    for number, (left, right) in enumerate(pairwise(amounts), start=1):
        if (
            left.sure
            and right.sure
            and left.currency == right.currency
            and _connects(text, left.end, right.start, words)
        ):
            left.range_of = right.range_of = left.range_of or number


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


def _scale(left: Amount, right: Amount) -> Decimal | None:
    """What the left end of a range is worth beside its right end; None if it is no range."""
    value = left.value
    if value <= right.value and value * 20 >= right.value:
        return value
    factor = right.number.multiplied
    if factor > 1 and value * factor <= right.value:
        return value * factor
    return None


def _is_budget(amount: Amount, text: str) -> bool:
    """Whether it is a sum that only states and banks have: '£476m'."""
    if amount.currency not in _STRONG:
        return False
    return (
        amount.value >= _STATES_MONEY
        or text[amount.start : amount.end].endswith("m")
        or _MILLIONS.match(text, amount.end) is not None
    )


def _plain(value: Decimal) -> Decimal:
    """Without an exponent or needless zeros: 2500, 94.5."""
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize()


def _places_of(normalised: Normalised, reading: Reading) -> Sequence[NamedPlace]:
    hits = load_place_finder().find(normalised, reading.language, reading.mixture)
    return [NamedPlace(one.start, one.end, one.place.country) for one in hits]


@lru_cache(maxsize=1)
def load_price_finder() -> PriceFinder:
    """The finder over all language files."""
    return PriceFinder(load_languages(), _places_of)
