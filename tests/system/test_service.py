"""`foreland run`: on schedule, through a kill, and stopped cleanly."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.app.workspace import write_files
from demo.content import Content, load_content
from demo.site import serve_site
from demo.workspace import workspace_files
from tests.system.commands import foreland, free_port, start, told

pytestmark = pytest.mark.slow


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[tuple[Path, int, Content]]:
    """A workspace over two places of the local site, and the port of its desk."""
    places = load_content().places
    chosen = [name for name, place in places.items() if place.kind in ("telegram", "rss")][:3]
    content = Content({name: places[name] for name in chosen})
    port = free_port()
    with serve_site(0) as site:
        files = dict(workspace_files(content, site, datetime.now(UTC).date()))
        files["foreland.toml"] += f"\n[web]\nport = {port}\n\n[alerts]\nevery = 0\n"
        write_files(tmp_path, files)
        yield tmp_path, port, content


def count(folder: Path, statement: str) -> int:
    database = folder / "data/foreland.sqlite3"
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as look:
            return int(look.execute(statement).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def wait(condition: Callable[[], bool], process: subprocess.Popen[str], folder: Path) -> None:
    end = time.monotonic() + 120
    while not condition():
        log = (folder / "process.log").read_text()
        assert process.poll() is None, log
        assert time.monotonic() < end, log
        time.sleep(0.1)


def test_run_survives_a_kill_and_mails_every_match_once(
    workspace: tuple[Path, int, Content],
) -> None:
    folder, port, content = workspace
    process = start(folder, "run")
    wait(lambda: count(folder, "SELECT count(*) FROM adverts") > 0, process, folder)
    process.kill()
    process.wait()

    process = start(folder, "run")
    everything = "SELECT count(*) FROM adverts"
    ended = "SELECT count(*) FROM runs WHERE outcome IN ('ok', 'unchanged')"
    wait(lambda: count(folder, everything) == content.posts, process, folder)
    wait(lambda: count(folder, ended) >= len(content.places), process, folder)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/?q=offer:true") as answer:
        assert answer.status == 200
    indexed = foreland(folder, "search", "offer:true", "--limit", "1").stderr
    offers = count(folder, "SELECT count(*) FROM adverts WHERE is_offer")
    wait(
        lambda: count(folder, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0,
        process,
        folder,
    )
    assert f"{offers} found" in indexed

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0, (folder / "process.log").read_text()
    matches = count(folder, "SELECT count(*) FROM alerts")
    mails = (folder / "data/outbox").glob("*.eml")
    assert matches > 0
    assert sum(len(told(mail)) for mail in mails) == matches
    doubles = "SELECT count(*) - count(DISTINCT rule || post_id || '/' || revision) FROM alerts"
    assert count(folder, doubles) == 0
    assert foreland(folder, "verify").returncode == 0


def test_a_second_run_of_the_same_workspace_is_refused(
    workspace: tuple[Path, int, Content],
) -> None:
    folder, _, _ = workspace
    process = start(folder, "run")
    wait(lambda: count(folder, "SELECT count(*) FROM runs") > 0, process, folder)
    (folder / "foreland.toml").write_text("[web]\nport = 0\n")
    second = foreland(folder, "run")
    assert second.returncode == 2
    assert "already running" in second.stderr
    process.terminate()
    assert process.wait(timeout=40) == 0
