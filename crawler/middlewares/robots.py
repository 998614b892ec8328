"""robots.txt, obeyed.

In place of Scrapy's own middleware, which has two faults (seen on 2.19.0): when several
requests wait for one robots.txt the later ones are let through unchecked, and a robots.txt
that answers 5xx or cannot be reached counts as permission. RFC 9309, section 2.3.1.4, says
the opposite of the second. It also does not apply Crawl-delay.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.middlewares.refusal import Refused
from crawler.types import Outcome

#: RFC 9309, section 2.5: at least this much of the file is read. The rest is not.
LARGEST = 500 * 1024  # bytes
#: RFC 9309, section 2.4: not used for longer than this without asking again.
KEPT = 24 * 3600.0  # seconds
#: RFC 9309, section 2.3.1.2: at least five redirects are followed.
REDIRECTS = 5
_TIMEOUT = 20.0  # seconds
_PRIORITY = 1000
#: More than `LARGEST` must be let through to be cut there; this bounds what it unpacks to.
_MAXSIZE = 64_000_000
_MARK = "foreland_robots"
_UNREACHABLE = (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a host allows: rules, everything (None, no fault) or nothing (a fault)."""

    rules: Protego | None
    fault: str
    fetched: float


class RobotsMiddleware:
    """Refuses what robots.txt disallows, and everything where it cannot be had."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        configured = crawler.settings.get("ROBOTSTXT_USER_AGENT")
        self._agent = product_token(str(configured or crawler.settings["USER_AGENT"]))
        self._timeout = min(_TIMEOUT, crawler.settings.getfloat("DOWNLOAD_TIMEOUT"))
        self._known: dict[str, _Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._received: dict[int, int] = {}
        crawler.signals.connect(self._cut, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """As Scrapy asks for it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request through, or raise `Refused`."""
        if request.meta.get(_MARK) or request.url.startswith(("data:", "file:")):
            return
        rules = await self._rules(request.url)
        self._check(rules, request.url)
        if rules.rules is not None:
            self._slow_down(request, rules.rules)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response, unless a browser was redirected to where it may not be."""
        if request.meta.get("playwright") and response.url != request.url:
            # A browser follows redirects itself: this is the first we hear of them.
            self._check(await self._rules(response.url), response.url)
        return response

    def _check(self, rules: _Rules, url: str) -> None:
        if rules.fault:
            raise Refused(Outcome.ROBOTS_UNREACHABLE, rules.fault)
        if rules.rules is not None and not rules.rules.can_fetch(url, self._agent):
            raise Refused(Outcome.ROBOTS_DISALLOWED, "robots.txt disallows this address")

    async def _rules(self, url: str) -> _Rules:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        # One lock a host: whoever waits sees the same answer as who asked first.
        async with self._locks.setdefault(origin, asyncio.Lock()):
            known = self._known.get(origin)
            if known is None or time.monotonic() - known.fetched > KEPT:
                known = await self._fetch(f"{origin}/robots.txt")
                self._known[origin] = known
            return known

    async def _fetch(self, url: str) -> _Rules:
        request = Request(
            url,
            priority=_PRIORITY,
            callback=NO_CALLBACK,
            dont_filter=True,
            # gzip would make "the first 500 KiB" mean something else
            headers={"Accept-Encoding": "identity"},
            meta={
                _MARK: True,
                "allow_offsite": True,
                "redirect_ttl": REDIRECTS,
                "max_retry_times": 1,
                "download_timeout": self._timeout,
                "download_maxsize": _MAXSIZE,
                "autothrottle_dont_adjust_delay": True,
            },
        )
        now = time.monotonic()
        engine = self._crawler.engine
        if engine is None:
            raise RuntimeError("the crawl has no engine yet")
        try:
            response = await engine.download_async(request)
        except _UNREACHABLE as error:
            if isinstance(error, Refused) and error.outcome is Outcome.RATE_LIMITED:
                raise  # not asked yet: it says nothing of robots.txt
            reason = str(error) or type(error).__name__
            return _Rules(None, f"{url} cannot be reached ({reason}): nothing is fetched", now)
        finally:
            self._received.pop(id(request), None)
        status = response.status
        if status == 429 or status >= 500 or 300 <= status < 400:
            return _Rules(None, f"{url} answers HTTP {status}: nothing is fetched", now)
        if status >= 400:
            return _Rules(None, "", now)
        body = response.body[:LARGEST]
        if len(response.body) > LARGEST or "download_stopped" in response.flags:
            body = body.rpartition(b"\n")[0]  # a rule cut in two could mean anything
        text = body.decode("utf-8", "replace").removeprefix("\ufeff")
        return _Rules(Protego.parse(text), "", now)

    def _cut(self, data: bytes, request: Request) -> None:
        if not request.meta.get(_MARK):
            return
        key = id(request)
        self._received[key] = self._received.get(key, 0) + len(data)
        if self._received[key] > LARGEST:
            self._received.pop(key)
            raise StopDownload(fail=False)

    def _slow_down(self, request: Request, rules: Protego) -> None:
        delay = rules.crawl_delay(self._agent)
        engine = self._crawler.engine
        if not delay or engine is None:
            return
        request.meta["crawl_delay"] = float(delay)  # for the turns that processes share
        downloader = engine.downloader
        slot = downloader.slots.get(request.meta.get("download_slot") or _slot_key(request))
        if slot is None or delay <= slot.delay:
            return
        slot.delay = float(delay)
        slot.jitter = 0.0  # it would go below what was asked for
        slot.concurrency = 1
        # AutoThrottle would lower the delay again after the next quick answer.
        request.meta["autothrottle_dont_adjust_delay"] = True


def product_token(user_agent: str) -> str:
    """The name by which a robots.txt speaks to us (RFC 9309, section 2.2.1).

    >>> product_token("Foreland/0.1 (+https://example.org/foreland)")
    'Foreland'
    """
    match = re.match(r"[A-Za-z_-]+", user_agent)
    return match.group() if match else user_agent


def _slot_key(request: Request) -> str:
    return urlparse_cached(request).hostname or ""
