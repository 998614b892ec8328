"""One crawl of one source, in this process: what `foreland crawl NAME` runs.

A process runs one crawl and ends: a browser's memory goes with it, and Twisted's reactor
cannot be started twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import getpass
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from crawler import __version__
from crawler.app.collecting import StoreSink, conclude, may_stop_at_known
from crawler.app.crawl_settings import crawl_settings
from crawler.app.due import find_due, state_after, state_after_kill
from crawler.app.guard import enter, refuse
from crawler.app.sealing import seal
from crawler.app.source_pass import end_pass, find_pass
from crawler.app.turns import StoreTurns
from crawler.archive import WarcArchive
from crawler.chromium import find_chromium
from crawler.config import Config
from crawler.errors import ArchiveError, StoreError
from crawler.store import Store, open_store
from crawler.types import Outcome, Page, Parsed, PostStatus, Run, SourceState
from spiders.sink import Sink
from spiders.source import Source

_log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

#: A crawl that was killed keeps others from its source for this long at most.
LEASE = 15.0  # seconds
_RENEWED = 4.0  # seconds between renewals
#: Seconds that pages on their way have left when the crawl is asked to stop.
_PATIENCE = 5.0
_BEAT = 0.2  # seconds between looks at what is to be committed or renewed


def crawl_source(
    config: Config,
    source: Source,
    *,
    clock: Clock,
    concurrency: int = 1,
    full: bool = False,
    since: datetime | None = None,
    scheduled: bool = False,
) -> Run:
    """Crawl a source into the store and the archive, and return how that went.

    SIGTERM and SIGINT end it early with everything kept that was read: `interrupted`. A run
    that was cut off, however, is gone on with where it stopped.

    Args:
        config: of the workspace.
        source: what to crawl.
        clock: gives the time, in UTC.
        concurrency: requests at once to the one host. More than one is for sites that are
            one's own.
        full: go through everything anew, known or not.
        since: go back to what was posted at this time, known or not.
        scheduled: only if the source is due, which another process may have seen to; and
            pause after `crawl.turn` seconds, so that other sources have their turn.

    Returns:
        The run as the store has it. When nothing was to be done (another process crawls the
        source, it is outside its hours), a run with the id 0 that says so.

    Raises:
        StoreError: the store or the archive cannot be written (full disk, locked). What was
            committed stays, and the next run goes on from there.
    """
    with_store = open_store(config.database_url)
    try:
        return _Crawl(config, source, with_store, clock, concurrency, full, since, scheduled).run()
    finally:
        with_store.close()


class Collecting(Sink, Protocol):
    """A spider's sink that writes now and then."""

    def commit_if_due(self) -> None:
        """Write what has waited long enough."""


def scrape_page(
    config: Config,
    source: Source,
    store: Store,
    sink: Collecting,
    *,
    clock: Clock,
    parse: Callable[[Page, Source], Parsed] | None = None,
) -> None:
    """Fetch the first page of a source into a sink, and nothing else.

    `parse` reads the page, in place of the platform's parser.

    Raises:
        ArchiveError, StoreError: the sink could not keep the page.
    """
    one_page = source.model_copy(update={"pace": source.pace.model_copy(update={"max_pages": 1})})
    crawl = _Crawl(config, one_page, store, clock, 1, full=False, since=None, scheduled=False)
    spider = crawl.scrape_alone(sink, parse=parse)
    if spider.fatal is not None:
        raise spider.fatal


