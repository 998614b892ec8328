"""The measurement of the index: that it measures what it says."""

from __future__ import annotations

from index.bench import bench_search
from index.bench_posts import LANGUAGES, iter_posts


def test_the_same_posts_come_at_every_call() -> None:
    one, other = (list(iter_posts(300)) for _ in range(2))
    assert one == other
    assert len(LANGUAGES) == len({post.advert.language for post in one}) == 20
    offers = [post for post in one if post.advert.judgement.is_offer]
    assert 10 < len(offers) < 60
    assert all((post.advert.embedding is not None) == (post in offers) for post in one)


def test_a_small_run_gives_every_figure() -> None:
    found = bench_search(500, queries=5, vectors=True)
    assert found.vectors == 500
    assert min(found.ours.indexed_per_second, found.plain.indexed_per_second) > 0
    assert found.ours.p95 >= found.ours.p50 > 0
    assert found.words_p95 > 0
    assert found.likeness_p95 > 0
    assert "20 languages" in str(found)
