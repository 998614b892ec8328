"""How words of other scripts may be written in Latin letters: the sounds both have in common.

A word in another script is indexed by its sounds: consonants, and the vowels that are
written. Arabic, Persian or Hindi leave most vowels out, so a Latin word is looked for with
each of its vowels written or left out. `london` finds لندن and лондон, `border` does not
find برادر, whose long vowel it lacks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import product

from anyascii import anyascii

#: Shorter than this, words of different meaning sound alike too often.
MIN_SOUNDS = 4
#: So many vowels of a Latin word are tried both ways; it doubles the cost each time.
_MAX_VOWELS = 6

_LATIN = re.compile("[a-z]+")
_NOT_LATIN = re.compile("[^a-z]+")
_SOFT_C = re.compile("c(?=[eiy])")
_DOUBLED = re.compile(r"(.)\1+")
_PAIRS = (
    ("sch", "S"), ("tch", "C"), ("sh", "S"), ("ch", "C"), ("kh", "x"), ("gh", "g"), ("ph", "f"),
    ("th", "t"), ("dh", "d"), ("zh", "j"), ("ck", "k"),
)  # fmt: skip
_LETTERS = str.maketrans(
    {
        "a": "A", "e": "Y", "i": "Y", "y": "Y", "o": "W", "u": "W", "w": "V", "v": "V",
        "c": "k", "q": "k", "p": "b",
    }
)  # fmt: skip
# What anyascii leaves out or writes in another way than people do.
_OWN = str.maketrans(
    {"ا": "a", "آ": "a", "أ": "a", "إ": "i", "و": "w", "ی": "y", "ي": "y", "ئ": "", "ع": "",
     "\u0902": "n", "\u0a70": "n", "\u0982": "n"}
)  # fmt: skip
_VOWELS = frozenset("AYW")
# Without an alphabet of sounds, or written as we write it.
_NO_SOUNDS = re.compile(
    "[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af]"
)


def sounds(token: str) -> str:
    """The sounds of a folded word in a script that is not Latin; '' for any other."""
    return _SOUNDS[token]


class _Sounds(dict[str, str]):
    """Words met lately and their sounds."""

    def __missing__(self, token: str) -> str:
        if len(self) >= 200_000:
            self.clear()
        heard = self[token] = _sounds(token)
        return heard


class _Romans(dict[int, str]):
    """Characters met so far, and how they are written in a-z, for `str.translate`."""

    def __missing__(self, point: int) -> str:
        plain = anyascii(chr(point).translate(_OWN)).lower()
        written = self[point] = _NOT_LATIN.sub("", plain)
        return written


class _Others(dict[str, bool]):
    """Characters met so far, and whether they are letters of another script than Latin."""

    def __missing__(self, character: str) -> bool:
        is_other = character.isalpha() and "LATIN" not in unicodedata.name(character, "")
        self[character] = is_other
        return is_other


_SOUNDS = _Sounds()
_ROMANS = _Romans()
_OTHERS = _Others()


def _sounds(token: str) -> str:
    if token.isascii() or not token[0].isalpha() or _NO_SOUNDS.search(token):
        return ""
    if not any(map(_OTHERS.__getitem__, token)):
        return ""
    heard = _heard(token.translate(_ROMANS))
    # و is v, w, o and u at once; a closing h is no more than the vowel before it.
    heard = _single(heard.replace("V", "W")).removesuffix("h")
    return heard if len(heard) >= MIN_SOUNDS else ""


@lru_cache(maxsize=10_000)
def spellings(token: str) -> tuple[str, ...]:
    """The sounds under which a folded Latin word may be found in other scripts."""
    if not _LATIN.fullmatch(token):
        return ()
    heard = _heard(token)
    vowels = sum(letter in _VOWELS for letter in heard)
    if vowels > _MAX_VOWELS:
        return ()
    choices: list[tuple[str, ...]] = [
        (letter, "") if letter in _VOWELS else (letter,) for letter in heard
    ]
    if heard[0] in _VOWELS:  # at the beginning an alef carries whichever vowel it is
        choices[0] = tuple(dict.fromkeys((heard[0], "A", "")))
    found = {_single("".join(one).replace("V", "W")).removesuffix("h") for one in product(*choices)}
    return tuple(sorted(one for one in found if len(one) >= MIN_SOUNDS))


def _heard(latin: str) -> str:
    for pair, sound in _PAIRS:
        latin = latin.replace(pair, sound)
    if "c" in latin:
        latin = _SOFT_C.sub("s", latin)
    return _single(latin.translate(_LETTERS))


def _single(heard: str) -> str:
    return _DOUBLED.sub(r"\1", heard)
