"""What the letters of a text say is shared out to the code points that its n-grams cover."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.ngrams import SIZES, TABLE_BITS, NgramModel, hash_ngrams

_BLANKS = 1  #: that a text is read with before it


@pytest.fixture(scope="module")
def model() -> NgramModel:
    weights = np.random.default_rng(1).normal(size=2**TABLE_BITS).astype(np.float32)
    return NgramModel(weights, 0.25)


@pytest.mark.parametrize("text", ["", "a", "boat", "قایق به انگلیس", "one line\nand another"])
def test_every_ngram_is_shared_by_what_it_covers(model: NgramModel, text: str) -> None:
    slots = hash_ngrams(text)
    added = np.zeros(len(text) + 2 * _BLANKS)
    for size, array in zip(SIZES, slots, strict=True):
        for start, slot in enumerate(array):
            added[start : start + size] += model.weights[slot] / size
    count = sum(map(len, slots))
    read = model.read(text)
    assert read.score == pytest.approx(added.sum() / max(1, count) ** 0.5 + 0.25, abs=1e-4)
    own = added[_BLANKS : len(text) + _BLANKS]
    expected = np.concatenate([[0], np.cumsum(own)]) / max(1, count) ** 0.5
    assert read.up_to() == pytest.approx(expected, abs=1e-4)
