"""Which numbers without a currency are prices all the same.

A number is money where a word for a price stands before it or 'per person' behind it, where
it stands in a list with amounts whose currency is said, where it is a sum that nobody says of
anything else ('4k', '25 lakh'), or where it is all the figures a short advert has. A number
that a noun follows is a count.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from nlp.language_data import Lang
from nlp.normalise import fold
from nlp.price_amounts import Amount, ends_item, next_word
from nlp.price_words import MoneyWords

_WORD_BEFORE = 14  #: code points between a word for a price and its number
_SMALLEST_BARE = 20  #: without a currency, smaller numbers are hours and counts
_SMALLEST_ROUND = 100
_SMALLEST_THOUSANDS = 500  #: '0.3k' is no price
_YEARS = range(1901, 2051)  #: but 2000 is far more often a price than a year
_LIST_GAP = 30
_LARGE_SUM = 100_000  #: a lakh: whoever says it without a noun means money
_MILLION = 1_000_000
_K = 1000
_THOUSANDS = (_K, 10_000)  #: the Chinese 万
_RESOLUTIONS = (4000, 8000)  #: '4K' is a video
_RATIO = 4  #: how many times as large a neighbour in a list may be
_RATIO_ROUND, _RATIO_THOUSANDS = 8, 25
_RATIO_SENTENCE = 20
_RATIO_ALIKE = 200
_SPANS_OF_TIME = ("day", "week", "month")
#: Kinds of words that may stand behind a bare price and are not counted by it.
_MAY_FOLLOW = ("word", "unit", "role", "after", "connector")
_MOST_ALONE = 6  #: a text with more bare figures than that is a table of something else

#: 'of' and 'more than' begin what is counted: 'ten thousand of them', '11 ہزار سے زائد'.
_OF = frozenset(("of", "de", "من", "از", "سے", "se", "से", "ਤੋਂ", "থেকে", "të", "no"))
_CARATS = frozenset(1000 * carats for carats in (9, 10, 14, 18, 21, 22, 24))
_LOCAL_PLAIN = 10_000  #: a plain number from which people mean their own, weaker money

Follows = Literal["end", "little", "money", "counted", "other"]


class BareReader:
    """Says which bare amounts of a text are prices. Made once."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        self._little = {code: _little_words(lang) for code, lang in languages.items()}
        self._languages = languages

    def believe(
        self,
        amounts: Sequence[Amount],
        words: MoneyWords,
        text: str,
        language: str,
        apart: Collection[str] = (),
    ) -> list[Amount]:
        """Mark the bare amounts that are prices as sure, and give what they share a currency.

        Args:
            amounts: those of the text, in order.
            words: its words of money.
            text: folded.
            language: its code.
            apart: currencies named without a number: 'passport 3000, ID 900, all in euro'.

        Returns:
            Those it marked that still have no currency, and were said in thousands or more.
        """
        lang = self._languages.get(language)
        little = self._little.get(language, frozenset())
        named = [one for one in amounts if one.currency is not None]
        kinds = {one.currency for one in named} or set(apart)
        follows = {one: _what_follows(one, words, text, little) for one in amounts if not one.sure}
        bare = [
            one
            for one in amounts
            if not one.sure
            and follows[one] != "counted"
            and _may_be_bare(one, text)
            and not _is_numbered(one, words, text)
        ]
        if not bare:
            return []
        ending = {one for one in bare if follows[one] in ("end", "little", "money")}
        local = lang is not None and lang.prices.local_currency is not None
        large: set[Amount] = set()
        found: list[Amount] = []
        for amount in bare:
            ends = amount in ending
            number = amount.number
            if not number.literal and amount.value == number.multiplied:
                believed = False  # a 'thousand' that belongs to no number
            elif number.multiplied >= _LARGE_SUM and amount.value > number.multiplied:
                believed = ends or number.multiplied < _MILLION or local
                if believed:
                    large.add(amount)
            else:
                believed = (
                    _is_announced(amount, words, text, named, ends=ends)
                    or _is_a_head(amount, words, text)
                    or (len(kinds) == 1 and _is_listed(amounts, amount, text, ends=ends))
                    or _is_thousands(
                        amount, bare, named, text, ends=ends or (local and _is_k(amount, text))
                    )
                )
            if believed:
                found.append(amount)
        if not named:
            alone = _all_there_is(bare, ending, text, named_apart=bool(apart))
            found = list(dict.fromkeys((*found, *alone)))
        for amount in found:
            amount.sure = True
            if len(kinds) == 1 and amount not in large and _are_alike(amount, named):
                (amount.currency,) = kinds
        return [
            one
            for one in found
            if one.currency is None
            and (one in large or one.number.multiplied >= _K or one.value >= _LOCAL_PLAIN)
        ]


