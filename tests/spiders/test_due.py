"""Which sources are started: failing ones rest, closed ones wait, cut-off ones go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.app.due import find_due, state_after, state_after_kill
from crawler.config import Config
from crawler.schedule import LONGEST_REST, SHORTEST_REST
from crawler.store import Store, open_store
from crawler.types import Outcome, Pass, Run, SourceState
from spiders.source import Source

NOW = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    yield opened
    opened.close()


def source(name: str, **more: Any) -> Source:
    return Source.model_validate(
        {
            "name": name,
            "platform": "feed",
            "url": f"https://{name}.example.org/feed",
            "purpose": "test",
            "authority": "T",
            "review_date": date(2027, 1, 1),
            "schedule": "0 0 1 1 *",  # due now only if it never ran
            **more,
        }
    )


def due(store: Store, *sources: Source, at: datetime = NOW, owner: str = "") -> list[str]:
    return [found.name for found in find_due(sources, store, at, Config(), owner=owner)]


def ran(store: Store, name: str, outcome: Outcome, *, pages: int, ago: timedelta = HOUR) -> None:
    run = store.start_run(name, NOW - ago)
    store.end_run(run, NOW - ago, outcome, pages=pages)


def test_what_is_not_to_be_started(store: Store) -> None:
    store.acquire_lease("crawl:leased", "another", NOW, 15)
    store.put_source_state(SourceState("resting", 1, NOW + HOUR))
    store.put_source_state(SourceState("rested", 1, NOW - HOUR))
    store.hold_host("held.example.org", NOW + HOUR)
    store.hold_host("busy.example.org", NOW + timedelta(seconds=30))
    sources = [
        source("leased"),
        source("resting"),
        source("rested"),
        source("held", url="https://www.held.example.org/feed"),
        source("busy"),
        source("closed", hours="22:00-06:00"),
        source("open", hours="06:00-22:00"),
        source("asked", schedule=None),
        source("off", enabled=False),
        source("past", review_date=date(2026, 11, 19)),
    ]
    assert due(store, *sources) == ["rested", "busy", "open"]
    assert due(store, source("leased"), owner="leased") == ["leased"]


def test_a_pass_that_was_cut_off_is_due_and_one_that_met_its_cap_is_not(store: Store) -> None:
    minute = timedelta(seconds=61)
    for name in ("paused", "stopped", "killed", "just-killed", "capped", "closed-pass"):
        if name != "closed-pass":
            store.begin_pass(Pass(name, "https://example.org", NOW - HOUR, whole=True))
    ran(store, "paused", Outcome.PAUSED, pages=3)
    ran(store, "stopped", Outcome.INTERRUPTED, pages=3, ago=2 * HOUR)
    store.start_run("killed", NOW - minute)
    store.start_run("just-killed", NOW - timedelta(seconds=10))
    ran(store, "capped", Outcome.OK, pages=500)
    ran(store, "closed-pass", Outcome.INTERRUPTED, pages=3)
    names = ["killed", "just-killed", "paused", "stopped", "capped", "closed-pass"]
    # The longest waiting first.
    assert due(store, *(source(name) for name in names)) == ["stopped", "paused", "killed"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_runs_that_got_nothing_make_a_source_rest(outcome: Outcome) -> None:
    run = Run(1, "one", NOW, NOW, outcome)
    earlier = SourceState("one", 2, NOW, NOW)
    after = state_after(run, earlier)
    if outcome in {Outcome.OK, Outcome.EMPTY, Outcome.UNCHANGED}:
        assert after == SourceState("one", 0, None, NOW)
    elif outcome in {
        Outcome.INTERRUPTED,
        Outcome.PAUSED,
        Outcome.STORE_FAILED,
        Outcome.NOT_AUTHORISED,
    }:
        assert after == earlier
    else:
        assert after == SourceState("one", 3, NOW + 4 * SHORTEST_REST, NOW)
        with_posts = state_after(replace(run, posts_seen=5), earlier)
        assert (with_posts.failures, with_posts.not_before) == (0, None)


def test_the_rest_doubles_up_to_a_day_and_is_what_the_server_asks_for() -> None:
    run = Run(1, "one", NOW, NOW, Outcome.RATE_LIMITED)
    state = SourceState("one")
    rests = []
    for _ in range(12):
        state = state_after(run, state)
        assert state.not_before is not None
        rests.append(state.not_before - NOW)
    assert rests[:3] == [SHORTEST_REST, 2 * SHORTEST_REST, 4 * SHORTEST_REST]
    assert rests[-1] == LONGEST_REST
    asked = state_after(run, SourceState("one"), asked_to_wait=7200)
    assert asked.not_before == NOW + 2 * HOUR


def test_a_crawl_that_always_kills_its_process_rests() -> None:
    killed = Run(1, "one", NOW)
    once = state_after_kill(killed, SourceState("one", 0, None, NOW), NOW)
    assert once == SourceState("one", 1, NOW + SHORTEST_REST, NOW)
    assert state_after_kill(killed, once, NOW).failures == 2
    stopped = replace(killed, outcome=Outcome.INTERRUPTED, pages=3)
    for other in (stopped, replace(killed, outcome=Outcome.OK)):
        assert state_after_kill(other, once, NOW) == once
