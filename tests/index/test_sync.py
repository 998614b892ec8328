"""The sync: the index becomes what the store says, wherever it was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.errors import IndexUnavailable
from crawler.types import AnalysedPost
from index.query import parse_query
from index.sqlite import SqliteIndex
from index.sync import rebuild, sync
from tests.index.posts import analysed


@dataclass(frozen=True)
class Change:
    seq: int
    post_id: int


class Log:
    """A change log as the store keeps it."""

    def __init__(self) -> None:
        self.posts: dict[int, AnalysedPost] = {}
        self.rows: list[Change] = []
        self.at: dict[str, int] = {}

    def put(self, *posts: AnalysedPost) -> None:
        for post in posts:
            self.posts[post.post.id] = post
            self.rows.append(Change(len(self.rows) + 1, post.post.id))

    def remove(self, post_id: int) -> None:
        del self.posts[post_id]
        self.rows.append(Change(len(self.rows) + 1, post_id))

    def changes(self, consumer: str, *, limit: int = 500) -> Sequence[Change]:
        rows = [row for row in self.rows if row.seq > self.cursor(consumer)][:limit]
        last = {row.post_id: row for row in rows}
        return sorted(last.values(), key=lambda row: row.seq)

    def get_analysed(self, post_ids: Sequence[int]) -> Sequence[AnalysedPost]:
        return [self.posts[n] for n in post_ids if n in self.posts]

    def cursor(self, consumer: str) -> int:
        return self.at.get(consumer, 0)

    def set_cursor(self, consumer: str, seq: int) -> None:
        self.at[consumer] = seq

    def reset_cursor(self, consumer: str) -> None:
        self.at.pop(consumer, None)


@pytest.fixture
def log() -> Log:
    log = Log()
    log.put(*(analysed(n, f"boat number{n}") for n in range(1, 24)))
    return log


@pytest.fixture
def index(tmp_path: Path, log: Log) -> Iterator[SqliteIndex]:
    index = SqliteIndex(tmp_path / "index.db", log.get_analysed)
    yield index
    index.close()


def ids(index: SqliteIndex) -> set[int]:
    return {hit.post_id for hit in index.iter_hits(parse_query(""))}


def test_everything_is_drained_once(index: SqliteIndex, log: Log) -> None:
    assert sync(index, log, batch=5) == 23
    assert ids(index) == set(range(1, 24))
    assert sync(index, log) == 0
    log.put(analysed(3, "lorry", revision=2))
    log.remove(4)
    assert sync(index, log) == 2
    assert index.search(parse_query("lorry")).count == 1
    assert ids(index) == set(range(1, 24)) - {4}
    assert index.count() == 22


@pytest.mark.parametrize("moment", ["add", "mark_synced"])
def test_stopped_anywhere_it_goes_on(
    index: SqliteIndex, log: Log, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(index, moment)
    calls = 0

    def stop(argument: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise IndexUnavailable("pulled the plug")
        real(argument)

    monkeypatch.setattr(index, moment, stop)
    with pytest.raises(IndexUnavailable):
        sync(index, log, batch=5)
    assert 0 < len(ids(index)) < 23
    sync(index, log, batch=5)
    assert ids(index) == set(range(1, 24))
    assert index.count() == 23


def test_a_lost_index_is_filled_again(index: SqliteIndex, log: Log, tmp_path: Path) -> None:
    sync(index, log)
    fresh = SqliteIndex(tmp_path / "fresh.db", log.get_analysed)
    assert sync(fresh, log) == 23
    assert ids(fresh) == set(range(1, 24))
    fresh.close()


def test_an_older_copy_of_the_index_catches_up(index: SqliteIndex, log: Log) -> None:
    sync(index, log)
    log.put(analysed(50, "new"), analysed(1, "changed", revision=2))
    log.set_cursor("index", 25)  # what a copy from before those two does not know
    assert sync(index, log) == 2
    assert index.search(parse_query("new OR changed")).count == 2


def test_rebuild_gives_the_same_answers(index: SqliteIndex, log: Log) -> None:
    sync(index, log)
    index.add([analysed(99, "stray")])
    assert rebuild(index, log) == 23
    assert ids(index) == set(range(1, 24))
    assert index.search(parse_query("stray")).count == 0


def test_a_batch_of_nothing_is_refused(index: SqliteIndex, log: Log) -> None:
    with pytest.raises(ValueError, match="at least one"):
        sync(index, log, batch=0)
