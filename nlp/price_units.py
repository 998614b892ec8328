"""What a price is for (a person, a document, a week) and what part it has (a deposit …).

A word of that kind belongs to one price: the one it stands at, behind it rather than before
it, and not across a comma where another price follows at once ('£3,500, children half' is
not £3,500 a child; in '22 €, Kinder 12 €' the children are the 12's).
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.lexicon import Found
from nlp.price_amounts import Amount
from nlp.price_words import Meaning, MoneyWords

#: How far behind and before a price its unit, its role, or the thing it is for may stand.
_REACH = {"unit": (22, 26), "role": (18, 22), "thing": (0, 16)}
_BEFORE = 4  #: a word before the price counts as so much farther
_SPANS_OF_TIME = frozenset(("day", "week", "month"))
_THING_REACH = 60  #: how far before 'each' the documents may be named


def give_units(prices: Sequence[Amount], words: MoneyWords, text: str) -> None:
    """Set the unit and the role of each price."""
    for kind in ("unit", "role", "thing"):
        best: dict[int, tuple[int, str]] = {}
        for word in words.of_kind(kind):
            owner = _owner(prices, word, text, kind)
            if owner is None:
                continue
            distance, index = owner
            meaning = word.payload.text
            if kind == "unit" and _is_each(word, words):
                meaning = "document" if _sells_documents(word, words, text) else "person"
            if index not in best or distance < best[index][0]:
                best[index] = (distance, meaning)
        for index, (_, meaning) in best.items():
            if kind == "role":
                prices[index].role = meaning  # type: ignore[assignment]
            elif prices[index].per is None:
                prices[index].per = meaning  # type: ignore[assignment]
        if kind == "unit":
            _share(prices)


def _share(prices: Sequence[Amount]) -> None:
    """Both ends of a range are for the same."""
    for left in prices:
        for right in prices:
            if left.range_of and left.range_of == right.range_of and left.per is None:
                left.per = right.per


def _owner(
    prices: Sequence[Amount], word: Found[Meaning], text: str, kind: str
) -> tuple[int, int] | None:
    """Distance and index of the price that a word belongs to."""
    reach_after, reach_before = _REACH[kind]
    meaning = word.payload.text
    previous = following = None
    for index, price in enumerate(prices):
        if price.end <= word.start:
            previous = index
        elif price.start >= word.end and following is None:
            following = index
    options: list[tuple[int, int]] = []
    if following is not None:
        gap = text[word.end : prices[following].start]
        distance = len(gap) + _BEFORE
        apart = "," in gap and (kind == "thing" or meaning in _SPANS_OF_TIME or kind == "unit")
        if distance <= reach_before + _BEFORE and not apart and not _ends(gap):
            options.append((distance, following))
    if previous is not None:
        gap = text[prices[previous].end : word.start]
        if gap.strip(" ") == "." and text[prices[previous].end - 1].isalpha():
            gap = " "  # 'руб. в месяц'
        comma = "," in gap
        if len(gap) <= reach_after and not _ends(gap):
            bare = kind == "unit" and word.first == word.last
            if not (comma and (kind == "thing" or meaning in _SPANS_OF_TIME)) and not (
                comma and (bare or options) and kind == "unit"
            ):
                options.append((len(gap) + (2 * _BEFORE if comma else 0), previous))
    return min(options, default=None)


def _is_each(word: Found[Meaning], words: MoneyWords) -> bool:
    """Whether a word may mean a person as well as a document ('each')."""
    return (
        len(
            {
                one.payload.text
                for one in words.starting(word.start, word.start + 1)
                if one.payload.kind == "unit"
            }
        )
        > 1
    )


def _sells_documents(word: Found[Meaning], words: MoneyWords, text: str) -> bool:
    things = words.near(word.start - _THING_REACH, word.start, "thing")
    return any(
        one.end <= word.start
        and word.start - one.end <= _THING_REACH
        and "\n" not in text[one.end : word.start]
        for one in things
    )


def _ends(gap: str) -> bool:
    return any(one in gap for one in "\n.!?")
