"""Folds a text to the form all matching is done on, and remembers where every part stood.

People write one word in many ways: with and without diacritics, in three sorts of Arabic
letters, with digits of six scripts, in mathematical bold, with invisible marks between the
letters. The finders see one form only. Every code point of that form knows the code point
of the original it came from, so a mention is always cut from the original.

What is folded, beside case and compatibility forms (NFKD):

- decimal digits of all scripts become ASCII; keycaps and variation selectors vanish;
- diacritics vanish in Latin, Greek, Cyrillic, Arabic and Hebrew; in Indic scripts only the
  nukta, the Bengali candrabindu and the Gurmukhi addak, which people leave out;
- Arabic letters of Arabic, Persian, Urdu, Pashto and Kurdish keyboards fall together where
  they are typed for one another (ي ی ى ې ێ, ك ک, ه ة ە ہ ھ, و ۆ ؤ, ر ڕ, ل ڵ, ف ڤ, ن ں);
- Ethiopic letters of one sound fall together (ሀ ሐ ኀ ኸ, ሰ ሠ, አ ዐ, ጸ ፀ);
- the zero-width non-joiner is removed, not replaced by a space: 'گواهی‌نامه' is typed as one
  word as often as with it; all other format characters go too, except the tag characters of
  the flags of England, Scotland and Wales;
- a lone surrogate becomes U+FFFD and NUL a space: one code point for one;
- dashes become '-', quotes ' or ", Arabic and Ethiopic punctuation its Latin fellow; runs of
  blanks one space, or one newline if they hold one;
- in a word that mixes Latin with Cyrillic or Greek letters, look-alikes take the script
  of the letters that have none, else of the majority.

Language identification must not use this form: it tells languages by what is folded away.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nlp.tokeniser import Tokens, cut_words, iter_words

_SINGLE = {
    # Latin letters that NFKD leaves whole
    "đ": "d", "ð": "d", "ı": "i", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th",
    "ħ": "h", "ŧ": "t", "ə": "e", "ɛ": "e", "ɔ": "o", "ŋ": "ng", "ʻ": "'", "ʼ": "'", "ʾ": "'",
    # punctuation
    "،": ",", "؛": ";", "؟": "?", "٪": "%", "٫": ".", "٬": ",", "。": ".", "、": ",", "।": ".",
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "′": "'", "‹": "'", "›": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"', "⁄": "/", "∕": "/", "፡": " ",
    "።": ".", "፣": ",", "፤": ";", "፥": ":", "۔": ".", "־": "-", "−": "-", "˗": "-",
    "\x00": " ", "\t": " ", "\r": "\n", "\v": "\n", "\f": "\n", "\x85": "\n",
    "\u2028": "\n", "\u2029": "\n", "ـ": "",
    # Arabic script
    "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ێ": "ي", "ۍ": "ي", "ھ": "ه", "ک": "ك", "ڪ": "ك",
    "ګ": "گ", "ة": "ه", "ە": "ه", "ہ": "ه", "ۃ": "ه", "ۆ": "و", "ۇ": "و", "ڕ": "ر", "ڵ": "ل",
    "ڤ": "ف", "ں": "ن", "ۋ": "و",
    # Indic marks that are typed for one another
    "ँ": "ं", "ੰ": "ਂ", "ੱ": "", "ঁ": "",
}  # fmt: skip

#: Whole series of Ethiopic letters (eight code points each) that sound the same.
_ETHIOPIC_SERIES = {0x1210: 0x1200, 0x1280: 0x1200, 0x12B8: 0x1200, 0x1220: 0x1230,
                    0x12D0: 0x12A0, 0x1340: 0x1338}  # fmt: skip
#: First and fourth order of the gutturals sound the same in Amharic: ሃ is ሀ, ኣ is አ.
_ETHIOPIC_FOURTH = {0x1203: 0x1200, 0x12A3: 0x12A0}

#: Marks that are dropped: those of Latin, Greek, Cyrillic, Hebrew, Arabic, symbols, and nuktas.
_DROPPED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff\u093c\u09bc\u0a3c\u135d-\u135f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
_KEPT_WHOLE = frozenset("½¼¾⅓⅔⅛…")  #: NFKD would glue '2½' to '21/2'
_TAGS = range(0xE0020, 0xE0080)
_DASHES = range(0x2010, 0x2016)

_BLANKS = re.compile(r"[ \n]{2,}")
_GREEK_OR_CYRILLIC = re.compile("[\u0370-\u052f]")
_MIXED = re.compile("[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]")
_MIXED_WORD = re.compile("[a-z\u0370-\u052f]+")
_TO_LATIN = dict(zip("авеѕіјкмнорсԁтухһԛԝαεικνορτυχ", "abesijkmhopcdtyxhqwaeiknoptux", strict=True))
_TO_CYRILLIC = dict(zip("abeijkmhopctyx", "авеіјкмнорстух", strict=True))
_TO_GREEK = dict(zip("aeiknoptux", "αεικνορτυχ", strict=True))


class _Folds(dict[str, str]):
    """Code point -> its folded form, worked out when first met.

    There are 1.1 million code points, so it cannot grow without end.
    """

    def __missing__(self, character: str) -> str:
        folded = _fold_character(character)
        self[character] = folded
        return folded


def _fold_character(character: str) -> str:
    folded = character
    for _ in range(4):  # a fold may yield a character that folds again
        once = "".join(map(_fold_once, folded))
        if once == folded:
            break
        folded = once
    return folded


def _fold_once(character: str) -> str:
    known = _SINGLE.get(character)
    if known is not None:
        return known
    if character in _KEPT_WHOLE:
        return "..." if character == "…" else character
    code = ord(character)
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cf":
        return character if code in _TAGS else ""
    if category == "Cs":
        return "\ufffd"
    if category == "Zs":
        return " "
    if category == "Cc":
        return character if character == "\n" else " "
    if category == "Pd" or code in _DASHES:
        return "-"
    if _DROPPED_MARKS.match(character):
        return ""
    if 0x1200 <= code < 0x1380:
        series = _ETHIOPIC_SERIES.get(code & ~7)
        code = code if series is None else series + (code & 7)
        return chr(_ETHIOPIC_FOURTH.get(code, code))
    if 0x1F150 <= code <= 0x1F189:  # negative circled and squared letters
        return chr(ord("a") + (code - 0x1F150) % 32) if (code - 0x1F150) % 32 < 26 else character
    return _DROPPED_MARKS.sub("", unicodedata.normalize("NFKD", character.casefold()))


_FOLDS = _Folds()
#: The sign that lengthens an Arabic letter, between blanks written for a dash: 'تهران ـ میلان'.
_LENGTHENED, _DASHED = " ـ ", " - "
#: ASCII folds to as many characters, so that `str.translate` does it at once.
_ASCII = {code: _FOLDS[chr(code)] for code in range(128)}


@dataclass(frozen=True)
class Normalised:
    """A text and its folded form.

    `starts[i]` is the code point of `original` that `text[i]` came from; it has one more
    entry than `text`, the length of the original.
    """

    original: str
    text: str
    starts: Sequence[int] = field(repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that `text[start:end]` came from.

        Marks that belong to its last character (accents, keycaps) are inside it; of a run of
        blanks that became one, the first stands for all.
        """
        if start >= end:
            return self.starts[start], self.starts[start]
        limit = self.starts[end]
        original_end = self.starts[end - 1] + 1
        while original_end < limit and unicodedata.category(self.original[original_end])[0] == "M":
            original_end += 1
        return self.starts[start], max(original_end, self.starts[start] + 1)

    def at(self, original: int) -> int:
        """The first index of `text` that came from `original` or from what follows it."""
        return bisect_left(self.starts, original)

    @cached_property
    def tokens(self) -> Tokens:
        """The words and symbols of `text`, without blanks and without - and ' in words."""
        return iter_words(self.text)


