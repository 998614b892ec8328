"""Reads the tokens of a text as streams of digits: figures, words and letters for digits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nlp.contacts.digit_words import LETTERS, PLUS, SEPARATORS, DigitWords, is_symbol
from nlp.normalise import Normalised

_LONGEST_GAP = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that stand together; `start` and `end` are indices of the folded text."""

    digits: str
    start: int
    end: int
    kind: str  #: 'digits', 'word' or 'letters'
    plus: bool = False


@dataclass(slots=True)
class Stream:
    """Groups that may be of one number, or of several in a row."""

    groups: list[Group] = field(default_factory=list)
    symbols: set[int] = field(default_factory=set)  #: groups that an emoji stands before
    trailing_plus: bool = False


class Stretches:
    """Stretches of a text that do not overlap, in order."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        together = tuple(spans)
        self._starts = [start for start, _ in together]
        self._ends = [end for _, end in together]

    def hold(self, index: int) -> bool:
        """Whether an index lies in one of them."""
        place = bisect_right(self._starts, index)
        return place > 0 and index < self._ends[place - 1]


def read_streams(
    normalised: Normalised,
    first: int,
    last: int,
    words: Sequence[DigitWords],
    masked: Stretches,
) -> Iterator[Stream]:
    """The streams among the tokens from `first` to `last`."""
    text = normalised.text
    stream = Stream()
    plus_at = -10
    symbol = False
    last_end = 0
    index = first
    tokens = normalised.tokens
    while index < last:
        piece, start = tokens.words[index], tokens.starts[index]
        group, used = _read_group(tokens.words, tokens.starts, tokens.ends, index, words, text)
        if group is not None and masked.hold(group.start):
            group = None
            yield stream
            stream = Stream()
        elif group is not None:
            gap = text[last_end : group.start] if stream.groups else ""
            if len(gap) > _LONGEST_GAP or "\n" in gap:
                yield stream
                stream = Stream()
            if symbol and stream.groups:
                stream.symbols.add(len(stream.groups))
            plus = 0 <= group.start - plus_at <= 3
            stream.groups.append(Group(group.digits, group.start, group.end, group.kind, plus))
            last_end = group.end
            plus_at, symbol = -10, False
        elif piece in PLUS:
            if stream.groups and start - last_end <= 1:
                rest = text[start + 1 : start + 3].lstrip(" (")
                if not rest[:1].isdigit():
                    stream.trailing_plus = True
            plus_at = start + len(piece) - 1
        elif piece in SEPARATORS:
            spelled = stream.groups and stream.groups[-1].kind == "word"
            if piece in ",;" and text[start + 1 : start + 2] == " " and not spelled:
                yield stream
                stream = Stream()
        elif is_symbol(piece):
            symbol = True
        else:
            yield stream
            stream = Stream()
            symbol = False
        index += used
    yield stream


def _read_group(
    tokens: Sequence[str],
    starts: Sequence[int],
    ends: Sequence[int],
    index: int,
    words: Sequence[DigitWords],
    text: str,
) -> tuple[Group | None, int]:
    piece, start, end = tokens[index], starts[index], ends[index]
    if piece.isdecimal():
        return Group(piece, start, end, "digits"), 1
    if piece in LETTERS and (
        (start and text[start - 1].isdecimal()) or (end < len(text) and text[end].isdecimal())
    ):
        return Group(LETTERS[piece], start, end, "letters"), 1
    for one in words:
        repeat = one.repeats.get(piece)
        if repeat is not None and index + 1 < len(tokens):
            digit = one.digits.get((tokens[index + 1],))
            if digit is None and tokens[index + 1].isdecimal() and len(tokens[index + 1]) == 1:
                digit = tokens[index + 1]
            if digit is not None and len(digit) == 1:
                return Group(digit * repeat, start, ends[index + 1], "word"), 2
        if piece in one.tens:
            size = 2 if index + 1 < len(tokens) and tokens[index + 1] in one.joiners else 1
            unit = one.digits.get(tuple(tokens[index + size : index + size + 1]), "")
            if len(unit) == 1 and unit != "0":
                return Group(one.tens[piece] + unit, start, ends[index + size], "word"), size + 1
        if piece in one.first_words:
            for size in (4, 3, 2, 1):
                digit = one.digits.get(tuple(tokens[index : index + size]))
                if digit is not None and index + size <= len(tokens):
                    return Group(digit, start, ends[index + size - 1], "word"), size
        together = one.read_together(piece)
        if not together and _beside_digits(text, start, end):
            together = one.sounds.get(piece, "")
        if together:
            return Group(together, start, end, "word"), 1
    return None, 1


def _beside_digits(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start].isdecimal() or text[end : end + 1].isdecimal()


def is_together(groups: Sequence[Group], text: str) -> bool:
    """Whether every row of spelled digits touches digits: '39Five Zero', '37'one'."""
    touching = [
        not any(map(str.isspace, text[one.end : two.start])) for one, two in pairwise(groups)
    ]
    row: list[bool] = []
    for index, group in enumerate(groups):
        if group.kind == "word":
            before = index > 0 and groups[index - 1].kind != "word" and touching[index - 1]
            after = index + 1 < len(groups) and groups[index + 1].kind != "word" and touching[index]
            row.append(before or after)
        elif row:
            if not any(row):
                return False
            row = []
    return not row or any(row)
