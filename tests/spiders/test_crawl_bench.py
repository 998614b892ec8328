"""The measurement fetches every page on both sides and says what it saw."""

from __future__ import annotations

import pytest

from crawler.app.crawl_bench import bench_crawl, make_page
from crawler.app.fairness_bench import bench_fairness


@pytest.mark.slow
def test_every_page_is_fetched_by_both() -> None:
    bench = bench_crawl(pages=40)
    assert bench.pages == 40
    assert bench.bare_per_second > 0
    assert bench.ratio == pytest.approx(bench.ours_per_second / bench.bare_per_second)
    assert 20 < bench.peak_mb < 400
    assert 0 < bench.late_mb <= bench.peak_mb + 1  # pages are counted a moment apart


@pytest.mark.slow
def test_every_source_that_is_due_is_served() -> None:
    bench = bench_fairness(sources=6)
    assert (bench.sources, len(bench.waits)) == (6, 5)
    assert 0 <= bench.waits[0] <= bench.waits[-1] <= bench.seconds
    assert bench.large_turns >= 0
    assert "due at once    6 sources" in str(bench)


def test_pages_are_about_as_large_as_real_ones() -> None:
    assert 9_000 < len(make_page("invented", 1, None, [])) < 12_000
