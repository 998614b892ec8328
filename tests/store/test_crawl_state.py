"""Passes, turns at hosts, and the state of sources."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import create_engine, text

from crawler.store import Store, open_store
from crawler.types import FrontierPage, Pass, SourceState
from tests.store.samples import MINUTE, NOW, SOURCE, add, make_found

BEGUN = Pass("board", "https://board.example.org/", NOW, whole=True)


def test_a_pass_is_open_until_it_is_ended(store: Store) -> None:
    assert store.open_pass("board") is None
    store.begin_pass(BEGUN)
    store.add_to_frontier("board", [FrontierPage("a", 0, False), FrontierPage("b", 1, False)])
    store.finish_pages("board", ["a"])
    assert store.open_pass("board") == BEGUN
    assert store.frontier("board") == [FrontierPage("a", 0, True), FrontierPage("b", 1, False)]
    assert store.open_passes() == {"board"}
    store.mark_faulty("board")
    found = store.open_pass("board")
    assert found is not None
    assert found.faulty
    again = Pass("board", BEGUN.url, NOW + MINUTE, whole=False, since=NOW)
    store.begin_pass(again)
    assert (store.open_pass("board"), store.frontier("board")) == (again, [])
    store.end_pass("board")
    assert store.open_passes() == frozenset()


def test_turns_at_a_host_lie_apart(store: Store) -> None:
    host = "board.example.org"
    second = timedelta(seconds=1)
    assert store.take_turn(host, NOW, 2.0) == 0.0
    assert store.take_turn(host, NOW + second, 2.0) == 1.0
    assert store.take_turn("other.example.org", NOW, 2.0) == 0.0
    # Who wants more time before its own turn waits longer; who wants less waits for the last.
    assert store.take_turn(host, NOW + 2 * second, 5.0) == 3.0
    assert store.take_turn(host, NOW + second, 0.5) == 1.0
    assert store.take_turn(host, NOW + 5 * second, 5.0) == 0.0
    assert store.take_turn(host, NOW + 6 * second, 0.5) == 4.0
    store.hold_host(host, NOW + MINUTE)
    store.hold_host(host, NOW)  # what is later stays
    assert store.take_turn(host, NOW + 50 * second, 2.0) == 10.0
    store.hold_host("new.example.org", NOW + MINUTE)
    assert store.take_turn("new.example.org", NOW, 2.0) == 60.0
    assert store.held_hosts(NOW + 10 * second) == {
        host: NOW + MINUTE,
        "new.example.org": NOW + MINUTE,
    }


def test_no_turn_is_given_twice(url: str, store: Store) -> None:
    taken: list[float] = []

    def take() -> None:
        other = open_store(url)
        taken.extend(
            second
            for second in range(10)
            if other.take_turn("board.example.org", NOW + timedelta(seconds=second), 1.0) == 0
        )
        other.close()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    assert 9 in taken


def test_the_state_of_a_source_is_the_last_one_put(store: Store) -> None:
    store.put_source_state(SourceState("board", 1, NOW))
    state = SourceState("board", 2, NOW + MINUTE, NOW)
    store.put_source_state(state)
    assert store.source_states() == {"board": state}


def test_what_a_pass_saw_and_what_it_did_not(store: Store) -> None:
    add(store, make_found(1), make_found(2))
    add(store, make_found(2), make_found(3), at=NOW + MINUTE)
    start = NOW + MINUTE
    assert sorted(name for name, _ in store.seen_since(SOURCE, start)) == ["board/2", "board/3"]
    assert list(store.not_seen_since(SOURCE, start)) == [("board/1", make_found(1).posted_at)]
    ids = ["board/1", "board/2", "board/3"]
    assert store.known_site_ids(SOURCE, ids, before=start) == {"board/1", "board/2"}
    store.mark_removed(SOURCE, ["board/1"], start)
    assert list(store.not_seen_since(SOURCE, start)) == []


def test_leases_that_are_held(store: Store) -> None:
    store.acquire_lease("crawl:board", "one", NOW, 30)
    assert store.live_leases(NOW) == {"crawl:board"}
    assert store.live_leases(NOW + MINUTE) == frozenset()


def test_a_database_of_the_first_version_keeps_its_runs(url: str) -> None:
    store = open_store(url)
    run = store.start_run("board", NOW)
    store.close()
    engine = create_engine(url)
    with engine.begin() as connection:
        later = ("run_fields", "episodes", "sightings", "candidates", "visits")
        for table in ("hosts", "source_states", "frontier", "passes", *later):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("DROP INDEX ix_posts_source_last_seen"))
        for column in ("complete", "posts_removed", "ids_expected", "ids_seen"):
            connection.execute(text(f"ALTER TABLE runs DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    store = open_store(url)
    (found,) = store.runs("board")
    assert (found.id, found.complete, found.posts_removed) == (run, False, 0)
    store.begin_pass(BEGUN)
    store.close()