def _all_there_is(
    bare: Sequence[Amount], ending: set[Amount], text: str, *, named_apart: bool
) -> list[Amount]:
    """Round sums, where a text has no other figures and names no money."""
    if len(bare) <= _MOST_ALONE and all(
        one in ending
        and (_is_round(one, text) or (named_apart and one.number.literal and one.value % 10 == 0))
        for one in bare
    ):
        return list(bare)
    return []


def _what_follows(amount: Amount, words: MoneyWords, text: str, little: frozenset[str]) -> Follows:
    behind = words.starting(amount.after, amount.after + 2)
    if any(
        word.payload.kind == "counted" and not text[amount.after : word.start].strip()
        for word in behind
    ):
        return "counted"
    if ends_item(text, amount.after):
        return "end"
    if any(
        word.payload.kind in ("word", "unit", "role", "after", "connector")
        and word.payload.text != "child"
        for word in behind
    ):
        return "money"
    return "little" if next_word(text, amount.after) in little else "other"


def _little_words(lang: Lang) -> frozenset[str]:
    """Words of grammar: what follows a number and is one of them is not counted by it."""
    links = {fold(word) for word in lang.prices.links}
    words = {fold(word) for word in lang.identify.words}
    little = {word for word in words if len(word) <= 3 and word < "\u2e80" and " " not in word}
    authors = {fold(word) for word in lang.contacts.get("author", ())}
    return frozenset(
        little - links - {fold(word) for word in _OF}
        | {word for word in authors if " " not in word}
    )


def _is_numbered(amount: Amount, words: MoneyWords, text: str) -> bool:
    """Whether what it is the number of stands before it: 'page 450', 'mileage 120 thousand'."""
    if _is_k(amount, text):
        return False
    for word in words.near(amount.start - 2, amount.start, "numbered"):
        if word.end <= amount.start and not text[word.end : amount.start].strip(" :"):
            before = text[: word.start].rstrip()[-1:]
            return amount.start - word.end <= 2 and not before.isdecimal()
    return False


def _is_round(amount: Amount, text: str) -> bool:
    return (
        amount.number.literal
        and amount.value >= _SMALLEST_ROUND
        and amount.value % 50 == 0
        and not (amount.value in _RESOLUTIONS and _is_k(amount, text))
    )


def _may_be_bare(amount: Amount, text: str) -> bool:
    number = amount.number
    following = text[amount.end : amount.end + 2]
    if amount.value < _SMALLEST_BARE or following.strip()[:1] in ("%", ":"):
        return False
    if following[:1].isalpha() and following[0].isascii():
        return False
    if following[:1] in ("/", ".", "-") and following[1:].isdecimal():
        return False
    before = text[max(amount.start - 2, 0) : amount.start]
    if before[-1:] == "#" or (before[-1:].isascii() and before[-1:].isalpha()):
        return False
    plain = number.literal and not number.grouped and number.multiplied == 1
    if plain and text[amount.start] == "0":
        return False
    return not (plain and amount.value in _YEARS and amount.value % 100)


def _is_announced(
    amount: Amount, words: MoneyWords, text: str, named: Sequence[Amount], *, ends: bool
) -> bool:
    """Whether a word for a price stands before it: 'price 3500'.

    Where other amounts have a currency, what a noun follows is a count, and so is a small
    number beside large sums ('2500 euro, motor 40').
    """
    if not ends and (named or not _is_round(amount, text)):
        return False
    small = amount.value < _SMALLEST_ROUND and bool(named)
    if small and all(one.value > _RATIO_SENTENCE * amount.value for one in named):
        return False
    return any(
        0 <= amount.start - word.end <= _WORD_BEFORE and not _breaks(text[word.end : amount.start])
        for word in words.near(amount.start, amount.end, "word", "role")
    )


