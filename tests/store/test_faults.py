"""A disk that is full, a database that is locked, damaged or not there."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from crawler.errors import StoreError
from crawler.store import Store, open_store
from crawler.store.faults import SQLITE_FAULTS, explain
from tests.store.samples import NOW, SOURCE, add, make_found

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


_WRITER = """
import sys
from crawler.store import open_store
from tests.store.samples import NOW, make_found
store = open_store(sys.argv[1])
page = 0
while True:
    with store.transaction():
        for part in range(4):
            found = [make_found(page * 20 + part * 5 + n, "x" * 2000) for n in range(5)]
            store.add_posts("board", "telegram", found, capture=None, seen_at=NOW)
    page += 1
    print(page, flush=True)
"""


def test_what_was_written_outlives_kill_9(url: str) -> None:
    open_store(url).close()
    written = 0
    for pages in (3, 9):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, url], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for line in writer.stdout:
            written = max(written, int(line))
            if int(line) >= pages:
                writer.send_signal(signal.SIGKILL)
                break
        writer.communicate()
        store = open_store(url)
        kept = [post.site_id for post in store.iter_posts()]
        # Whole transactions only, and every one that was said to be written.
        assert len(kept) % 20 == 0
        assert len(kept) >= written * 20
        assert kept == [f"board/{number}" for number in range(len(kept))]
        with store._database.reading() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        store.close()


def test_three_processes_and_two_threads_write_at_once(url: str) -> None:
    store = open_store(url)
    program = """
import sys
from crawler.store import open_store
from tests.store.samples import NOW, make_found
store = open_store(sys.argv[1])
for page in range(15):
    found = [make_found(page * 5 + n) for n in range(5)]
    store.add_posts("board", "telegram", found, capture=None, seen_at=NOW)
    store.log_event("collection", user=sys.argv[2], object="board", at=NOW)
store.close()
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", program, url, str(number)]) for number in range(3)
    ]
    failures: list[StoreError] = []

    def write(source: str) -> None:
        try:
            for number in range(30):
                add(store, make_found(number), source=source)
                store.log_event("collection", user=source, object=SOURCE, at=NOW)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(f"thread-{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert failures == []
    # All three wrote the same posts: each is there once.
    assert len(list(store.iter_posts(source="board"))) == 75
    assert store.counts().posts == 75 + 2 * 30
    assert store.verify_events() == []
    assert len(list(store.iter_events())) == 3 * 15 + 2 * 30
    store.close()


def test_processes_that_make_the_same_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/foreland.sqlite3"
    program = f"from crawler.store import open_store; print(open_store({url!r}).counts().posts)"
    openers = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [opener.communicate(timeout=60)[0].strip() for opener in openers] == ["0"] * 4
