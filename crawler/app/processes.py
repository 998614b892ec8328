"""Runs each crawl in a process of its own.

A reactor starts once in a process, and a browser's growth of memory dies with its process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

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
        options: of each crawl, before the source's name.
    """

    def __init__(self, workspace: Path, parallel: int, options: Sequence[str] = ()) -> None:
        self._workspace = workspace
        self._parallel = parallel
        self._options = options
        self._waiting: list[tuple[str, str]] = []
        self._hosts: dict[str, str] = {}  #: of what runs
        self._last_turn: dict[str, int] = {}
        self._turn = 0
        self._running: dict[str, subprocess.Popen[bytes]] = {}

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
        self._waiting += [(name, host) for name, host in sources if name not in queued]

    def poll(self) -> Sequence[Finished]:
        """Reap what ended and start what may start. Does not wait."""
        finished = []
        for source, process in list(self._running.items()):
            code = process.poll()
            if code is not None:
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
            self._running[source] = subprocess.Popen(  # noqa: S603  our own interpreter and words
                [
                    sys.executable,
                    # Nothing is imported from the folder it is called in: a workspace has a
                    # folder named rules, and need not be trusted.
                    "-P",
                    "-m",
                    "crawler.cli",
                    "--workspace",
                    str(self._workspace),
                    "crawl",
                    "--with-parent",
                    *self._options,
                    "--",
                    source,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Apart from the terminal's Ctrl-C: `stop` asks each crawl once, in order.
                start_new_session=True,
            )
        return finished

    def stop(self) -> Sequence[Finished]:
        """Ask every running crawl to end, wait, and kill what does not."""
        self._waiting.clear()
        for process in self._running.values():
            process.terminate()
        end = time.monotonic() + _PATIENCE
        finished = []
        for source, process in self._running.items():
            try:
                code = process.wait(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("crawl did not stop, killed", source=source)
                process.kill()
                code = process.wait()
            finished.append(Finished(source, code))
        self._running.clear()
        self._hosts.clear()
        return finished
