"""Likeness of meaning: which posts make a page."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.likeness import best_alike, total

#: Cosines of which many round to the same score.
_COSINES = st.one_of(
    st.integers(0, 40).map(lambda n: float(np.float32(0.9 + n * 2e-7))), st.floats(0, 1, width=32)
)
_LIKENESS = st.lists(st.dictionaries(st.integers(1, 60), _COSINES), min_size=1, max_size=3)


@given(_LIKENESS, st.integers(1, 8))
def test_pages_by_likeness_are_those_of_every_post_scored(
    likeness: list[dict[int, float]], size: int
) -> None:
    posts = list(range(1, 61))
    every = sorted((-total(one[p] for one in likeness if p in one), -p) for p in posts)
    border = (-np.inf, 0)
    walked = []
    for _ in range(len(posts)):
        near = best_alike(posts, likeness, size, -border[0])
        scored = sorted((-total(one[p] for one in likeness if p in one), -p) for p in near)
        page = [row for row in scored if row > border][:size]
        if not page:
            break
        walked += page
        border = page[-1]
    assert walked == every


def test_few_of_many_posts_are_scored() -> None:
    alike = {post: post / 100_000 for post in range(1, 50_001)}
    near = best_alike(list(alike), [alike], 21, np.inf)
    assert near == list(range(50_000 - 20, 50_001))
