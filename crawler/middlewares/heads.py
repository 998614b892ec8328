"""Download handlers that take only so much before a page's body begins.

Twisted bounds the length of a header line, and not how many there are: a server that never
ends them filled 1.4 GB in three seconds. A body has its own bound (crawl.max_bytes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.exceptions import DownloadFailedError
from twisted.web._newclient import ResponseFailed

from crawler.middlewares.refusal import Refused
from crawler.types import Outcome

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure
    from twisted.web._newclient import HTTP11ClientProtocol
    from twisted.web._newclient import Request as TxRequest
    from twisted.web.iweb import IResponse

#: What browsers take of the headers of one answer, with its status line: 256 KiB.
LARGEST_HEAD = 256 * 1024  # bytes
#: Each costs memory beyond its bytes. No site has a tenth of these.
MOST_LINES = 2000


class HeadTooLarge(Exception):
    """Raised while headers are read, to end the connection."""


class BoundedParser(_LenientHTTPClientParser):
    """Counts the lines of an answer before its body, interim answers (1xx) among them."""

    MAX_LENGTH = LARGEST_HEAD  # of one line; Twisted's would hang up at 16 KiB without a word
    _bytes = 0
    _lines = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take a line, or raise `HeadTooLarge`."""
        self._lines += 1
        self._bytes += len(line) + 1
        if self._bytes > LARGEST_HEAD or self._lines > MOST_LINES:
            raise HeadTooLarge
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """Twisted calls this for a line that does not end."""
        raise HeadTooLarge


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """A connection whose answers are read by `BoundedParser`."""

    def request(self, request: TxRequest) -> Deferred[IResponse]:
        """Send a request."""
        answer = super().request(request)
        if self._parser is not None:
            # As Scrapy puts its own parser in place; ours as well adds no state but counts.
            self._parser.__class__ = BoundedParser
        return answer

    def _giveUp(self, reason: Failure) -> None:  # noqa: N802
        # Twisted would close politely: over TLS it goes on receiving until the other side
        # agrees, which this one does not.
        if isinstance(reason.value, HeadTooLarge) and self.transport is not None:
            self.transport.abortConnection()
        super()._giveUp(reason)  # type: ignore[no-untyped-call]


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes the connections of a handler's pool."""

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802
        """A connection."""
        return BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class Bounded(HTTP11DownloadHandler):
    """Scrapy's handler over such connections; `too_large` where the headers are."""

    def __init__(self, crawler: Crawler, **more: Any) -> None:
        super().__init__(crawler, **more)
        self._pool._factory = BoundedFactory  # noqa: SLF001 - Scrapy sets its own as well

    async def download_request(self, request: Request) -> Response:
        """The answer, or `Refused`."""
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            cause = error.__cause__
            reasons: Any = cause.reasons if isinstance(cause, ResponseFailed) else ()
            if not any(isinstance(reason.value, HeadTooLarge) for reason in reasons):
                raise
            detail = f"more than {LARGEST_HEAD // 1024} KiB or {MOST_LINES} lines of headers"
            # Not tried again, as what merely fails is.
            raise Refused(Outcome.TOO_LARGE, detail) from None