class _Crawl:
    """One run: lease, history, and the Scrapy process between them."""

    def __init__(
        self,
        config: Config,
        source: Source,
        store: Store,
        clock: Clock,
        concurrency: int,
        full: bool,
        since: datetime | None,
        scheduled: bool,
    ) -> None:
        self._config = config
        self._source = source
        self._store = store
        self._clock = clock
        self._concurrency = concurrency
        self._full = full
        self._since = since
        self._scheduled = scheduled
        self._turns = StoreTurns(store, clock)
        self._paused = ""  #: why the run was stopped by ourselves
        self._lease = f"crawl:{source.name}"
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._max_pages = source.pace.max_pages or config.crawl.max_pages

    def run(self) -> Run:
        """Everything, and the run as the store has it."""
        if not self._source.is_open(self._clock(), self._config.time_zone):
            return self._not_run(Outcome.PAUSED, f"outside its hours ({self._source.hours})")
        if not self._take_lease():
            detail = "another process is crawling this source"
            return self._not_run(Outcome.INTERRUPTED, detail)
        started = self._clock()
        try:
            if self._scheduled and not find_due(
                [self._source], self._store, started, self._config, owner=self._source.name
            ):
                return self._not_run(Outcome.UNCHANGED, "another process has just collected it")
            earlier = self._store.runs(self._source.name, limit=50)
            self._close_runs(earlier, started)
            run_id = self._store.start_run(self._source.name, started)
            try:
                return self._crawl(run_id, started, earlier)
            except ArchiveError as error:
                raise StoreError(f"archive: {error}") from error
        finally:
            self._release_lease()

    def scrape_alone(self, sink: Collecting, **more: Any) -> Any:
        """As `scrape`, beside whatever crawl of the source there may be."""
        self._lease = f"page:{self._owner}"
        self._take_lease()
        try:
            return self.scrape(sink, **more)
        finally:
            self._release_lease()

    def _not_run(self, outcome: Outcome, detail: str) -> Run:
        now = self._clock()
        return Run(0, self._source.name, now, now, outcome, detail)

    def _release_lease(self) -> None:
        try:
            self._store.release_lease(self._lease, self._owner)
        except StoreError as error:
            # It runs out by itself; the run's own error is the one to be told.
            _log.warning("lease not released", source=self._source.name, detail=str(error))

    def _close_runs(self, earlier: list[Run], now: datetime) -> None:
        # We hold the lease: whatever is open was killed.
        detail = "the process that ran it ended without a word"
        for run in earlier:
            if run.ended_at is None:
                self._store.end_run(run.id, now, Outcome.INTERRUPTED, detail=detail)
        state = self._state()
        rests = state_after_kill(earlier[0], state, now) if earlier else state
        if rests != state:
            self._store.put_source_state(rests)

    def _take_lease(self) -> bool:
        # A lease that nobody renews ends within its length: only then is it a live one's.
        # The scheduler comes by again; whoever asked by hand waits for a dead one's to end.
        until = time.monotonic() + (0 if self._scheduled else LEASE + 1)
        while not self._store.acquire_lease(self._lease, self._owner, self._clock(), LEASE):
            if time.monotonic() > until:
                return False
            time.sleep(0.5)
        return True

    def _crawl(self, run_id: int, started: datetime, earlier: list[Run]) -> Run:
        run = Run(run_id, self._source.name, started)
        refusal = self._refusal(started)
        if refusal is not None:
            return self._end(replace(run, outcome=refusal[0], detail=refusal[1]))
        self._store.log_event(
            "collection",
            user=self._collector(),
            object=self._source.url,
            reason=self._source.justification,
            at=started,
        )
        current = find_pass(
            self._store,
            self._source,
            started,
            full=self._full,
            since=self._since,
            may_update=may_stop_at_known(earlier, self._max_pages),
        )
        frontier = self._store.frontier(self._source.name)
        archive = WarcArchive(
            self._config.path(self._config.archive), collector=self._collector(), clock=self._clock
        )
        sink = StoreSink(self._store, archive, self._source, current)
        spider: Any = None
        fatal: StoreError | ArchiveError | None = None
        try:
            spider = self.scrape(sink, frontier=frontier, since=current.since)
            fatal = spider.fatal
            if fatal is None:
                sink.commit()
        except StoreError as error:
            fatal = error
        finally:
            archive.close()
        if fatal is None:
            try:
                seal(
                    self._config,
                    self._store,
                    archive.written,
                    user=self._collector(),
                    clock=self._clock,
                )
            except StoreError as error:
                fatal = error
        run = replace(
            run,
            pages=spider.pages if spider is not None else sink.pages,
            posts_seen=sink.posts_seen,
            posts_new=sink.statuses[PostStatus.NEW],
            posts_changed=sink.statuses[PostStatus.CHANGED],
            failures=tuple((fault.value, url, detail) for fault, url, detail in sink.failures),
        )
        if fatal is not None:
            self._end_failed(replace(run, outcome=Outcome.STORE_FAILED, detail=str(fatal)))
            raise fatal
        self._store.put_run_fields(run_id, sink.with_field)
        outcome, detail = conclude(
            sink,
            self._source,
            interrupted=spider.close_reason != "finished",
            capped=spider.capped,
            # A run that finishes another's pass need not yield what a whole one does.
            stop_at_known=not current.whole or bool(frontier),
            paused=self._paused if spider.close_reason != "finished" else "",
        )
        run = replace(run, outcome=outcome, detail=detail)
        if spider.close_reason != "finished" or (spider.capped and not sink.faulty):
            return self._end(run)  # the pass stays open: the next run goes on with it
        whole = current.whole or not (spider.stopped_early or frontier or current.since)
        complete = not sink.faulty and outcome is not Outcome.BELOW_EXPECTED
        judged, removed = end_pass(
            self._store,
            self._source,
            current,
            whole=whole,
            complete=complete,
            out_of_order=sink.out_of_order,
            now=self._clock(),
        )
        return self._end(
            replace(
                run,
                complete=complete,
                posts_removed=removed,
                ids_expected=judged.ids_expected,
                ids_seen=judged.ids_seen,
            )
        )

    def _refusal(self, now: datetime) -> tuple[Outcome, str] | None:
        refusal = refuse(self._config, self._source, now)
        if refusal:
            return Outcome.NOT_AUTHORISED, refusal
        if self._source.render == "js" and find_chromium(self._config.crawl.chromium) is None:
            detail = "no Chromium was found: install one, or set crawl.chromium"
            return Outcome.BROWSER_FAILED, detail
        refusal = enter(self._config, self._store, self._source, now, how="crawl")
        if refusal:
            return Outcome.NOT_AUTHORISED, refusal
        return None

    def scrape(self, sink: Collecting, **more: Any) -> Any:
        """Run Scrapy until there is nothing more to fetch; the spider afterwards.

        `more` is given to the spider.
        """
        # Scrapy is imported by the process that crawls, and by no other.
        from scrapy import signals
        from scrapy.crawler import AsyncCrawlerProcess

        from spiders.base import SourceSpider

        logging.disable(logging.WARNING)  # the constructor tells every version it finds
        try:
            process = AsyncCrawlerProcess(
                crawl_settings(self._config, self._source, concurrency=self._concurrency)
            )
        finally:
            logging.disable(logging.NOTSET)
        # Scrapy has just set its own loggers to DEBUG. What concerns a person is told as
        # the outcome of a page; what is left are faults of Scrapy's own.
        for name in ("scrapy", "scrapy-playwright", "twisted"):
            logging.getLogger(name).setLevel(logging.ERROR)
        crawler = process.create_crawler(SourceSpider)
        beats: list[asyncio.Task[None]] = []
        stopping: list[asyncio.Task[None]] = []  # kept: a task that nobody holds may vanish

        async def beat() -> None:
            began = renewed = time.monotonic()
            closing: float | None = None
            while True:
                await asyncio.sleep(_BEAT)
                if not crawler.crawling:
                    closing = closing or time.monotonic()
                    if time.monotonic() - closing > _PATIENCE:
                        _stop_reactor()
                try:
                    sink.commit_if_due()
                    self._paused = self._paused or self._why_pause(time.monotonic() - began)
                    if self._paused and not stopping:
                        stopping.append(asyncio.create_task(crawler.stop_async()))
                    if time.monotonic() - renewed >= _RENEWED:
                        renewed = time.monotonic()
                        self._store.renew_lease(self._lease, self._owner, self._clock(), LEASE)
                except StoreError as error:
                    spider = crawler.spider
                    if isinstance(spider, SourceSpider):
                        spider.fatal = spider.fatal or error
                    # Apart from this task, which is cancelled when the engine stops.
                    stopping.append(asyncio.create_task(crawler.stop_async()))
                    return

        def begin() -> None:
            beats.append(asyncio.get_running_loop().create_task(beat()))

        def end() -> None:
            for task in beats:
                task.cancel()

        crawler.signals.connect(begin, signal=signals.engine_started, weak=False)
        crawler.signals.connect(end, signal=signals.engine_stopped, weak=False)
        process.crawl(
            crawler,
            source=self._source,
            sink=sink,
            max_pages=self._max_pages,
            clock=self._clock,
            timeout=self._config.crawl.timeout,
            turns=self._turns,
            **more,
        )
        # What is loaded stays until the process ends: the collector need not look through it
        # again and again, which took a twentieth of a crawl.
        gc.freeze()
        process.start()
        return crawler.spider

    def _why_pause(self, seconds: float) -> str:
        """Why the crawl is to stop now and go on later; '' when it is not to."""
        if not self._source.is_open(self._clock(), self._config.time_zone):
            return f"its hours are over ({self._source.hours})"
        if self._scheduled and seconds > self._config.crawl.turn:
            return f"paused after {seconds:.0f} seconds for other sources (crawl.turn)"
        return ""

    def _end(self, run: Run) -> Run:
        ended = replace(run, ended_at=self._clock())
        if ended.ended_at is None or ended.outcome is None:
            raise ValueError("a run ends at a time, with an outcome")
        self._store.end_run(
            ended.id,
            ended.ended_at,
            ended.outcome,
            detail=ended.detail,
            pages=ended.pages,
            posts_seen=ended.posts_seen,
            posts_new=ended.posts_new,
            posts_changed=ended.posts_changed,
            failures=ended.failures,
            complete=ended.complete,
            posts_removed=ended.posts_removed,
            ids_expected=ended.ids_expected,
            ids_seen=ended.ids_seen,
        )
        earlier = self._state()
        state = state_after(ended, earlier, asked_to_wait=self._turns.held)
        if state != earlier:
            self._store.put_source_state(state)
        _log.info(
            "run ended",
            source=ended.source,
            status=ended.outcome.value,
            detail=ended.detail,
            pages=ended.pages,
            posts=ended.posts_seen,
            new=ended.posts_new,
            changed=ended.posts_changed,
            removed=ended.posts_removed,
        )
        return ended

    def _state(self) -> SourceState:
        name = self._source.name
        return self._store.source_states().get(name, SourceState(name))

    def _end_failed(self, run: Run) -> None:
        try:
            self._end(run)
        except StoreError as error:
            # The disk is full: the run stays open, and is found abandoned later.
            _log.warning("run not ended", source=run.source, detail=str(error))

    def _collector(self) -> str:
        configured = self._config.collector
        who = configured or f"{getpass.getuser()}@{socket.gethostname()}"
        return f"{who} foreland/{__version__}"


def _stop_reactor() -> None:
    from twisted.internet import reactor
    from twisted.internet.error import ReactorNotRunning

    with contextlib.suppress(ReactorNotRunning):
        reactor.stop()  # type: ignore[misc]  # the reactor is put in place at run time
