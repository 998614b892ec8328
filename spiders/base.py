"""The one spider: it runs any `Source`.

Each page is archived, then parsed, and its next pages are followed. What goes wrong with
a page becomes a named outcome of that page, and the run goes on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag, urlsplit

import scrapy
import structlog
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import ArchiveError, Blocked, Damaged, LayoutChanged, LoginRequired, StoreError
from crawler.types import FrontierPage, Outcome, Page, Parsed
from spiders.browser import browser_meta, screenshot_of
from spiders.sink import Sink
from spiders.sites import find_parser, is_forum
from spiders.source import Source
from spiders.walls import find_page_wall

_log = structlog.get_logger(__name__)

#: HTTP statuses that are not success, and what they mean for a page.
_STATUSES = {
    401: Outcome.LOGIN_REQUIRED,
    403: Outcome.BLOCKED,
    404: Outcome.GONE,
    407: Outcome.BLOCKED,
    408: Outcome.TIMEOUT,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
    451: Outcome.BLOCKED,
}
_FAILURES: tuple[tuple[type[Exception], Outcome], ...] = (
    (DownloadTimeoutError, Outcome.TIMEOUT),
    (TimeoutError, Outcome.TIMEOUT),
    (DownloadCancelledError, Outcome.TOO_LARGE),
    (ResponseDataLossError, Outcome.BROKEN),
    (CannotResolveHostError, Outcome.UNREACHABLE),
    (DownloadConnectionRefusedError, Outcome.UNREACHABLE),
    (DownloadFailedError, Outcome.UNREACHABLE),
    (OSError, Outcome.UNREACHABLE),
)
#: Outcomes with which there is nothing to follow, whatever the parser found.
_WORTHLESS = frozenset(
    {Outcome.PREVIEW_DISABLED, Outcome.GONE, Outcome.BLOCKED, Outcome.LOGIN_REQUIRED}
)
#: Bytes of an address; longer ones are traps, and no database indexes them.
_LONGEST_URL = 2000


class SourceSpider(scrapy.Spider):
    """Collects one source into a sink.

    Args:
        source: what to collect.
        sink: where to.
        max_pages: asked for at most.
        clock: gives the time, in UTC.
        timeout: seconds for one page.
        frontier: the pages of a pass that was cut off; it is gone on with.
        since: paging stops at a page whose posts are all older.
    """

    name = "source"

    def __init__(
        self,
        *,
        source: Source,
        sink: Sink,
        max_pages: int,
        clock: Callable[[], datetime],
        timeout: float = 30.0,
        parse: Callable[[Page, Source], Parsed] | None = None,
        frontier: Sequence[FrontierPage] = (),
        since: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.allowed_domains = [source.host]
        self.pages = 0  #: answers received, whatever they were
        self.capped = False  #: whether there was more to follow than `max_pages`
        self.stopped_early = False  #: whether there were pages beyond what is known
        self.fatal: ArchiveError | StoreError | None = None
        self.close_reason = ""
        self._sink = sink
        self._max_pages = max_pages
        self._clock = clock
        self._timeout = timeout
        self._parse_content = parse or find_parser(source.platform).parse
        self._patterns = [re.compile(pattern) for pattern in source.follow.patterns]
        self._pending = [page for page in frontier if not page.done]
        self._since = since
        #: `_digest` of each address that was met in this pass
        self._asked = {_digest(page.url) for page in frontier}
        self._made = 0  #: requests of this run
        self._log = _log.bind(source=source.name)

    async def start(self) -> AsyncIterator[Request]:
        """The first page, or the pages at which the pass was cut off."""
        first = urldefrag(self.source.url).url
        self.capped = len(self._pending) > self._max_pages
        for page in self._pending[: self._max_pages]:
            self._made += 1
            # Should it be the last page of a thread, those before may not have been read.
            yield self._request(page.url, page.depth, skipped=page.url)
        if _digest(first) not in self._asked:
            for request in self._requests([first], depth=0):
                yield request
        elif all(page.url != first for page in self._pending):
            # What was posted since the pass was cut off: looked for down to what is known.
            self._made += 1
            yield self._request(first, 0, refresh=True)

    def parse_page(self, response: Response) -> list[Request]:
        """Archive and parse a page; the requests for what it leads to.

        A list: Scrapy reads the source of a generator again for every page it is given.
        """
        page = self._page(response)
        limit = self.settings.getint("DOWNLOAD_MAXSIZE")
        if page.rendered and len(page.body) > limit:
            # What comes off the wire is stopped on its way; a document grows in the browser.
            detail = f"the rendered page is larger than {limit} bytes (crawl.max_bytes)"
            self._sink.failed(Outcome.TOO_LARGE, page.url, detail)
            return []
        requests: list[Request] = []
        self.pages += 1
        try:
            capture = self._sink.capture(page)
            parsed = self._read(page, response)
            if parsed is not None:
                self._sink.add(self._without_followed(parsed, response), capture)
                if parsed.outcome not in {Outcome.OK, Outcome.EMPTY}:
                    self._sink.failed(parsed.outcome, page.url, parsed.detail)
                if parsed.outcome not in _WORTHLESS:
                    requests = self._follow(parsed, response)
            # After what it led to: a kill in between must not lose the way on.
            self._sink.done(response.meta["asked_url"])
        except (ArchiveError, StoreError) as error:
            self._stop(error)
            raise CloseSpider("store_failed") from error
        return requests

    def _follow(self, parsed: Parsed, response: Response) -> list[Request]:
        depth = response.meta.get("follow_depth", 0)
        refresh = response.meta.get("refresh", False)
        requests: list[Request] = []
        site_ids = [post.site_id for post in parsed.posts]
        known = bool(site_ids) and self._sink.is_known(site_ids, at_all=refresh)
        if known or self._is_past(parsed):
            left = set(parsed.next_pages).difference(parsed.newer_pages)
            self.stopped_early = self.stopped_early or bool(left)
            jump = urldefrag(parsed.newest_page or "").url
            if known and jump and _digest(jump) not in self._asked and parsed.newer_pages:
                # The pages between were full before, and a full page of a thread stays so.
                self.stopped_early = True
                between = parsed.newer_pages[0]
                requests += self._requests([jump], depth, refresh=refresh, skipped=between)
            else:
                requests += self._requests(parsed.newer_pages, depth, refresh=refresh)
        else:
            requests += self._requests(parsed.next_pages, depth, refresh=refresh)
            if skipped := response.meta.get("skipped"):
                back = parsed.older_page or skipped
                requests += self._requests([back], depth, refresh=refresh, skipped=skipped)
        requests += self._requests(self._followed(parsed, response), depth + 1)
        return requests

    def _followed(self, parsed: Parsed, response: Response) -> Sequence[str]:
        """The links of a page to follow; those of a board to its threads without being told."""
        if response.meta.get("follow_depth", 0) >= self.source.follow.depth:
            return ()
        if not self._patterns:
            board = is_forum(self.source.platform) and not parsed.posts
            return parsed.links if board else ()
        return [
            link for link in parsed.links if any(pattern.search(link) for pattern in self._patterns)
        ]

    def _without_followed(self, parsed: Parsed, response: Response) -> Parsed:
        """Without what a list shows in short and is read whole on its own page.

        Kept both ways it would be edited, as it seems, and edited back in every pass.
        """
        if not any(post.listed for post in parsed.posts):
            return parsed
        followed = {urldefrag(link).url for link in self._followed(parsed, response)}
        kept = [
            post
            for post in parsed.posts
            if not (post.listed and urldefrag(post.url or "").url in followed)
        ]
        return replace(parsed, posts=tuple(kept))

    def _is_past(self, parsed: Parsed) -> bool:
        """Whether everything on a page was posted before the time to go back to."""
        times = [post.posted_at for post in parsed.posts if post.posted_at is not None]
        return self._since is not None and bool(times) and max(times) < self._since

    def page_failed(self, failure: Failure) -> None:
        """Name what became of a request that was not answered."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        if isinstance(error, StoreError):  # no turn at the host could be taken
            self._stop(error)
            raise CloseSpider("store_failed") from error
        outcome = getattr(error, "outcome", None)
        detail = str(error) or type(error).__name__
        if not isinstance(outcome, Outcome):
            outcome = self._outcome_of(error)
            if outcome is Outcome.TOO_LARGE:
                limit = self.settings.getint("DOWNLOAD_MAXSIZE")
                detail = f"the page is larger than {limit} bytes (crawl.max_bytes)"
            elif outcome is Outcome.TIMEOUT:
                detail = f"no answer within {self._timeout:g} seconds (crawl.timeout)"
        self._log.info("page failed", url=request.url, status=outcome.value, detail=detail[:300])
        try:
            self._sink.failed(outcome, request.url, detail.splitlines()[0][:500])
            self._sink.done(request.meta["asked_url"])
        except StoreError as fault:
            self._stop(fault)
            raise CloseSpider("store_failed") from fault

    def closed(self, reason: str) -> None:
        """Remember why the crawl ended; called by Scrapy."""
        self.close_reason = reason

    def _stop(self, error: ArchiveError | StoreError) -> None:
        self.fatal = self.fatal or error

    def _outcome_of(self, error: BaseException | None) -> Outcome:
        for kind, outcome in _FAILURES:
            if isinstance(error, kind):
                return outcome
        module = type(error).__module__
        if module.startswith("playwright"):
            return Outcome.TIMEOUT if "Timeout" in type(error).__name__ else self._browser(error)
        if "during decompression" in str(error):
            return Outcome.TOO_LARGE
        return Outcome.BROKEN

    def _browser(self, error: BaseException | None) -> Outcome:
        unreachable = ("ERR_NAME_NOT_RESOLVED", "ERR_CONNECTION", "ERR_ADDRESS", "ERR_EMPTY")
        if any(sign in str(error) for sign in unreachable):
            return Outcome.UNREACHABLE
        return Outcome.BROWSER_FAILED

    def _read(self, page: Page, response: Response) -> Parsed | None:
        """What the parser makes of a page; None when the page's outcome is a failure."""
        status = response.status
        if not 200 <= status < 300:
            outcome = _STATUSES.get(status)
            if outcome is None:
                outcome = Outcome.SERVER_ERROR if status >= 500 else Outcome.BLOCKED
            wall = find_page_wall(page)
            if wall is None and outcome in {Outcome.BLOCKED, Outcome.LOGIN_REQUIRED}:
                wall = self._read_refusal(page)
            outcome, detail = wall or (outcome, "")
            self._sink.failed(outcome, page.url, f"HTTP {status}" + (detail and f": {detail}"))
            return None
        try:
            parsed = self._parse_content(page, self.source)
            if _found_nothing(parsed) and (wall := find_page_wall(page)):
                parsed = Parsed(outcome=wall[0], detail=wall[1])
        except LayoutChanged as error:
            outcome, detail = find_page_wall(page) or (Outcome.LAYOUT_CHANGED, str(error))
            self._sink.failed(outcome, page.url, detail)
        except Damaged as error:
            self._sink.failed(Outcome.BROKEN, page.url, str(error))
        except LoginRequired as error:
            self._sink.failed(Outcome.LOGIN_REQUIRED, page.url, str(error))
        except Blocked as error:
            self._sink.failed(Outcome.BLOCKED, page.url, str(error))
        except Exception as error:  # noqa: BLE001 - the crawl loop: a page must not end the run
            self._log.exception("parser failed", url=page.url)
            detail = f"the parser failed: {type(error).__name__}: {error}"
            self._sink.failed(Outcome.BROKEN, page.url, detail)
        else:
            if "dataloss" in response.flags and parsed.outcome in {Outcome.OK, Outcome.EMPTY}:
                detail = "the connection ended before the page did"
                self._sink.failed(Outcome.BROKEN, page.url, detail)
            return parsed
        return None

    def _read_refusal(self, page: Page) -> tuple[Outcome, str] | None:
        """What a refusal says that the platform's parser understands; None for nothing.

        Interfaces answer 403 both to those who are not logged in and to those who are banned.
        """
        try:
            parsed = self._parse_content(page, self.source)
        except LoginRequired as error:
            return Outcome.LOGIN_REQUIRED, str(error)
        except Exception:  # noqa: BLE001 - an error page need not be anything a parser knows
            return None
        if parsed.outcome is Outcome.LOGIN_REQUIRED:
            return parsed.outcome, parsed.detail
        return None

    def _page(self, response: Response) -> Page:
        request = response.request
        rendered = bool(response.meta.get("playwright"))
        asked = response.meta.get("asked_url")
        return Page(
            url=response.url,
            body=response.body,
            fetched_at=self._clock(),
            # A browser's answer says 200 without headers when navigation returned nothing.
            status=response.status if not rendered or response.headers else None,
            headers=_pairs(response.headers),
            rendered=rendered,
            encoding=_charset(response.headers.get(b"Content-Type")),
            requested_url=asked if asked != response.url else None,
            request_headers=_pairs(request.headers) if request is not None else (),
            screenshot=screenshot_of(response) if rendered else None,
        )

    def _requests(
        self, urls: Sequence[str], depth: int, *, refresh: bool = False, skipped: str | None = None
    ) -> list[Request]:
        new: list[FrontierPage] = []
        for url in urls:
            address = urldefrag(url).url
            digest = _digest(address)
            if digest in self._asked or not self._is_here(address):
                continue
            self._asked.add(digest)
            if len(address.encode("utf-8", "replace")) > _LONGEST_URL:
                detail = f"the address is longer than {_LONGEST_URL} bytes"
                self._sink.failed(Outcome.BROKEN, address[:200], detail)
                continue
            new.append(FrontierPage(address, depth, done=False))
        room = max(0, self._max_pages - self._made)
        asked, left = new[:room], new[room:]
        self._made += len(asked)
        self._sink.asked(asked)
        if left:
            self.capped = True
            self._sink.left(left)
        return [self._request(page.url, depth, refresh=refresh, skipped=skipped) for page in asked]

    def _request(
        self, address: str, depth: int, *, refresh: bool = False, skipped: str | None = None
    ) -> Request:
        return Request(
            address,
            callback=self.parse_page,
            errback=self.page_failed,
            dont_filter=True,  # `_asked` is the list of what was asked for
            meta={
                "follow_depth": depth,
                "asked_url": address,
                "refresh": refresh,
                "skipped": skipped,
                **browser_meta(self.source, self._timeout),
            },
        )

    def _is_here(self, url: str) -> bool:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        return host == self.source.host.removeprefix("www.")


def _digest(address: str) -> bytes:
    """What stands for an address among those that were met: 48 bytes, however long it is.

    With 120 bits, two of a thousand million addresses share one with a chance of 10**-18.
    """
    return hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=15).digest()


def _found_nothing(parsed: Parsed) -> bool:
    # A list of threads has no posts either, and often a login form; but it leads somewhere.
    nothing = parsed.outcome in {Outcome.EMPTY, Outcome.LAYOUT_CHANGED}
    return nothing and not parsed.posts and not parsed.next_pages


def _pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def _charset(content_type: bytes | None) -> str | None:
    match = re.search(rb"charset=[\"']?([\w.:-]+)", content_type or b"", re.IGNORECASE)
    return match.group(1).decode("ascii") if match else None
