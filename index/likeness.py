"""Likeness of meaning: what a `like:` clause compares, the same for every backend.

A post is alike when the cosine between its embedding and that of the sentence reaches a
minimum. Both are compared exactly, so that `like:` is a condition as any other: it has an
exact count and may stand beside words and fields, or under a NOT.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from crawler.errors import InvalidQuery
from crawler.types import Query
from index.query_tree import Alike, Node, iter_leaves

#: Numbers in an embedding; the application's embedder gives this many.
DIMENSIONS = 384
#: The least cosine of what is alike when the query does not say. Measured with the project's
#: model over the test part of the corpus: adverts that say the same in two languages have
#: 0.85 to 0.90, any two adverts 0.81 to 0.84. At 0.85, asked by a whole advert, nine in ten of
#: those that say the same are found; a short sentence finds fewer (`foreland bench search`).
DEFAULT_MINIMUM = 0.85
#: One clause may find so many posts: Elasticsearch compares no more on a shard.
MAX_ALIKE = 10_000


def unit_vector(embedding: bytes | None) -> NDArray[np.float32] | None:
    """The embedding (little-endian float32) at length 1, of shape (DIMENSIONS,).

    None when there is none, when it is of another size, or when it has no direction.
    """
    if not embedding or len(embedding) != 4 * DIMENSIONS:
        return None
    numbers = np.frombuffer(embedding, dtype="<f4").astype(np.float64)
    length = float(np.linalg.norm(numbers))
    if not 0 < length < math.inf:
        return None
    return (numbers / length).astype(np.float32)


def score(cosine: float) -> float:
    """What a hit scores: 0 to 1, rounded so that it is the same in every run."""
    return round((1 + cosine) / 2, 6)


def alike_leaves(tree: Node) -> list[Alike]:
    """The clauses of likeness that speak for a post; none under a NOT."""
    return [leaf for leaf in iter_leaves(tree) if isinstance(leaf, Alike)]


def too_many(query: Query, leaf: Alike) -> InvalidQuery:
    """The error of a clause that is like too much."""
    return InvalidQuery(
        query.text,
        f"'like:' finds {MAX_ALIKE:,} posts or more at a likeness of {leaf.minimum:.2f}; "
        f'ask for more likeness, as in like:"…"~{min(99, round(leaf.minimum * 100) + 3)}',
    )


def total(cosines: Iterable[float]) -> float:
    """The score of a hit that several clauses find."""
    return round(sum(map(score, cosines)), 6)


def best_alike(
    posts: Sequence[int], likeness: Sequence[Mapping[int, float]], many: int, most: float
) -> list[int]:
    """Posts among which are the best `many` of those whose `total` is `most` or less.

    To round the score of every post takes as long as to find them; so only those near the
    border are told apart by it, and these are given. At least one in `many`.
    """
    rough = np.zeros(len(posts))
    for one in likeness:
        rough += [(1 + one.get(post, -1.0)) / 2 for post in posts]
    rounding = 1e-6 * (len(likeness) + 2)  # more than two totals may lie from their rough ones
    below = rough[rough < most - rounding]
    least = np.partition(below, -many)[-many] - rounding if len(below) > many else -math.inf
    near = np.flatnonzero((rough >= least) & (rough <= most + rounding))
    return [posts[at] for at in near.tolist()]
