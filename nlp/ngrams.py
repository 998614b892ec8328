"""A linear model over hashed character n-grams, fast enough for every post.

It learns from the letters of the words themselves, in any script, and can say how much
each word of a text counted. Runs of three to five code points of the folded text are
hashed into one table of weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = (3, 4, 5)  #: in rising order
TABLE_BITS = 17
#: Code points of a text that are looked at.
READ_AT_MOST = 2000

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, as in Knuth's hashing
_SHIFT = np.uint64(64 - TABLE_BITS)
_MIX = np.uint64(29)
_SEEDS = np.array([[size] for size in SIZES], dtype=np.uint64)


def hash_ngrams(text: str) -> list[NDArray[np.int64]]:
    """The table slots of every n-gram, one array a size; entry i is of the n-gram at i.

    Args:
        text: folded. It is read with one blank before and after, so position 0 of an array
            is the n-gram that begins at that blank.
    """
    padded = f" {text[:READ_AT_MOST]} ".replace("\n", " ")
    length = len(padded)
    codes = np.zeros(length + SIZES[-1], dtype=np.uint64)
    codes[:length] = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    # One row a size, so that all sizes are hashed in the same steps. The ends of the rows of
    # longer runs reach beyond the text and are cut off.
    hashed = np.repeat(_SEEDS, max(length - SIZES[0] + 1, 0), axis=1)
    scratch = np.empty_like(hashed)
    for offset in range(SIZES[-1]):
        first = sum(size <= offset for size in SIZES)
        rows, mixed = hashed[first:], scratch[first:]
        rows ^= codes[offset : offset + hashed.shape[1]]
        rows *= _MULTIPLIER
        rows ^= np.right_shift(rows, _MIX, out=mixed)
    hashed *= _MULTIPLIER
    hashed >>= _SHIFT
    slots = hashed.view(np.int64)
    return [slots[row, : max(length - size + 1, 0)] for row, size in enumerate(SIZES)]


@dataclass(frozen=True, slots=True)
class NgramModel:
    """The trained table. A text's score is the mean weight of its n-grams, scaled."""

    weights: NDArray[np.float32]  #: shape (2 ** TABLE_BITS,)
    bias: float

    def score(self, text: str) -> float:
        """Log-odds that the text is an offer, by its letters alone."""
        return self.read(text).score

    def read(self, text: str) -> ReadLetters:
        """The score, and what it is made of."""
        weights = [self.weights[array] for array in hash_ngrams(text)]
        count = sum(map(len, weights))
        scale = 1 / np.sqrt(max(1, count))
        score = float(sum(float(one.sum()) for one in weights) * scale + self.bias)
        return ReadLetters(score, weights, float(scale))


@dataclass(frozen=True, slots=True)
class ReadLetters:
    """What the n-grams of a text say."""

    score: float  #: log-odds that it is an offer
    _weights: list[NDArray[np.float32]]  #: of each n-gram, one array a size
    _scale: float

    def up_to(self) -> NDArray[np.float64]:
        """How much the code points before each place added to the score (without the bias).

        One more number than code points that were looked at: the first is 0.
        """
        # An n-gram's weight is shared by the code points that it covers: from where it begins
        # a share is added at each, until where it ends.
        length = len(self._weights[0]) + SIZES[0] - 1
        steps = np.zeros(length + 1)
        for size, weights in zip(SIZES, self._weights, strict=True):
            steps[: len(weights)] += weights / np.float32(size)
            steps[size : size + len(weights)] -= weights / np.float32(size)
        added = np.cumsum(steps)[1 : length - 1]  # the blanks before and after are no part of it
        so_far: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(added)]) * self._scale
        return so_far