def _is_a_head(amount: Amount, words: MoneyWords, text: str) -> bool:
    """Whether 'per person' or the like stands after it. One word may only count people."""
    return any(
        word.payload.text != "child"
        and 0 <= word.start - amount.after <= 2
        and (
            (slash := text[amount.after : word.start] == "/")
            or word.last > word.first
            or amount.number.multiplied == _K
        )
        and (slash or word.payload.text not in _SPANS_OF_TIME or amount.value >= _SMALLEST_ROUND)
        for word in words.near(amount.start, amount.end, "unit")
    )


def _is_k(amount: Amount, text: str) -> bool:
    return amount.number.literal and text[amount.end - 1] == "k"


def _are_alike(amount: Amount, named: Sequence[Amount]) -> bool:
    """Whether it could be in the currency of amounts whose currency is said."""
    return not named or any(
        max(amount.value, one.value) <= _RATIO_ALIKE * min(amount.value, one.value) for one in named
    )


def _is_thousands(
    amount: Amount, bare: Sequence[Amount], named: Sequence[Amount], text: str, *, ends: bool
) -> bool:
    """Whether it is said in thousands and nothing follows: '1.2k', '15 hazar'."""
    number = amount.number
    if not ends or number.multiplied not in _THOUSANDS or amount.value < _SMALLEST_THOUSANDS:
        return False
    if amount.value in _CARATS and named and _is_k(amount, text):
        return any(amount.value <= _RATIO * one.value for one in named)
    return (
        amount.value not in _RESOLUTIONS
        or not _is_k(amount, text)
        or any(one is not amount and one.number.multiplied == _K for one in bare)
    )


def _is_listed(amounts: Sequence[Amount], amount: Amount, text: str, *, ends: bool) -> bool:
    """Whether it stands in a list with amounts that have a currency: 'A 3500, B 3200 eur'."""
    value = amount.value
    if value % 1:
        # A rate of exchange: '1 euro = 98,4 lekë, 1 £ 115,2'.
        return ends and any(one.sure and one.value % 1 and _near(one, amount) for one in amounts)
    if value % 5:
        return False
    position = next(index for index, one in enumerate(amounts) if one is amount)
    round_sum = _is_round(amount, text) and not (value in _CARATS and _is_k(amount, text))
    small = value < _SMALLEST_ROUND
    for index, other in enumerate(amounts):
        if not other.sure or other.currency is None:
            continue
        ratio = max(value, other.value) / min(value, other.value)
        before = index < position
        if round_sum and ends and ratio <= (_RATIO_THOUSANDS if value >= _K else _RATIO_ROUND):
            return True
        gap = text[other.end : amount.start] if before else text[amount.end : other.start]
        if ends and ratio <= _RATIO_SENTENCE and before and not re.search(r"[.!?\n]", gap):
            return True
        if abs(index - position) > 1 or len(gap) > _LIST_GAP or gap.count("\n") > 1:
            continue
        if "." in gap or ratio > _RATIO or (small and not before and "," in gap):
            continue
        if ends or (round_sum and "," not in gap and _is_named(amount, text)):
            return True
    return False


def _near(left: Amount, right: Amount) -> bool:
    return abs(left.start - right.start) <= 2 * _LIST_GAP


def _is_named(amount: Amount, text: str) -> bool:
    """Whether what it is the price of stands before it: 'Germany 3500 Austria 3200 eur'."""
    before = text[max(amount.start - 2, 0) : amount.start].rstrip(" ")
    return bool(before) and (before[-1].isalpha() or before[-1] == ":" or before[-1] > "\u2600")


def _breaks(gap: str) -> bool:
    return any(one in gap for one in "\n.!?;,") or any(map(str.isdigit, gap))