def fold(text: str) -> str:
    """The folded form alone.

    >>> fold("Türkiye’den  İTALYA'ya ۲۵۰۰€")
    "turkiye'den italya'ya 2500€"
    """
    if text.isascii():
        folded = text.lower() if text.isprintable() and "`" not in text else text.translate(_ASCII)
    else:
        folded = "".join(map(_FOLDS.__getitem__, text.replace(_LENGTHENED, _DASHED)))
        if _GREEK_OR_CYRILLIC.search(folded) and _MIXED.search(folded):
            folded = _MIXED_WORD.sub(_unmix, folded)
    if "  " in folded or "\n" in folded:
        folded = _BLANKS.sub(lambda match: "\n" if "\n" in match[0] else " ", folded)
    return folded


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text's folded form: `normalise(text).tokens.words`."""
    return cut_words(fold(text))


def normalise(text: str) -> Normalised:
    """The text with its folded form. Linear in the length of the text; never fails."""
    if text.isascii() and text.isprintable() and "  " not in text and "`" not in text:
        return Normalised(text, text.lower(), range(len(text) + 1))
    starts: Sequence[int] = range(len(text) + 1)
    if text.isascii():
        folded = text.translate(_ASCII)
    else:
        pieces = list(map(_FOLDS.__getitem__, text.replace(_LENGTHENED, _DASHED)))
        folded = "".join(pieces)
        if len(folded) != len(text) or not all(pieces):
            lengths = np.fromiter(map(len, pieces), dtype=np.int32, count=len(pieces))
            starts = [*np.repeat(np.arange(len(text)), lengths).tolist(), len(text)]
    if _GREEK_OR_CYRILLIC.search(folded) and _MIXED.search(folded):
        folded = _MIXED_WORD.sub(_unmix, folded)
    if _BLANKS.search(folded):
        folded, starts = _collapse(folded, starts)
    return Normalised(text, folded, starts)


def _unmix(match: re.Match[str]) -> str:
    word = match[0]
    latin = [letter for letter in word if letter <= "z"]
    others = [letter for letter in word if letter > "z"]
    if not latin or not others:
        return word
    greek = sum(letter < "\u0400" for letter in others)
    back = _TO_CYRILLIC if 2 * greek <= len(others) else _TO_GREEK
    to_latin = all(letter in _TO_LATIN for letter in others)
    from_latin = all(letter in back for letter in latin)
    # A letter without a look-alike settles the script; else the majority does.
    if to_latin != from_latin:
        table = _TO_LATIN if to_latin else back
    else:
        table = _TO_LATIN if len(latin) >= len(others) else back
    return "".join([table.get(letter, letter) for letter in word])


def _collapse(folded: str, starts: Sequence[int]) -> tuple[str, Sequence[int]]:
    parts: list[str] = []
    kept: list[int] = []
    position = 0
    for match in _BLANKS.finditer(folded):
        parts += (folded[position : match.start()], "\n" if "\n" in match[0] else " ")
        kept += starts[position : match.start() + 1]
        position = match.end()
    parts.append(folded[position:])
    kept += starts[position:]
    return "".join(parts), kept
