"""Crawls in processes of their own, forked from one that has everything loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.app.crawl_process import CrawlOptions
from crawler.app.processes import CrawlProcesses, Finished
from crawler.store import open_store
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import NO_RULES, Channel, preview

_SOURCE = (
    "platform: telegram\nurl: {url}/s/invented\npurpose: a test\nauthority: TEST-1\n"
    "review_date: 2999-01-01\n{more}"
)


def workspace_of(folder: Path, **urls: str) -> Path:
    (folder / "sources").mkdir()
    (folder / "foreland.toml").write_text(
        "[crawl]\ndelay = 0\ntimeout = 60\n[log]\nlevel = 'error'\n"
    )
    for name, url in urls.items():
        (folder / "sources" / f"{name}.yml").write_text(_SOURCE.format(url=url, more=""))
    return folder


def ended(processes: CrawlProcesses, most: float = 120) -> dict[str, int]:
    """The exit codes of all that were added."""
    codes: list[Finished] = []
    until = time.monotonic() + most
    while len(processes):
        assert time.monotonic() < until
        codes += processes.poll()
        processes.wait(0.1)
    return {one.source: one.code for one in codes}


def slow(path: str) -> Answer:
    if "robots" in path:
        return NO_RULES
    return Answer(preview("invented", [1]).body, delay=50)


def outcomes(workspace: Path) -> dict[str, str | None]:
    store = open_store(f"sqlite:///{workspace}/data/foreland.sqlite3")
    try:
        return {name: run.outcome for name, run in store.last_runs().items()}
    finally:
        store.close()


def test_each_process_ends_with_how_its_crawl_went(tmp_path: Path) -> None:
    with serving(Channel(12)) as site, serving(lambda _: NO_RULES) as empty:
        workspace = workspace_of(tmp_path, well=site.url, gone=empty.url, wrong=site.url)
        processes = CrawlProcesses(workspace, 2, CrawlOptions(full=True))
        processes.add([("well", ""), ("gone", ""), ("wrong", ""), ("missing", ""), ("well", "")])
        # Read when its crawl begins: it may have been changed while it waited.
        (workspace / "sources" / "wrong.yml").write_text("platform: none\n")
        assert ended(processes) == {"well": 0, "gone": 1, "wrong": 2, "missing": 2}
    assert outcomes(workspace) == {"well": "ok", "gone": "gone"}


def test_a_crawl_that_is_killed_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    with serving(slow) as site, serving(Channel(12)) as quick:
        workspace = workspace_of(tmp_path, slow=site.url, well=quick.url)
        processes = CrawlProcesses(workspace, 1)
        processes.add([("slow", ""), ("well", "")])
        processes.poll()
        until = time.monotonic() + 60
        while "/s/invented" not in site.asked and time.monotonic() < until:
            processes.wait(0.1)
        (running,) = processes._running.values()
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
        assert ended(processes) == {"slow": -signal.SIGKILL, "well": 0}


def test_stopping_ends_a_running_crawl_in_order_and_starts_no_other(tmp_path: Path) -> None:
    with serving(slow) as site:
        workspace = workspace_of(tmp_path, slow=site.url, next=site.url)
        processes = CrawlProcesses(workspace, 1)
        processes.add([("slow", ""), ("next", "")])
        processes.poll()
        until = time.monotonic() + 60
        while "/s/invented" not in site.asked and time.monotonic() < until:
            processes.wait(0.1)
        processes.stop()
    assert outcomes(workspace) == {"slow": "interrupted"}
    assert len(processes) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_parent_leaves_no_crawl_behind(tmp_path: Path) -> None:
    with serving(slow) as site:
        workspace = workspace_of(tmp_path, slow=site.url)
        program = (
            "import sys, time\nfrom pathlib import Path\n"
            "from crawler.app.processes import CrawlProcesses\n"
            "if __name__ == '__main__':\n"
            "    processes = CrawlProcesses(Path(sys.argv[1]), 1)\n"
            "    processes.add([('slow', '')])\n"
            "    processes.poll()\n"
            "    print(*[one.pid for one in processes._running.values()], flush=True)\n"
            "    time.sleep(600)\n"
        )
        script = tmp_path / "parent.py"
        script.write_text(program)
        parent = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(script), str(workspace)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        until = time.monotonic() + 60
        while "/s/invented" not in site.asked and time.monotonic() < until:
            time.sleep(0.1)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        until = time.monotonic() + 60
        while Path(f"/proc/{child}").exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert not Path(f"/proc/{child}").exists()
    assert outcomes(workspace) == {"slow": "interrupted"}


def test_what_is_loaded_before_forking_starts_neither_a_thread_nor_the_reactor() -> None:
    program = (
        "import sys, threading, crawler.app.crawl_preload as loaded\n"
        "print('twisted.internet.reactor' in sys.modules, threading.active_count())\n"
        "print('scrapy.core.engine' in sys.modules, 'spiders.base' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", "1", "True", "True"], done.stderr
