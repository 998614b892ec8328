"""The measurement of reading says what it saw."""

from __future__ import annotations

import pytest

from crawler.app.nlp_bench import ONE_OFFER_IN, bench_nlp, make_stream


def test_the_stream_is_the_same_each_time() -> None:
    posts = make_stream(40)
    assert [post.text for post in posts] == [post.text for post in make_stream(40)]
    assert len({post.id for post in posts}) == 40
    assert ONE_OFFER_IN == 10


@pytest.mark.slow
@pytest.mark.xdist_group("floors")
def test_every_measure_is_taken() -> None:
    bench = bench_nlp(posts=100)
    assert bench.extraction > 50
    assert bench.langdetect > 0
    assert bench.phonenumbers > 0
    assert bench.whole > 1
    assert 0.1 <= bench.in_full <= bench.passed <= 1
    assert 100 < bench.memory < 1200
    assert 0 < bench.first < 60
    # A post a hundred times as long costs about a hundred times as much, not ten thousand.
    shortest, longest = bench.lengths[0][1], bench.lengths[-1][1]
    assert longest < 3 * shortest
    # Eight times the names cost less than twice the time.
    (few, cheap), (many, dear) = bench.names[0], bench.names[-1]
    assert many > 7 * few
    assert dear < 2 * cheap
    assert "posts" in str(bench)
