"""What each token may be to a telephone number: digits, a digit spelled, a sign between."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

CURRENCY = frozenset("£€$¥₹₺₽₴₦₨₫₱₵₪฿")
SEPARATORS = frozenset(".-()/*_|,~•·[]{}'\\")
LETTERS = {"o": "0", "oo": "00", "ooo": "000", "l": "1", "i": "1", "ll": "11"}
PLUS = frozenset(("+", "plus"))
BREAK, DIGITS, PERHAPS, BETWEEN = range(4)  #: what a token may be to a number
_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class DigitWords:
    """How one language spells digits and repeats them, on folded words."""

    digits: Mapping[tuple[str, ...], str]  #: ('oh',): '0'; ('sefr', 'sefr'): '00'
    repeats: Mapping[str, int]  #: 'double': 2
    first_words: frozenset[str]
    tens: Mapping[str, str] = field(default_factory=dict)  #: 'thirty': '3', before a digit
    joiners: frozenset[str] = frozenset()  #: between tens and a digit: 'et', 'y'


class SpelledDigits:
    """How all the languages of a text spell digits, and what each token may be."""

    def __init__(self, languages: Sequence[DigitWords]) -> None:
        self.languages = tuple(languages)
        words = {word for one in languages for entry in one.digits for word in entry}
        words.update(word for one in languages for word in (*one.repeats, *one.tens))
        words.update(word for one in languages if one.tens for word in one.joiners)
        self._kinds = _Kinds(words)

    def kinds(self, tokens: Sequence[str]) -> bytes:
        """What each token may be to a number: `BREAK` or one of its fellows."""
        return bytes(map(self._kinds.__getitem__, tokens))

    def is_spelled(self, tokens: Sequence[str]) -> bool:
        """Whether so many digits are spelled that they may be a number by themselves."""
        return any(sum(map(one.first_words.__contains__, tokens)) >= 5 for one in self.languages)


class _Kinds(dict[str, int]):
    def __init__(self, words: Collection[str]) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, token: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        kind = self[token] = self._kind(token)
        return kind

    def _kind(self, token: str) -> int:
        if token.isdecimal():
            return DIGITS
        if token in LETTERS or token in self._words:
            return PERHAPS
        if token in PLUS or token in SEPARATORS or is_symbol(token):
            return BETWEEN
        return BREAK


def is_symbol(token: str) -> bool:
    """Whether a token is an emoji or another picture; the signs of money are none."""
    return len(token) == 1 and token not in CURRENCY and unicodedata.category(token)[0] == "S"
