"""`foreland run`: everything in one process, until it is told to stop.

Each turn of the loop starts the crawls that are due, then does whatever the store says
is waiting. Nothing is handed from one part to the next but through the store, so that a
kill at any point is made good by the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import FrameType

import structlog

from crawler.app.crawl_process import CrawlOptions
from crawler.app.processes import CrawlProcesses
from crawler.app.watching import watch_sources
from crawler.app.wiring import App
from crawler.errors import ConfigError, IndexUnavailable, StoreError

_log = structlog.get_logger(__name__)

#: Seconds between two looks at the clock and the store.
_TURN = 1.0
#: Seconds after which a request to stop is seen at the latest.
_POLL = 0.1
#: Seconds to wait after the store or the index failed, before it is tried again.
_AFTER_FAULT = 10.0
#: After a start, every source may be overdue, and is no fault of the source.
_CATCHING_UP = timedelta(hours=1)


class Service:
    """The loop, and what it needs to be stopped cleanly."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stop = threading.Event()
        self._crawls = CrawlProcesses(
            app.config.workspace, app.config.crawl.parallel, CrawlOptions(scheduled=True)
        )
        self._rules_next = 0.0
        self._began = app.clock()
        self._caught_up = False

    def stop(self) -> None:
        """Ask the loop to end after what it is doing."""
        self._stop.set()

    def run(self) -> None:
        """Run until `stop`.

        Raises:
            ConfigError: another process already runs this workspace.
        """
        app = self._app
        with _only_one(app.config.path(Path("data/service.lock"))):
            self._run()

    def _run(self) -> None:
        app = self._app
        try:
            abandoned = app.store.abandon_runs(app.clock())
            if abandoned:
                _log.info("crawls cut off earlier", runs=abandoned)
            while not self._stop.is_set():
                pause = _TURN
                try:
                    if self._turn():
                        pause = 0.0
                except (StoreError, IndexUnavailable) as error:
                    # A full disk or a locked file may pass; what was committed is kept.
                    _log.error("waiting after a fault", error=str(error))
                    pause = _AFTER_FAULT
                self._rest(pause)
        finally:
            self._crawls.stop()
            _log.info("stopped")

    def _turn(self) -> bool:
        """One look at everything. Says whether more posts are likely to wait."""
        app = self._app
        self._crawls.add((source.name, app.pace_of(source)) for source in app.find_due())
        self._poll()
        # One batch a turn: a backlog must not keep crawls, mail or the lease waiting.
        processed = self._app.process(batches=1)
        self._alert()
        return processed.analysed > 0

    def _poll(self) -> None:
        for finished in self._crawls.poll():
            _log.info("crawl ended", source=finished.source, code=finished.code)

    def _rest(self, seconds: float) -> None:
        """Wait, and let the next crawl begin as soon as one has ended."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stop.is_set():
            self._crawls.wait(min(left, _POLL))
            self._poll()

    def _alert(self) -> None:
        app = self._app
        now = app.clock().timestamp()
        if now < self._rules_next:
            return
        self._rules_next = now + app.config.alerts.every
        app.evaluate_rules()
        if self._may_judge():
            watch_sources(app)
        app.deliver_mail()

    def _may_judge(self) -> bool:
        """Whether what the machine missed while it was off has been caught up with."""
        up = self._app.clock() - self._began
        self._caught_up = self._caught_up or not len(self._crawls) or up > _CATCHING_UP
        return self._caught_up


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the lock of a workspace. The kernel lets it go when this process dies, however.

    Raises:
        ConfigError: another process holds it, or it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise ConfigError.one(path, f"cannot be made: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "foreland run is already running for this workspace: stop it first"
            raise ConfigError.one(path, message) from error
        yield


@contextlib.contextmanager
def on_signals(stop: threading.Event | Service) -> Iterator[None]:
    """While inside, SIGTERM and Ctrl-C ask for a clean end instead of cutting off."""

    def ask(number: int, frame: FrameType | None) -> None:
        if isinstance(stop, Service):
            stop.stop()
        else:
            stop.set()

    earlier = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
