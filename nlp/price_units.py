"""What a price is for (a person, a document, a week) and what part it has (a deposit …).

A word of that kind belongs to one price: the one it stands at, behind it rather than before
it, and not across a comma where another price follows at once ('£3,500, children half' is
not £3,500 a child; in '22 €, Kinder 12 €' the children are the 12's).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nlp.lexicon import Found
from nlp.price_amounts import Amount
from nlp.price_words import Meaning, MoneyWords

#: How far behind and before a price a word of each meaning may stand.
_REACH = {
    "person": (22, 24), "document": (22, 24), "family": (14, 18), "child": (14, 16),
    "day": (14, 8), "week": (14, 8), "month": (14, 8),
    "deposit": (18, 22), "on_arrival": (18, 22), "discount": (18, 22),
}  # fmt: skip
_THING_BEFORE = 16
_BEFORE = 4  #: a word before the price counts as so much farther
_ACROSS_COMMA = frozenset(("person", "document"))
_SEPARATORS = "/|;+•"  #: what parts the items of a list in one line
_THING_REACH = 60  #: how far before 'each' the documents may be named


def give_units(
    prices: Sequence[Amount], amounts: Sequence[Amount], words: MoneyWords, text: str
) -> None:
    """Set the unit and the role of each price.

    Args:
        prices: those of the text, in order.
        amounts: all its numbers: what they count is no unit ('up to 12 persons').
        words: its words of money.
        text: folded.
    """
    counts = {
        one.end
        for one in amounts
        if one.value > 1 and one.currency is None and one.number.multiplied == 1
    }
    for kind in ("unit", "role", "thing"):
        best: dict[int, tuple[int, str]] = {}
        for word in words.of_kind(kind):
            if kind == "unit" and _is_counted(word, counts, text):
                continue
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
    units = {one.range_of: one.per for one in prices if one.range_of and one.per is not None}
    for one in prices:
        if one.per is None:
            one.per = units.get(one.range_of)


def _is_counted(word: Found[Meaning], counts: Collection[int], text: str) -> bool:
    if word.last > word.first:
        return False
    return word.start in counts or (word.start - 1 in counts and text[word.start - 1] in " -")


def _owner(
    prices: Sequence[Amount], word: Found[Meaning], text: str, kind: str
) -> tuple[int, int] | None:
    """Distance and index of the price that a word belongs to."""
    meaning = word.payload.text
    reach_after, reach_before = (0, _THING_BEFORE) if kind == "thing" else _REACH[meaning]
    previous = following = None
    for index, price in enumerate(prices):
        if price.end <= word.start:
            previous = index
        elif price.start >= word.end and following is None:
            following = index
    options: list[tuple[int, int]] = []
    if following is not None:
        gap = text[word.end : prices[following].start]
        apart = ("," in gap and kind != "role") or (kind == "thing" and len(gap.split()) > 1)
        if len(gap) <= reach_before and not apart and not _ends(gap):
            options.append((len(gap) + _BEFORE, following))
    if previous is not None:
        gap = text[prices[previous].end : word.start]
        if gap.strip(" ") == "." and text[prices[previous].end - 1].isalpha():
            gap = " "  # 'руб. в месяц'
        parted = 2 * _BEFORE if any(one in gap for one in _SEPARATORS) else 0
        if len(gap) <= reach_after and not _ends(gap):
            far = kind == "unit" and (
                word.first == word.last or bool(options) or meaning not in _ACROSS_COMMA
            )
            if "," not in gap and "(" not in gap:
                options.append((len(gap) + parted, previous))
            elif not far:
                options.append((len(gap) + 2 * _BEFORE, previous))
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
