"""A disk that is full, a database that is locked, damaged or not there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from crawler.errors import StoreError
from crawler.store import Store, open_store
from crawler.store.faults import SQLITE_FAULTS, explain
from tests.store.samples import add, make_found

pytestmark = pytest.mark.skipif(
    "TEST_POSTGRESQL_URL" in os.environ, reason="these faults are SQLite's"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "foreland.sqlite3"


def test_a_full_database_keeps_what_was_there_and_goes_on_when_there_is_room(
    store: Store,
) -> None:
    add(store, make_found(1))
    with store._database.reading() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
    # The pool has one idle connection, which the writer will get.
    with store._database.reading() as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StoreError, match=r"disk is full.*SQLITE_FULL"):
        add(store, make_found(2, "x" * 100_000))
    assert [post.site_id for post in store.iter_posts()] == ["board/1"]
    with store._database.reading() as connection:
        connection.execute(text("PRAGMA max_page_count = 1000000"))
    assert add(store, make_found(2, "x" * 100_000)) == ["new"]


def test_a_transaction_that_the_full_disk_ended_keeps_nothing_that_follows(
    store: Store,
) -> None:
    add(store, make_found(1))
    with store._database.reading() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StoreError, match="failed already"):
        _swallow_and_go_on(store)
    assert [post.site_id for post in store.iter_posts()] == ["board/1"]
    # The store is as good as before for this thread.
    assert add(store, make_found(4, "y")) == ["new"]


def _swallow_and_go_on(store: Store) -> None:
    with store.transaction():
        add(store, make_found(2))
        with contextlib.suppress(StoreError):
            add(store, make_found(3, "x" * 100_000))
        add(store, make_found(4))


def test_a_file_that_may_not_grow(url: str, path: Path) -> None:
    store = open_store(url)
    add(store, make_found(1))
    store.close()
    program = f"""
import resource, sys
from crawler.errors import StoreError
from crawler.store import open_store
from tests.store.samples import add, make_found
store = open_store({url!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    for number in range(2, 50):
        add(store, make_found(number, "x" * 50_000))
except StoreError as error:
    print(number, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    written, _, message = done.stdout.partition(" ")
    assert "the disk" in message, done.stderr
    again = open_store(url)
    kept = [post.site_id for post in again.iter_posts()]
    assert kept == [f"board/{number}" for number in range(1, int(written))]
    again.close()


def test_a_writer_waits_for_another_and_then_says_so(url: str, path: Path) -> None:
    store = open_store(url, timeout=0.3)
    program = f"""
import sqlite3, sys
connection = sqlite3.connect({str(path)!r}, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    started = time.monotonic()
    with pytest.raises(StoreError, match="locked: another process"):
        add(store, make_found())
    assert 0.25 < time.monotonic() - started < 5
    assert list(store.iter_posts()) == []
    holder.communicate(timeout=10)
    assert add(store, make_found()) == ["new"]
    store.close()


def test_a_damaged_file_says_so(url: str, path: Path) -> None:
    store = open_store(url)
    add(store, *(make_found(number) for number in range(200)))
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="damaged"):
        _read_all(url)


def _read_all(url: str) -> None:
    store = open_store(url)
    try:
        list(store.iter_posts())
    finally:
        store.close()


def test_a_file_that_is_no_database_says_so(url: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("Dear diary, " * 1000)
    with pytest.raises(StoreError, match="is not a database: check the path"):
        open_store(url)
    assert path.read_text() == "Dear diary, " * 1000


def test_a_read_only_database_can_be_read_but_not_written(url: str, path: Path) -> None:
    store = open_store(url)
    add(store, make_found())
    store.close()
    read_only = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert len(list(read_only.iter_posts())) == 1
    with pytest.raises(StoreError, match="read-only"):
        add(read_only, make_found(2))
    read_only.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("not a url", "not a database URL"),
        ("nosuch:///x", "not a database URL"),
        ("sqlite:////proc/nowhere/x.sqlite3", "/proc/nowhere/x.sqlite3"),
    ],
)
def test_a_url_that_cannot_be_opened(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        open_store(url)


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql+nosuch://user:hunter2@localhost/x")
    assert "hunter2" not in str(caught.value)


def test_a_driver_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="'psycopg' is not installed"):
        open_store("postgresql+psycopg://user:hunter2@127.0.0.1/x")


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.counts()
    with pytest.raises(StoreError, match="closed"):
        add(store, make_found())


def test_every_error_of_sqlite_has_words() -> None:
    names = [
        name
        for name in dir(sqlite3)
        if name.startswith("SQLITE_") and isinstance(getattr(sqlite3, name), int)
    ]
    assert len(names) > 50
    for start in SQLITE_FAULTS:
        assert any(name.startswith(start) for name in names), start


def test_an_unknown_error_keeps_what_the_driver_said() -> None:
    assert explain(RuntimeError("odd  thing\nhappened")) == (
        "the database failed: odd thing happened"
    )
