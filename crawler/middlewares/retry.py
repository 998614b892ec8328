"""Tries again what may work later, and waits as long as the server asks.

Scrapy's own middleware tries again at once and does not read Retry-After.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.config import LONGEST_WAIT
from crawler.middlewares.turns import host_of, turns_of

_STATUSES = frozenset({429, 503})


class PatientRetryMiddleware(RetryMiddleware):
    """Retries with Retry-After honoured for the whole host."""

    def process_response(
        self, request: Request, response: Response, spider: object = None
    ) -> Request | Response:
        """The response, or the request to be made again."""
        if response.status in _STATUSES and not request.meta.get("dont_retry", False):
            wait = retry_after(response.headers.get(b"Retry-After"), datetime.now(UTC))
            if wait is not None:
                turns = turns_of(self.crawler)
                if turns is not None:
                    turns.hold(host_of(request), wait)
                if wait > LONGEST_WAIT:
                    return response
                self._hold(request, wait)
        return super().process_response(request, response)

    async def process_request(self, request: Request) -> None:
        """Wait until the host may be asked again."""
        host = urlparse_cached(request).netloc
        left = self._not_before.get(host, 0.0) - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)

    @property
    def _not_before(self) -> dict[str, float]:
        held: dict[str, float] = self.__dict__.setdefault("_held", {})
        return held

    def _hold(self, request: Request, wait: float) -> None:
        host = urlparse_cached(request).netloc
        until = time.monotonic() + wait
        self._not_before[host] = max(self._not_before.get(host, 0.0), until)


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for; None without a readable one."""
    text = (value or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
