"""The words that speak of money: currencies, words for a price, units, roles.

They come from `nlp/lang/*.yml`; signs and the codes of ISO 4217 are the same everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from nlp.language_data import Lang
from nlp.lexicon import Entry, Found
from nlp.normalise import Normalised

#: Signs and codes (ISO 4217), known in every language.
SIGNS = {
    "£": "GBP", "€": "EUR", "$": "USD", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH",
    "₦": "NGN", "₨": "PKR", "₫": "VND", "৳": "BDT", "₪": "ILS", "¥": "CNY", "₱": "PHP",
    "us$": "USD", "$us": "USD", "r$": "BRL", "mx$": "MXN", "c$": "CAD", "a$": "AUD",
    "💶": "EUR", "💷": "GBP", "💵": "USD",
}  # fmt: skip

_CODES = re.findall(
    "[A-Z]{3}",
    "GBP EUR USD TRY AED SAR IRR IQD SYP AFN PKR INR BDT VND CNY RMB RUB UAH PLN RON ALL RSD BGN"
    "HUF CZK CHF SEK NOK DKK DZD MAD TND LYD EGP SDG SSP ETB ERN KES SOS DJF UGX NGN GHS XOF XAF"
    "CAD AUD LBP JOD KWD QAR AZN GEL AMD UZS MKD BAM MDL ILS",
)
#: Codes that are words when not in capitals.
_CAPITALS = frozenset(
    ("all", "try", "mad", "bam", "sos", "ron", "cad", "gel", "kes", "sar", "nok", "mdl", "lyd")
)
_FARTHEST = 64  #: code points from a number to any word that says something of it


class Meaning(NamedTuple):
    """What a word says of a price: `text` is a currency, a unit or a role."""

    kind: Literal[
        "currency",
        "word",
        "unit",
        "role",
        "connector",
        "thing",
        "counted",
        "numbered",
        "after",
        "variety",
    ]
    text: str
    factor: Decimal = Decimal(1)
    varies: bool = False  #: a currency of a name that several countries use


class MoneyWords:
    """The words that speak of money, in order, and those of them near a place."""

    def __init__(self, words: Sequence[Found[Meaning]]) -> None:
        self._words = sorted(words, key=lambda one: one.start)
        self._starts = [one.start for one in self._words]

    def of_kind(self, kind: str) -> Iterator[Found[Meaning]]:
        """Those of a kind."""
        return (one for one in self._words if one.payload.kind == kind)

    def starting(self, start: int, end: int) -> Sequence[Found[Meaning]]:
        """Those that begin at these indices."""
        first = bisect_left(self._starts, start)
        return self._words[first : bisect_left(self._starts, end, first)]

    def near(self, start: int, end: int, *kinds: str) -> Iterator[Found[Meaning]]:
        """Those of some kinds that could stand beside a number."""
        first = bisect_left(self._starts, start - _FARTHEST)
        last = bisect_left(self._starts, end + _FARTHEST, first)
        return (one for one in self._words[first:last] if one.payload.kind in kinds)


def money_entries(languages: Mapping[str, Lang]) -> Iterator[Entry[Meaning]]:
    """The entries of all languages."""
    for sign, currency in SIGNS.items():
        yield Entry("en", sign, Meaning("currency", currency))
    for code in _CODES:
        yield Entry("en", code, Meaning("currency", "CNY" if code == "RMB" else code))
    for code, lang in languages.items():
        prices = lang.prices
        varying = set(prices.varying)
        for word, currency in prices.currencies.items():
            yield Entry(code, word, Meaning("currency", currency, varies=word in varying))
        for word, (currency, factor) in prices.scaled_currencies.items():
            yield Entry(code, word, Meaning("currency", currency, Decimal(str(factor))))
        for word in prices.words:
            yield Entry(code, word, Meaning("word", ""))
        for word in (*lang.routes.destination, *lang.numbers.joiners):
            if word.isalpha():
                yield Entry(code, word, Meaning("connector", ""))
        for per, words in prices.units.items():
            for word in words:
                yield Entry(code, word, Meaning("unit", per))
        for role, words in prices.roles.items():
            for word in words:
                yield Entry(code, word, Meaning("role", role))
        for word in prices.counted:
            yield Entry(code, word, Meaning("counted", ""))
        for word in prices.numbered:
            yield Entry(code, word, Meaning("numbered", ""))
        for word in prices.after:
            yield Entry(code, word, Meaning("after", ""))
        for country, words in prices.varieties.items():
            for word in words:
                yield Entry(code, word, Meaning("variety", country))
        for words in lang.documents.values():
            for word in words:
                yield Entry(code, word, Meaning("thing", "document"))


def is_money(normalised: Normalised, word: Found[Meaning], languages: Sequence[str]) -> bool:
    """Whether a word for a currency means money in a text of these languages.

    A code that could be a word ('all', 'try') must be in capitals, and slang for a bundle
    ('دفاتر') must be of the text's own language.
    """
    if word.payload.factor != 1 and word.language not in languages:
        return False
    if normalised.text[word.start : word.end] not in _CAPITALS or word.language != "en":
        return True
    start, end = normalised.span(word.start, word.end)
    return normalised.original[start:end].isupper()
