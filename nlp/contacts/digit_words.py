"""What each token may be to a telephone number: digits, a digit spelled, a sign between."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

CURRENCY = frozenset("£€$¥₹₺₽₴₦₨₫₱₵₪฿")
SEPARATORS = frozenset(".-()/*_|,;~•·[]{}'\"\\")
LETTERS = {"o": "0", "oo": "00", "ooo": "000", "l": "1", "i": "1", "ll": "11"}
PLUS = frozenset(("+", "plus"))
BREAK, DIGITS, PERHAPS, BETWEEN = range(4)  #: what a token may be to a number
_LEAST_TOGETHER = 3  #: letters of a word that may be written together with others
_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class DigitWords:
    """How one language spells digits and repeats them, on folded words."""

    digits: Mapping[tuple[str, ...], str]  #: ('oh',): '0'; ('sefr', 'sefr'): '00'
    repeats: Mapping[str, int]  #: 'double': 2
    first_words: frozenset[str]
    tens: Mapping[str, str] = field(default_factory=dict)  #: 'thirty': '3', before a digit
    joiners: frozenset[str] = frozenset()  #: between tens and a digit: 'et', 'y'
    sounds: Mapping[str, str] = field(default_factory=dict)  #: 'for': '4', beside digits only
    _single: Mapping[str, str] = field(init=False)
    _piece: re.Pattern[str] = field(init=False)
    _together: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        single = {
            words[0]: digit
            for words, digit in self.digits.items()
            if len(words) == len(digit) == 1 and len(words[0]) >= _LEAST_TOGETHER
        }
        single.update(self.sounds)
        longest_first = sorted(single, key=len, reverse=True)
        one = "|".join(map(re.escape, longest_first))
        object.__setattr__(self, "_single", single)
        object.__setattr__(self, "_piece", re.compile(one or r"(?!)"))
        object.__setattr__(self, "_together", re.compile(f"(?:{one or r'(?!)'}){{2,10}}"))

    def read_together(self, token: str) -> str:
        """The digits of words written as one, 'twotwoeight': '228'; else ''."""
        if self._together.fullmatch(token) is None:
            return ""
        words = self._piece.findall(token)
        return "".join(map(self._single.__getitem__, words)) if "".join(words) == token else ""


class SpelledDigits:
    """How all the languages of a text spell digits, and what each token may be."""

    def __init__(self, languages: Sequence[DigitWords]) -> None:
        self.languages = tuple(languages)
        words = {word for one in languages for entry in one.digits for word in entry}
        words.update(word for one in languages for word in (*one.repeats, *one.tens))
        words.update(word for one in languages if one.tens for word in one.joiners)
        words.update(word for one in languages for word in one.sounds)
        self._kinds = _Kinds(words, self.languages)

    def kinds(self, tokens: Sequence[str]) -> bytes:
        """What each token may be to a number: `BREAK` or one of its fellows."""
        return bytes(map(self._kinds.__getitem__, tokens))

    def is_spelled(self, tokens: Sequence[str]) -> bool:
        """Whether so many digits are spelled that they may be a number by themselves."""
        return any(sum(map(one.first_words.__contains__, tokens)) >= 5 for one in self.languages)


class _Kinds(dict[str, int]):
    def __init__(self, words: Collection[str], languages: Sequence[DigitWords]) -> None:
        super().__init__()
        self._words = words
        self._languages = languages

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
        return PERHAPS if any(one.read_together(token) for one in self._languages) else BREAK


def is_symbol(token: str) -> bool:
    """Whether a token is an emoji or another picture; the signs of money are none."""
    return len(token) == 1 and token not in CURRENCY and unicodedata.category(token)[0] == "S"
