"""The one table by which different writings of the same letter become one.

Search and the reading of posts both need it, and neither may import the other, so it
stands below them. It depends on nothing but Unicode.

What becomes one, and why:

- case, accents, ligatures, presentation forms, full-width and mathematical letters;
- digits of every script, as ASCII;
- Arabic, Persian, Kurdish, Urdu and Pashto keyboards give the same word different code
  points (ك/ک, ي/ی/ى, ه/ە/ة/ہ); vowel signs, tatweel and the zero-width non-joiner are
  written by some and left out by others;
- Sorani's ڕ ڵ ۆ ێ are widely typed as ر ل و ی;
- Amharic letters that have sounded alike for centuries (ሀ ሐ ኀ ኸ; ሠ ሰ; አ ዐ; ጸ ፀ) are
  exchanged freely, as are the first and fourth orders of ሀ and አ;
- đ ı ø ł ß and the like, which Unicode does not decompose; Cyrillic ё and й.

Marks are dropped only in the scripts where a reader may leave them out. Vowel signs of
the Indic scripts and the voicing marks of kana stay.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Sequence

#: Raised when the table changes, so that what was built with an older one is rebuilt.
FOLDING_VERSION = 1


def _code_points(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(point) for low, high in ranges for point in range(low, high + 1))


#: Characters without a width of their own that stand inside words: joiners, soft
#: hyphen, direction marks, variation selectors, tags.
INVISIBLE = _code_points(
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xE0001, 0xE0001),
    (0xE0020, 0xE007F),
    (0xE0100, 0xE01EF),
)
_DROPPED = INVISIBLE | _code_points(
    (0x02B9, 0x02BF),  # modifier apostrophes, as in Ukrainian and in transliteration
    (0x0300, 0x034E),  # Latin, Greek and Cyrillic accents
    (0x0350, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05BD),  # Hebrew points
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A),  # Arabic signs and vowel signs
    (0x0640, 0x0640),  # tatweel
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E8),
    (0x06EA, 0x06ED),
    (0x0730, 0x074A),
    (0x08D3, 0x08E1),
    (0x08E3, 0x08FF),
    (0x093C, 0x093C),  # the dot below of Devanagari and Gurmukhi is often not typed
    (0x0A3C, 0x0A3C),
    (0x135D, 0x135F),  # Ethiopic length marks
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20F0),  # enclosing marks: the keycap
    (0xFE20, 0xFE2F),
)


def _letters() -> dict[str, str]:
    table: dict[str, str] = {}
    for target, variants in {
        "ا": "ٱٲٳٵ",
        "ه": "ةەہھۀۂۃ",
        "ی": "يىېێۍےۓۑ",
        "ک": "كڪڮ",
        "گ": "ګ",
        "و": "ۆۇۈۋۅۄۉۊ",
        "ر": "ڕڔ",
        "ل": "ڵڶ",
        "ं": "ँ",  # chandrabindu, in Devanagari
        "г": "ґ",
        "d": "đðɖ",
        "h": "ħ",
        "i": "ı",
        "l": "ł",
        "n": "ŋ",
        "o": "øɔ",
        "t": "ŧ",
        "e": "əɛ",
        "ae": "æ",
        "oe": "œ",
        "th": "þ",
    }.items():
        table.update(dict.fromkeys(variants, target))
    # Amharic: the seven orders of each series that sounds like another one.
    for target_start, sources in (
        (0x1200, (0x1210, 0x1280, 0x12B8)),  # ሀ: ሐ ኀ ኸ
        (0x1230, (0x1220,)),  # ሰ: ሠ
        (0x12A0, (0x12D0,)),  # አ: ዐ
        (0x1338, (0x1340,)),  # ጸ: ፀ
    ):
        for source in sources:
            for order in range(7):
                table[chr(source + order)] = chr(target_start + order)
    for first in (0x1200, 0x12A0):  # ሃ is said as ሀ, ኣ as አ
        fourth = chr(first + 3)
        for letter in [fourth, *(k for k, v in table.items() if v == fourth)]:
            table[letter] = chr(first)
    # The labialised letters beside the seventh order, and ዉ beside ው.
    table |= {"ቈ": "ቆ", "ኈ": "ሆ", "ኰ": "ኮ", "ዀ": "ሆ", "ጐ": "ጎ", "ዉ": "ው"}
    return table


_LETTERS = _letters()


def _fold_character(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"  # half of a surrogate pair: no letter, and no encoder takes it
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    # Capitals may appear only once a compatibility form is undone, hence twice.
    plain = unicodedata.normalize("NFKD", character).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold()
    kept = "".join(_LETTERS.get(c, c) for c in plain if c not in _DROPPED)
    return unicodedata.normalize("NFC", kept)


class _Folds(dict[int, str]):
    """Filled as characters are met, so that importing it costs nothing."""

    def __missing__(self, point: int) -> str:
        value = self[point] = _fold_character(chr(point))
        return value


#: For `str.translate`: code point -> its folded writing (empty, one or several characters).
FOLDS: dict[int, str] = _Folds()


def folded(text: str) -> str:
    """The text in its folded writing, in linear time; lone surrogates become U+FFFD.

    >>> folded("İstanbul ЁЛКА قايق ٠٧٧")
    'istanbul елка قایق 077'
    """
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.translate(FOLDS)


def fold(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the offset it came from.

    The offsets never fall, and have one entry more than the folded text: the length of
    `text`. So what was found at `[a:b]` of the folded text began at `offsets[a]` and
    ended before `offsets[b]`, dropped marks included.

    A mark that is written apart from its letter (kana voicing, Hangul jamo) is joined to
    it first, as in `folded`, and both count as one place.
    """
    composed = text.isascii() or unicodedata.is_normalized("NFC", text)
    pieces: list[str] = []
    offsets = array("L")
    for start, segment in _segments(text) if not composed else enumerate(text):
        piece = FOLDS[ord(segment)] if len(segment) == 1 else folded(segment)
        pieces.append(piece)
        if len(piece) == 1:
            offsets.append(start)
        else:
            offsets.extend([start] * len(piece))
    offsets.append(len(text))
    return "".join(pieces), offsets


def _segments(text: str) -> list[tuple[int, str]]:
    """The text cut before every character that nothing before it can combine with."""
    starts = [
        at
        for at, character in enumerate(text)
        if at == 0
        or not (unicodedata.category(character)[0] == "M" or "\u1161" <= character <= "\u11c2")
    ]
    return [
        (start, text[start:end])
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
    ]
