"""Runs and leases."""

from __future__ import annotations

import pytest

from crawler.errors import StoreError
from crawler.store import Store
from crawler.types import Outcome, Run
from tests.store.samples import MINUTE, NOW


def test_a_run_comes_back_as_it_ended(store: Store) -> None:
    run_id = store.start_run("board", NOW)
    assert store.runs("board") == [Run(run_id, "board", NOW)]
    failures = (("timeout", "https://board.example.org/2", "no answer in 30 s"),)
    store.end_run(
        run_id,
        NOW + MINUTE,
        Outcome.BELOW_EXPECTED,
        detail="3 posts, and 10 are expected",
        pages=2,
        posts_seen=3,
        posts_new=2,
        posts_changed=1,
        failures=failures,
    )
    assert store.runs("board") == [
        Run(
            run_id,
            "board",
            NOW,
            NOW + MINUTE,
            Outcome.BELOW_EXPECTED,
            "3 posts, and 10 are expected",
            2,
            3,
            2,
            1,
            failures,
        )
    ]
    with pytest.raises(StoreError, match="no run 99"):
        store.end_run(99, NOW, Outcome.OK)


def test_the_last_run_of_each_source(store: Store) -> None:
    for number in range(25):
        store.start_run("one", NOW + number * MINUTE)
    store.start_run("two", NOW)
    assert len(store.runs("one")) == 20
    assert [run.started_at for run in store.runs("one", limit=2)] == [
        NOW + 24 * MINUTE,
        NOW + 23 * MINUTE,
    ]
    last = store.last_runs()
    assert {name: run.started_at for name, run in last.items()} == {
        "one": NOW + 24 * MINUTE,
        "two": NOW,
    }


def test_a_run_whose_process_is_gone_was_interrupted(store: Store) -> None:
    for source in ("held", "run_out", "without"):
        store.start_run(source, NOW)
    store.end_run(store.start_run("ended", NOW), NOW, Outcome.OK)
    store.acquire_lease("crawl:held", "process 1", NOW, 120)
    store.acquire_lease("run_out", "process 2", NOW, 30)
    assert store.abandon_runs(NOW + MINUTE) == 2
    assert store.abandon_runs(NOW + MINUTE) == 0
    outcomes = {name: run.outcome for name, run in store.last_runs().items()}
    assert outcomes == {
        "held": None,
        "run_out": Outcome.INTERRUPTED,
        "without": Outcome.INTERRUPTED,
        "ended": Outcome.OK,
    }


def test_a_lease_is_one_owners_until_it_runs_out_or_is_given_back(store: Store) -> None:
    assert store.acquire_lease("board", "one", NOW, 60)
    assert store.acquire_lease("board", "one", NOW, 60)
    assert not store.acquire_lease("board", "two", NOW + 0.9 * MINUTE, 60)
    assert store.acquire_lease("another", "two", NOW, 60)
    assert not store.renew_lease("board", "two", NOW, 60)
    assert store.renew_lease("board", "one", NOW + 0.9 * MINUTE, 60)
    assert not store.acquire_lease("board", "two", NOW + 1.5 * MINUTE, 60)
    assert store.acquire_lease("board", "two", NOW + 2 * MINUTE, 60)
    assert not store.renew_lease("board", "one", NOW + 2 * MINUTE, 60)
    store.release_lease("board", "one")
    assert not store.acquire_lease("board", "one", NOW + 2 * MINUTE, 60)
    store.release_lease("board", "two")
    assert store.acquire_lease("board", "one", NOW + 2 * MINUTE, 60)
