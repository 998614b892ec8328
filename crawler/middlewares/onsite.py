"""Keeps a crawl on the hosts of its source, through redirects as well.

Scrapy's own middleware lets through whatever may not be filtered as a duplicate, which is
every request of ours. And a page that redirects elsewhere must not make us collect there:
nobody authorised that, and elsewhere may be the inside of our own network.
"""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached

from crawler.middlewares.refusal import Refused
from crawler.types import Outcome


class OnsiteMiddleware:
    """Refuses what is neither on an allowed host nor on its `www.` twin."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OnsiteMiddleware:
        """As Scrapy asks for it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let the request through, or raise `Refused`."""
        if request.meta.get("allow_offsite"):
            return
        allowed = {_bare(host) for host in getattr(self._crawler.spider, "allowed_domains", ())}
        host = urlparse_cached(request).hostname or ""
        if allowed and _bare(host) not in allowed:
            raise Refused(
                Outcome.GONE,
                f"leads to another site, {host}: if it moved there, change the source's url",
            )


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
