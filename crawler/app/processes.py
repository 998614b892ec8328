"""Runs each crawl in a process of its own.

A reactor starts once in a process, and a browser's growth of memory dies with its process.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

from crawler.app.crawl_process import CrawlOptions, run_crawl
from crawler.schedule import pick_next

_log = structlog.get_logger(__name__)

#: Seconds a crawl has to end by itself after it was asked to.
_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Finished:
    """A crawl process that ended. `code` is its exit code, negative for a signal."""

    source: str
    code: int


class CrawlProcesses:
    """At most `parallel` crawls at once, one a host; hosts have their turns in a round.

    Args:
        workspace: of the sources.
        parallel: how many at once.
        options: of each crawl.
    """

    def __init__(self, workspace: Path, parallel: int, options: CrawlOptions | None = None) -> None:
        self._workspace = workspace.resolve()
        self._parallel = parallel
        self._options = options or CrawlOptions()
        # One process has everything loaded, and each crawl is forked from it. It ends when
        # this one does.
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(["crawler.app.crawl_preload"])
        self._waiting: list[tuple[str, str]] = []
        self._hosts: dict[str, str] = {}  #: of what runs
        self._last_turn: dict[str, int] = {}
        self._turn = 0
        self._running: dict[str, BaseProcess] = {}

    def __len__(self) -> int:
        """How many run or wait."""
        return len(self._waiting) + len(self._running)

    def __contains__(self, source: str) -> bool:
        return source in self._running or any(source == name for name, _ in self._waiting)

    def add(self, sources: Iterable[tuple[str, str]]) -> None:
        """Queue sources that are neither running nor waiting.

        Args:
            sources: the name of each, and the host whose pace it shares; '' when it shares
                none, so that it may run beside any other.
        """
        queued = {name for name, _ in self._waiting} | self._running.keys()
        for name, host in sources:
            if name not in queued:
                queued.add(name)
                self._waiting.append((name, host))

    def poll(self) -> Sequence[Finished]:
        """Reap what ended and start what may start. Does not wait."""
        finished = []
        for source, process in list(self._running.items()):
            code = process.exitcode
            if code is not None:
                process.close()
                del self._running[source]
                del self._hosts[source]
                finished.append(Finished(source, code))
                if code < 0:
                    _log.warning("crawl process killed", source=source, signal=-code)
        while self._waiting and len(self._running) < self._parallel:
            position = pick_next(
                self._waiting, {host for host in self._hosts.values() if host}, self._last_turn
            )
            if position is None:
                break
            source, host = self._waiting.pop(position)
            self._turn += 1
            self._last_turn[host] = self._turn
            self._hosts[source] = host
            process = self._processes.Process(
                target=run_crawl,
                args=(self._workspace, source, self._options, dict(os.environ)),
                name=f"crawl {source}",
                daemon=True,  # not waited for without end if this process ends in an error
            )
            process.start()
            self._running[source] = process
        return finished

    def wait(self, seconds: float) -> None:
        """Wait so long, or until a crawl ends."""
        if self._running:
            wait([process.sentinel for process in self._running.values()], timeout=seconds)
        else:
            time.sleep(seconds)

    def stop(self) -> Sequence[Finished]:
        """Ask every running crawl to end, wait, and kill what does not."""
        self._waiting.clear()
        for process in self._running.values():
            process.terminate()
        end = time.monotonic() + _PATIENCE
        finished = []
        for source, process in self._running.items():
            process.join(timeout=max(0.1, end - time.monotonic()))
            if process.exitcode is None:
                _log.warning("crawl did not stop, killed", source=source)
                process.kill()
                process.join()
            code = process.exitcode
            process.close()
            finished.append(Finished(source, code or 0))
        self._running.clear()
        self._hosts.clear()
        return finished
