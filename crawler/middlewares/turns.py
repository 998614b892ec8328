"""One pace a host, whoever asks: waits for the host's next turn before a request is sent.

Scrapy keeps its delay within one process. Two sources on one host, each crawled by a process
of its own, would ask twice as often; so turns are taken from a place that all of them share.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.config import LONGEST_WAIT
from crawler.middlewares.refusal import Refused
from crawler.types import Outcome

_TURN = "turn_delay"


class Turns(Protocol):
    """Where turns are taken: the spider's `turns`. Both methods raise StoreError."""

    def take(self, host: str, delay: float) -> float:
        """Take the turn, if it has come (0); otherwise the seconds until one may ask again."""

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody ask the host for so long."""


class TurnsMiddleware:
    """Stands next to the downloader: what comes after a turn is the request itself."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._delay = crawler.settings.getfloat("DOWNLOAD_DELAY")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TurnsMiddleware:
        """As Scrapy asks for it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for a turn, or raise `Refused` when it is too far away."""
        turns = turns_of(self._crawler)
        delay = max(self._delay, self._slot_delay(request), request.meta.get("crawl_delay", 0.0))
        if turns is None or delay <= 0:
            return
        request.meta[_TURN] = delay
        while (wait := turns.take(host_of(request), delay)) > 0:
            if wait > max(LONGEST_WAIT, delay):
                detail = f"the host is not to be asked for another {wait:.0f} seconds"
                raise Refused(Outcome.RATE_LIMITED, detail)
            await asyncio.sleep(wait)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response; where the host turns out to be slower, the next turn comes later."""
        turns = turns_of(self._crawler)
        taken = request.meta.get(_TURN)
        if turns is not None and taken is not None:
            delay = self._slot_delay(request)  # AutoThrottle has just adjusted it
            if delay > taken:
                turns.hold(host_of(request), delay)
        return response

    def _slot_delay(self, request: Request) -> float:
        engine = self._crawler.engine
        key = request.meta.get("download_slot") or urlparse_cached(request).hostname or ""
        slot = None if engine is None else engine.downloader.slots.get(key)
        return 0.0 if slot is None else slot.delay


def turns_of(crawler: Crawler) -> Turns | None:
    """The turns of the crawl's spider, if it has any."""
    turns: Turns | None = getattr(crawler.spider, "turns", None)
    return turns


def host_of(request: Request) -> str:
    """The name under which all that share a server's pace are known."""
    return (urlparse_cached(request).hostname or "").removeprefix("www.")
