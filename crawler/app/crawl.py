"""One crawl of one source, in this process: what `foreland crawl NAME` runs.

A process runs one crawl and ends: a browser's memory goes with it, and Twisted's reactor
cannot be started twice.
"""

from __future__ import annotations

import asyncio
import contextlib
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
from zoneinfo import ZoneInfo

import structlog

from crawler import __version__
from crawler.app.collecting import StoreSink, conclude, may_stop_at_known
from crawler.app.sealing import seal
from crawler.archive import WarcArchive
from crawler.chromium import find_chromium, launch_arguments
from crawler.config import Config
from crawler.errors import ArchiveError, StoreError
from crawler.store import Store, open_store
from crawler.types import Outcome, Page, Parsed, PostStatus, Run
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


def crawl_source(config: Config, source: Source, *, clock: Clock, concurrency: int = 1) -> Run:
    """Crawl a source into the store and the archive, and return how that went.

    SIGTERM and SIGINT end it early with everything kept that was read: `interrupted`.

    Args:
        config: of the workspace.
        source: what to crawl.
        clock: gives the time, in UTC.
        concurrency: requests at once to the one host. More than one is for sites that are
            one's own.

    Returns:
        The run as the store has it. While another process crawls the source, a run with
        the id 0 that says so.

    Raises:
        StoreError: the store or the archive cannot be written (full disk, locked). What was
            committed stays, and the next run goes on from there.
    """
    with_store = open_store(config.database_url)
    try:
        return _Crawl(config, source, with_store, clock, concurrency).run()
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
    spider = _Crawl(config, one_page, store, clock, 1).scrape_alone(sink, parse=parse)
    if spider.fatal is not None:
        raise spider.fatal


class _Crawl:
    """One run: lease, history, and the Scrapy process between them."""

    def __init__(
        self, config: Config, source: Source, store: Store, clock: Clock, concurrency: int
    ) -> None:
        self._config = config
        self._source = source
        self._store = store
        self._clock = clock
        self._concurrency = concurrency
        self._lease = f"crawl:{source.name}"
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._max_pages = source.pace.max_pages or config.crawl.max_pages

    def run(self) -> Run:
        """Everything, and the run as the store has it."""
        started = self._clock()
        if not self._take_lease():
            detail = "another process is crawling this source"
            return Run(0, self._source.name, started, self._clock(), Outcome.INTERRUPTED, detail)
        try:
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

    def _take_lease(self) -> bool:
        # A lease that nobody renews ends within its length: only then is it a live one's.
        until = time.monotonic() + LEASE + 1
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
            reason=f"{self._source.purpose} ({self._source.authority})",
            at=started,
        )
        stop_at_known = may_stop_at_known(earlier, self._max_pages)
        archive = WarcArchive(
            self._config.path(self._config.archive), collector=self._collector(), clock=self._clock
        )
        sink = StoreSink(self._store, archive, self._source, stop_at_known=stop_at_known)
        spider: Any = None
        fatal: StoreError | ArchiveError | None = None
        try:
            spider = self.scrape(sink)
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
        outcome, detail = conclude(
            sink,
            self._source,
            interrupted=spider.close_reason != "finished",
            capped=spider.capped,
            stop_at_known=stop_at_known,
        )
        return self._end(replace(run, outcome=outcome, detail=detail))

    def _refusal(self, now: datetime) -> tuple[Outcome, str] | None:
        today = now.astimezone(ZoneInfo(self._config.time_zone)).date()
        if not self._source.authorised_on(today):
            day = self._source.review_date.isoformat()
            return Outcome.NOT_AUTHORISED, f"the review date has passed: {day}"
        if self._source.render == "js" and find_chromium(self._config.crawl.chromium) is None:
            detail = "no Chromium was found: install one, or set crawl.chromium"
            return Outcome.BROWSER_FAILED, detail
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
            process = AsyncCrawlerProcess(self._settings())
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
            renewed = time.monotonic()
            closing: float | None = None
            while True:
                await asyncio.sleep(_BEAT)
                if not crawler.crawling:
                    closing = closing or time.monotonic()
                    if time.monotonic() - closing > _PATIENCE:
                        _stop_reactor()
                try:
                    sink.commit_if_due()
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
            **more,
        )
        process.start()
        return crawler.spider

    def _settings(self) -> Any:
        from scrapy.settings import Settings

        from crawler import settings as ours
        from crawler.middlewares.browser import Unwanted

        crawl, pace = self._config.crawl, self._source.pace
        delay = crawl.delay if pace.delay is None else pace.delay
        settings = Settings()
        settings.setmodule(ours)
        settings.update(
            {
                "USER_AGENT": crawl.user_agent,
                "DOWNLOAD_DELAY": delay,
                "AUTOTHROTTLE_ENABLED": delay > 0,
                "DOWNLOAD_TIMEOUT": crawl.timeout,
                "DOWNLOAD_MAXSIZE": crawl.max_bytes,
                "CONCURRENT_REQUESTS": self._concurrency,
                "CONCURRENT_REQUESTS_PER_DOMAIN": self._concurrency,
            },
            priority="cmdline",
        )
        if self._source.render == "js":
            executable = find_chromium(crawl.chromium)
            settings.update(
                {
                    **ours.PLAYWRIGHT,
                    "PLAYWRIGHT_ABORT_REQUEST": Unwanted(
                        self._source.browser.allow_hosts, self._source.browser.screenshot
                    ),
                    "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": crawl.timeout * 1000,
                    "PLAYWRIGHT_LAUNCH_OPTIONS": {
                        "executable_path": str(executable),
                        "headless": True,
                        "args": launch_arguments(),
                        "timeout": crawl.timeout * 1000,
                    },
                },
                priority="cmdline",
            )
        return settings

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
        )
        _log.info(
            "run ended",
            source=ended.source,
            status=ended.outcome.value,
            detail=ended.detail,
            pages=ended.pages,
            posts=ended.posts_seen,
            new=ended.posts_new,
            changed=ended.posts_changed,
        )
        return ended

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
