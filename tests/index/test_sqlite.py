"""The SQLite index: the contract, and the faults of a file on a disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import IndexUnavailable, InvalidQuery
from crawler.ports import Index
from crawler.types import Hit
from index import sqlite as module
from index import sqlite_rank
from index.query import parse_query
from index.sqlite import SqliteIndex
from tests.contracts.index import IndexContract, Shelf, corpus
from tests.index.posts import analysed


class TestSqliteIndex(IndexContract):
    @pytest.fixture
    def index(self, shelf: Shelf, tmp_path: Path) -> Iterator[Index]:
        index = SqliteIndex(tmp_path / "index.db", shelf.load)
        yield index
        index.close()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_what_was_indexed_is_there_after_opening_again(tmp_path: Path, shelf: Shelf) -> None:
    path = tmp_path / "index.db"
    index = SqliteIndex(path, shelf.load)
    shelf.put(index, *corpus())
    index.mark_synced(17)
    index.close()
    again = SqliteIndex(path, shelf.load)
    assert again.count() == 12
    assert again.synced() == 17
    again.clear()
    assert again.synced() == 0
    again.close()


def test_an_index_of_another_version_is_emptied(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.db"
    index = SqliteIndex(path, shelf.load)
    shelf.put(index, *corpus())
    index.mark_synced(17)
    index.close()
    monkeypatch.setattr(module, "_STAMP", "another")
    newer = SqliteIndex(path, shelf.load)
    assert newer.count() == 0
    assert newer.synced() == 0
    shelf.put(newer, *corpus())
    assert newer.search(parse_query("boat")).count == 1
    newer.close()


def test_a_damaged_file_says_what_to_do(tmp_path: Path, shelf: Shelf) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(IndexUnavailable, match="index rebuild"):
        SqliteIndex(path, shelf.load)


def test_some_other_database_is_left_alone(tmp_path: Path, shelf: Shelf) -> None:
    path = tmp_path / "store.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE posts (id INTEGER)")
    other.commit()
    other.close()
    with pytest.raises(IndexUnavailable, match="other database"):
        SqliteIndex(path, shelf.load)


def test_a_missing_folder_is_named(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(IndexUnavailable, match="folder"):
        SqliteIndex(tmp_path / "nowhere" / "index.db", shelf.load)


def test_a_locked_index_says_so_and_keeps_nothing_of_the_batch(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.1)
    path = tmp_path / "index.db"
    index = SqliteIndex(path, shelf.load)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexUnavailable, match="another process"):
        shelf.put(index, *corpus())
    assert index.search(parse_query("")).count == 0  # reading goes on meanwhile
    other.execute("ROLLBACK")
    other.close()
    shelf.put(index, *corpus())
    assert index.count() == 12
    index.close()


def test_a_full_disk_says_so_and_the_index_goes_on_afterwards(tmp_path: Path, shelf: Shelf) -> None:
    index = SqliteIndex(tmp_path / "index.db", shelf.load)
    connection = index._writer.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(IndexUnavailable, match="full"):
        index.add([analysed(n, f"word{n} " * 200) for n in range(300)])
    connection.execute("PRAGMA max_page_count = 1000000")
    assert index.count() == 0
    shelf.put(index, *corpus())
    assert index.search(parse_query("mode:sea"), facets=("mode",)).facets["mode"] == (("sea", 2),)
    index.close()


def test_threads_read_while_one_writes(tmp_path: Path, shelf: Shelf) -> None:
    index = SqliteIndex(tmp_path / "index.db", shelf.load)
    shelf.put(index, *corpus())
    faults: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        query = parse_query("boat OR lorry")
        try:
            while not stop.is_set():
                result = index.search(query, facets=("lang",))
                assert result.count == sum(n for _, n in result.facets["lang"]) >= 2
        except BaseException as e:  # noqa: BLE001 - handed to the test below
            faults.append(e)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(100, 160):
        shelf.put(index, analysed(n, "one more boat"))
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert index.search(parse_query("boat")).count == 61
    index.close()


def test_two_indexes_on_one_file_agree_on_facets_after_one_is_cleared(
    tmp_path: Path, shelf: Shelf
) -> None:
    path = tmp_path / "index.db"
    one, other = SqliteIndex(path, shelf.load), SqliteIndex(path, shelf.load)
    shelf.put(one, analysed(1, "a", language="fa"), analysed(2, "b", language="ckb"))
    other.clear()
    shelf.put(other, analysed(3, "c", language="vi"))
    shelf.put(one, analysed(4, "d", language="fa"))
    for index in (one, other):
        facets = index.search(parse_query(""), facets=("lang",)).facets
        assert facets["lang"] == (("fa", 1), ("vi", 1))
        index.close()


def test_a_pattern_for_too_many_words_is_refused(tmp_path: Path, shelf: Shelf) -> None:
    index = SqliteIndex(tmp_path / "index.db", shelf.load)
    text = " ".join(f"w{n}x" for n in range(3000))
    shelf.put(index, analysed(1, text))
    with pytest.raises(InvalidQuery, match="3,000 words"):
        index.search(parse_query("w*x"))
    assert index.search(parse_query("w*")).count == 1
    assert index.search(parse_query("w1*9x")).count == 1
    index.close()


def test_a_query_of_a_thousand_clauses_and_deep_brackets_is_answered(
    tmp_path: Path, shelf: Shelf
) -> None:
    index = SqliteIndex(tmp_path / "index.db", shelf.load)
    shelf.put(index, *corpus())
    many = " OR ".join([*(f"word{n}" for n in range(1000)), "boat"])
    assert index.search(parse_query(many)).count == 1
    mixed = " OR ".join(f"(word{n} price:{n})" for n in range(400)) + " OR boat"
    assert index.search(parse_query(mixed)).count == 1
    deep = "boat"
    for n in range(29):
        deep = f"({deep} {'OR' if n % 2 else 'AND'} NOT lorry)"
    assert index.search(parse_query(deep)).count == 11
    index.close()


def test_a_rebuild_leaves_one_stretch_of_words_that_finds_the_same(
    tmp_path: Path, shelf: Shelf
) -> None:
    path = tmp_path / "index.db"
    index = SqliteIndex(path, shelf.load)
    with index.rebuilding() as fresh:
        for post in corpus():
            shelf.put(fresh, post)
    with sqlite3.connect(path) as connection:
        stretches = connection.execute("SELECT count(DISTINCT segid) FROM words_idx").fetchone()
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    connection.close()
    assert stretches == (1,)
    assert index.count() == 12
    assert index.search(parse_query("boat")).count == 1
    index.close()


def settings_of(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT k, v FROM words_config").fetchall()
    connection.close()
    return dict(rows)


def test_words_are_put_together_again_after_a_rebuild_that_failed_or_was_killed(
    tmp_path: Path, shelf: Shelf
) -> None:
    path = tmp_path / "index.db"
    index = SqliteIndex(path, shelf.load)
    settled = {"automerge": 4, "crisismerge": 16}
    failing = index.rebuilding()
    shelf.put(failing.__enter__(), *corpus())
    assert settings_of(path).items() >= {"automerge": 0}.items()
    fault = KeyError("the store")
    assert not failing.__exit__(KeyError, fault, None)
    assert settings_of(path).items() >= settled.items()
    killed = index.rebuilding()
    shelf.put(killed.__enter__(), *corpus())
    again = SqliteIndex(path, shelf.load)  # as a process after it opens the file
    assert settings_of(path).items() >= settled.items()
    assert again.count() == 12
    assert again.search(parse_query("boat")).count == 1
    again.close()
    index.close()


def test_an_index_that_is_emptied_elsewhere_is_read_and_filled_on(
    tmp_path: Path, shelf: Shelf
) -> None:
    path = tmp_path / "index.db"
    one, other = SqliteIndex(path, shelf.load), SqliteIndex(path, shelf.load)
    shelf.put(one, *corpus())
    boats, some = parse_query("boat"), parse_query("bo*")
    assert one.search(boats).count == other.search(boats).count == 1
    other.clear()
    for index in (one, other):
        assert index.search(boats).count == index.search(some).count == index.count() == 0
    shelf.put(one, analysed(1, "a boat", language="fa"), analysed(2, "a bottle"))
    for index in (other, one):
        assert index.search(boats).count == 1
        assert index.search(some, facets=("lang",)).facets["lang"] == (("en", 1), ("fa", 1))
        index.close()


def all_pages(index: Index, text: str, facets: tuple[str, ...] = ()) -> list[Hit]:
    query = parse_query(text)
    found: list[Hit] = []
    after: str | None = None
    while True:
        page = index.search(query, limit=7, after=after, facets=facets)
        found += page.hits
        after = page.after
        if after is None:
            assert page.count == len(found)
            return found


@pytest.mark.parametrize("text", ["boat OR kayak", "(boat OR kayak) mode:sea", "boat OR kayak*"])
def test_in_many_posts_a_common_word_does_not_rank_beside_others(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    index = SqliteIndex(tmp_path / "index.db", shelf.load)
    texts = ["boat " * (1 + n % 3) + "kayak " * (n % 10 == 4) for n in range(40)]
    shelf.put(index, *(analysed(n, one, modes=("sea",)) for n, one in enumerate(texts, 1)))
    shelf.put(index, *(analysed(n, "nothing", modes=("sea",)) for n in range(41, 61)))
    before = {hit.post_id for hit in all_pages(index, text)}
    monkeypatch.setattr(sqlite_rank, "MANY_POSTS", 10)
    hits = all_pages(index, text)
    assert all_pages(index, text, ("mode",)) == hits
    order = [hit.post_id for hit in hits]
    assert set(order) == before == set(range(1, 41))
    assert len(order) == 40
    assert set(order[:4]) == {5, 15, 25, 35}
    assert order[4:] == sorted(order[4:], reverse=True)  # the others score alike
    assert all(hit.score > 0 for hit in hits[:4])
    assert not any(hit.score for hit in hits[4:])
    index.close()


def test_in_many_posts_rare_words_rank_as_in_few(
    tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = SqliteIndex(tmp_path / "index.db", shelf.load)
    rare = {7: "kayak", 30: "dinghy kayak", 55: "kayak kayak", 90: "dinghy", 120: "kayak " * 3}
    for n in range(1, 201):
        shelf.put(index, analysed(n, "other words " + rare.get(n, ""), modes=("sea",)))
    for text in ("(kayak OR dinghy) mode:sea", "kayak dinghy mode:sea", "kayak mode:sea"):
        query = parse_query(text)
        plain = index.search(query, facets=("mode",))
        assert 1 <= plain.count <= 5
        with monkeypatch.context() as patched:
            patched.setattr(sqlite_rank, "MANY_POSTS", 10)
            apart = [index.search(query), index.search(query, facets=("mode",))]
        for found in apart:
            assert found.hits == plain.hits
            assert found.count == plain.count
        assert apart[1].facets == plain.facets
    index.close()
