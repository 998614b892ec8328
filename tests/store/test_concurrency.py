"""Several processes and threads at once, and one that is killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

from sqlalchemy import text

from crawler.errors import StoreError
from crawler.store import open_store
from tests.store.samples import NOW, SOURCE, add, make_found

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
        if url.startswith("sqlite"):
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


def test_processes_that_make_the_same_database_at_once(url: str) -> None:
    program = f"from crawler.store import open_store; print(open_store({url!r}).counts().posts)"
    openers = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [opener.communicate(timeout=60)[0].strip() for opener in openers] == ["0"] * 4
