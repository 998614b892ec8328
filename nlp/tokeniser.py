"""Cuts a text into words, numbers and symbols, in every script, and loses nothing of it.

A word is a run of letters and the marks on them; digits are apart from letters ('5000euro'
is two); Chinese has one token a character, because it does not part its words; every symbol
and every emoji code point stands alone. The same cut is used for the entries of the word
lists and for the texts they are looked up in.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


def _mark_ranges() -> str:
    """Combining marks of the Basic Multilingual Plane, which the word class of re leaves out."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0xFE30):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _mark_ranges()
_WORD = rf"[{_HAN}]|(?:[^\W\d_{_HAN}]|[{_MARKS}])+|\d+|_+"
_TOKEN = re.compile(rf"{_WORD}|[^\w\s]|\s+")
_MATCHED = re.compile(rf"{_WORD}|[^\w\s]")
_INSIDE_WORDS = frozenset("-'")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in order: `text[starts[i]:ends[i]] == words[i]`."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)


def iter_words(folded: str) -> Tokens:
    """The tokens that word lists are matched on: no blanks, and no - or ' inside a word.

    >>> iter_words("pay-on-arrival 5000euro").words
    ('pay', 'on', 'arrival', '5000', 'euro')
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    length = len(folded)
    for match in _MATCHED.finditer(folded):
        word = match[0]
        start, end = match.span()
        if (
            word in _INSIDE_WORDS
            and start > 0
            and end < length
            and folded[start - 1].isalnum()
            and folded[end].isalnum()
        ):
            continue
        words.append(word)
        starts.append(start)
        ends.append(end)
    return Tokens(tuple(words), tuple(starts), tuple(ends))


class Tokeniser:
    """The tokeniser of the spaCy pipeline: `''.join(t.text_with_ws) == text` for any text."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """A document over the whole text. It must hold no lone surrogates (spaCy's limit)."""
        from spacy.tokens import Doc

        words: list[str] = []
        spaces: list[bool] = []
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token[0] == " " and spaces and not spaces[-1] and not words[-1].isspace():
                spaces[-1] = True
                token = token[1:]
                if not token:
                    continue
            words.append(token)
            spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **_: object) -> bytes:
        """Nothing: the tokeniser has no state."""
        return b""

    def from_bytes(self, _data: bytes, **_: object) -> Tokeniser:
        """Itself: the tokeniser has no state."""
        return self
