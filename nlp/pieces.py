"""Cuts a text into the pieces that the language model knows, and says where each stood.

The model's own way: of all cuts of a word, the one whose pieces are the likeliest together
(SentencePiece's unigram model, Kudo 2018, found by Viterbi's algorithm). Words are cut one by
one, because most of them come again and their cut is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlp.e5_file import E5File

_BLANK = "▁"
_WORD = re.compile("[^ ]+")
#: Code points of the longest piece that is looked for. The file's few longer ones are runs of
#: one sign.
_LONGEST = 16
#: A word is cut up to here; what is longer is no word, and an answer is wanted soon.
_LONGEST_WORD = 400
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text as rows of the model's table, between its marks of beginning and end."""

    rows: Sequence[int]
    #: the code point of the text at which each piece begins; for the end mark, its length
    starts: Sequence[int]


class PieceCutter:
    """Cuts texts. Made once; may be asked from several threads."""

    def __init__(self, model: E5File) -> None:
        self._rows = model.pieces
        self._scores = model.scores.tolist()
        self._folds = model.folds
        #: code points that are not read as one other
        self._stretched = frozenset(
            chr(code) for code, read in self._folds.items() if len(read) != 1
        )
        self._begin, self._end, self._unknown = model.begin, model.end, model.unknown
        self._unknown_score = min(self._scores) - 10.0
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._cut_word)

    def cut(self, text: str, most: int) -> Pieces:
        """The first `most` pieces of a text, and the two marks; blanks at its end are none."""
        folded = text.translate(self._folds)
        origins: Sequence[int] = range(len(text))
        if not self._stretched.isdisjoint(text):
            letters = [self._folds.get(ord(letter), letter) for letter in text]
            origins = [at for at, letter in enumerate(letters) for _ in letter]
        rows, starts = [self._begin], [0]
        for match in _WORD.finditer(folded):
            if len(rows) > most:
                break
            first = match.start()
            for row, offset in self._remembered(match[0][:_LONGEST_WORD]):
                rows.append(row)
                starts.append(origins[first + offset])
        del rows[most + 1 :], starts[most + 1 :]
        return Pieces([*rows, self._end], [*starts, len(text)])

    def _cut_word(self, word: str) -> tuple[tuple[int, int], ...]:
        """The row of each piece of a word, and the letter of the word at which it begins."""
        marked = _BLANK + word
        whole = self._rows.get(marked)
        if whole is not None:
            return ((whole, 0),)
        count = len(marked)
        best = [0.0] + [float("-inf")] * count  # the likeliest cut up to here
        last: list[tuple[int, int]] = [(0, 0)] * (count + 1)  # its last piece: row, beginning
        for start in range(count):
            so_far = best[start]
            for end in range(start + 1, min(start + _LONGEST, count) + 1):
                row = self._rows.get(marked[start:end])
                if row is None or row == self._unknown:
                    continue
                score = so_far + self._scores[row]
                if score > best[end]:
                    best[end], last[end] = score, (row, start)
            if so_far + self._unknown_score > best[start + 1]:
                best[start + 1] = so_far + self._unknown_score
                last[start + 1] = (self._unknown, start)
        cut = []
        while count:
            row, count = last[count]
            cut.append((row, max(0, count - 1)))
        return tuple(reversed(cut))
