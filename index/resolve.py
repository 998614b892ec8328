"""What a query needs that no index knows: meanings, places, rates of exchange.

The application makes it from the analysis and the store; the index only asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crawler.ports import Embedder
from crawler.types import Place
from index.likeness import unit_vector
from index.rates import Rates


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place that a name may mean."""

    place: Place
    country: bool  #: it is a country itself
    everyday: bool  #: the name is also a word of everyday language


#: A name in any language -> the places it may mean, likeliest first.
FindPlaces = Callable[[str], Sequence[FoundPlace]]
#: The number of a post -> its words and, where it has one, its embedding. None: no such post.
FindPost = Callable[[int], tuple[str, bytes | None] | None]


def _no_places(name: str) -> Sequence[FoundPlace]:
    del name
    return ()


@dataclass(frozen=True, slots=True)
class Resolver:
    """Answers for `parse_query`. What is left out is refused with a sentence that says so."""

    embedder: Embedder | None = None
    find_post: FindPost | None = None
    find_places: FindPlaces = _no_places
    rates: Rates | None = None

    def sentence(self, words: str) -> bytes:
        """The vector of a sentence, of length 1.

        Raises:
            ValueError: there is no embedder, or the words say nothing.
        """
        if self.embedder is None:
            raise ValueError("likeness cannot be asked for here: no model of meaning is loaded")
        return _checked(np.asarray(self.embedder.embed([words]))[0].astype("<f4").tobytes())

    def post(self, number: int) -> bytes:
        """The vector of a post, of length 1; made from its words where it has none.

        Raises:
            ValueError: there is no such post, or nothing to compare.
        """
        found = self.find_post(number) if self.find_post else None
        if found is None:
            raise ValueError(f'there is no post {number}; quote what is a sentence: like:"…"')
        words, embedding = found
        return self.sentence(words) if embedding is None else _checked(embedding)


def _checked(embedding: bytes) -> bytes:
    vector = unit_vector(embedding)
    if vector is None:
        raise ValueError("there is nothing in it whose meaning could be compared")
    return vector.astype("<f4").tobytes()
