"""The measurement of the index: that it measures what it says."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.types import SearchResult
from index import bench
from index.bench import bench_search
from index.bench_posts import LANGUAGES, iter_posts
from index.sqlite import SqliteIndex


def test_the_same_posts_come_at_every_call() -> None:
    one, other = (list(iter_posts(300)) for _ in range(2))
    assert one == other
    assert len(LANGUAGES) == len({post.advert.language for post in one}) == 20
    offers = [post for post in one if post.advert.judgement.is_offer]
    assert 10 < len(offers) < 60
    assert all((post.advert.embedding is not None) == (post in offers) for post in one)


def test_the_timed_pages_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {one.post.id: one for one in iter_posts(400)}
    pages: list[SearchResult] = []

    class Watched(SqliteIndex):
        def search(self, *asked: Any, **how: Any) -> SearchResult:
            pages.append(super().search(*asked, **how))
            return pages[-1]

    monkeypatch.setattr(bench, "SqliteIndex", Watched)
    bench_search(400, queries=5)
    hits = [hit for page in pages for hit in page.hits]
    assert sum(bool(hit.marks) for hit in hits) > 500
    assert all(hit.analysed == drawn[hit.post_id] for hit in hits)


def test_a_small_run_gives_every_figure() -> None:
    found = bench_search(500, queries=5, vectors=True)
    assert found.vectors == 500
    assert min(found.ours.indexed_per_second, found.plain.indexed_per_second) > 0
    assert found.ours.p95 >= found.ours.p50 > 0
    assert found.words_p95 > 0
    assert found.likeness_p95 > 0
    assert "20 languages" in str(found)
