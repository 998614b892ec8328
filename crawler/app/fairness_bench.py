"""Measures how evenly sources that are all due at once are served, with real crawl processes.

The sites are addresses of the loopback interface. Half of the sources stand on one of them,
and one source has far more pages than a turn allows: neither may keep the others waiting.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.app.crawl_bench import MESSAGES, make_page
from crawler.errors import CrawlerError

#: Sites; the first has half of the sources.
HOSTS = 25
PARALLEL = 2
#: Seconds between requests to one host, and of one turn.
DELAY, TURN = 0.02, 5.0
#: Pages of the one large source: they take several turns.
LARGE = 2000
#: Seconds between two looks at what is due, and at what has ended, at most.
_TURN, _POLL = 1.0, 0.1
_LARGE_NAME = "large"
_SCHEDULE = "0 0 1 1 *"  # due once: none of them has run before


@dataclass(frozen=True, slots=True)
class FairnessBench:
    """Seconds from the moment when all were due to the start of each source's crawl."""

    sources: int
    seconds: float  #: until every small source was collected
    waits: tuple[float, ...]  #: of the small sources, ascending
    crowded_median: float  #: of those on the crowded host
    other_median: float  #: of those elsewhere
    large_turns: int  #: how often the large source was crawled meanwhile

    def __str__(self) -> str:
        middle = statistics.median(self.waits)
        late = self.waits[int(0.95 * (len(self.waits) - 1))]
        return (
            f"due at once    {self.sources} sources on {HOSTS} hosts, half of them on one, "
            f"{PARALLEL} crawls at once\n"
            f"all served in  {self.seconds:.0f} s, {self.sources / self.seconds:.1f} a second\n"
            f"waiting        {self.waits[0]:.1f} s at least, median {middle:.1f}, "
            f"95 % within {late:.1f}, {self.waits[-1]:.1f} at most\n"
            f"               median {self.other_median:.1f} s on other hosts, "
            f"{self.crowded_median:.1f} on the crowded one\n"
            f"largest source {self.large_turns} turns of {TURN:.0f} s meanwhile"
        )


def bench_fairness(sources: int = 40) -> FairnessBench:
    """Make so many sources due at once, and crawl them as `foreland run` does.

    Raises:
        CrawlerError: a source was not collected, or the sites cannot be served.
    """
    with tempfile.TemporaryDirectory(prefix="foreland-bench-") as folder, _server() as port:
        workspace = Path(folder)
        names = _write_workspace(workspace, sources, port)
        return _run(workspace, names)


def _write_workspace(workspace: Path, sources: int, port: int) -> dict[str, str]:
    """The files; the names of the small sources with their hosts."""
    (workspace / "sources").mkdir()
    (workspace / "foreland.toml").write_text(
        f"[crawl]\ndelay = {DELAY}\nparallel = {PARALLEL}\nturn = {TURN}\n"
        f"max_pages = {LARGE}\n[log]\nlevel = 'error'\n",
        encoding="utf-8",
    )
    hosts = {}
    for number in range(sources - 1):
        # Half on the first host, the others spread over the rest.
        at = 1 if number % 2 else 2 + (number // 2) % (HOSTS - 1)
        hosts[f"small{number:04d}"] = f"127.0.0.{at}"
    for name, host in [(_LARGE_NAME, f"127.0.0.{HOSTS}"), *hosts.items()]:
        (workspace / "sources" / f"{name}.yml").write_text(
            f"platform: telegram\nurl: http://{host}:{port}/s/{name}\npurpose: measuring\n"
            f'authority: none\nreview_date: 2999-12-31\nschedule: "{_SCHEDULE}"\n',
            encoding="utf-8",
        )
    return hosts


def _run(workspace: Path, hosts: dict[str, str]) -> FairnessBench:
    from crawler.app.crawl_process import CrawlOptions
    from crawler.app.processes import CrawlProcesses
    from crawler.app.wiring import open_app
    from crawler.config import load_config

    with open_app(load_config(workspace, {})) as app:
        processes = CrawlProcesses(workspace, PARALLEL, CrawlOptions(scheduled=True))
        began, start = app.clock(), time.monotonic()
        left = set(hosts)
        large = 0
        looked = -_TURN
        try:
            while left:
                # As the service's loop: what is due is looked at again and again.
                if time.monotonic() - looked >= _TURN:
                    processes.add((source.name, app.pace_of(source)) for source in app.find_due())
                    looked = time.monotonic()
                for finished in processes.poll():
                    if finished.code:
                        raise CrawlerError(f"bench: {finished.source} ended with {finished.code}")
                    large += finished.source == _LARGE_NAME
                    left.discard(finished.source)
                processes.wait(_POLL)
            seconds = time.monotonic() - start
        finally:
            processes.stop()
        started = {name: run.started_at for name, run in app.store.last_runs().items()}
    waits = {name: (started[name] - began).total_seconds() for name in hosts}
    crowded = [wait for name, wait in waits.items() if hosts[name] == "127.0.0.1"]
    others = [wait for name, wait in waits.items() if hosts[name] != "127.0.0.1"]
    return FairnessBench(
        len(hosts) + 1,
        seconds,
        tuple(sorted(waits.values())),
        _median(crowded),
        _median(others),
        large,
    )


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


@contextmanager
def _server() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler.app.fairness_bench"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - for mypy: stdout is a pipe
        port = process.stdout.readline().strip()
        if not port:
            raise CrawlerError("bench: 127.0.0.2 and so on are no addresses of this machine")
        yield int(port)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


async def _serve() -> None:
    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._transport: Any = transport

        def data_received(self, data: bytes) -> None:
            for line in data.split(b"\r\n"):
                if line.startswith(b"GET "):
                    self._transport.write(_answer(line.split(b" ")[1].decode("ascii")))

    loop = asyncio.get_running_loop()
    first = await loop.create_server(Answering, "127.0.0.1", 0)
    port = first.sockets[0].getsockname()[1]
    for number in range(2, HOSTS + 1):
        await loop.create_server(Answering, f"127.0.0.{number}", port)
    print(port, flush=True)  # noqa: T201 - the parent reads it
    await first.serve_forever()


def _answer(path: str) -> bytes:
    parts = urlsplit(path)
    name = parts.path.removeprefix("/s/")
    pages = LARGE if name == _LARGE_NAME else 1
    before = int(parse_qs(parts.query).get("before", [str(pages * MESSAGES + 1)])[0])
    if parts.path == "/robots.txt":
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    first = max(1, before - MESSAGES)
    older = f"/s/{name}?before={first}" if first > 1 else None
    body = make_page(name, first, older, [])
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


if __name__ == "__main__":
    asyncio.run(_serve())
