"""Fetches addresses with Scrapy and prints what became of each, as JSON.

A process of its own, because Twisted's reactor starts once in a process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import settings as ours
from crawler.chromium import find_chromium, launch_arguments

THEIRS = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
OURS = "crawler.middlewares.robots.RobotsMiddleware"


class Fetch(scrapy.Spider):
    """Asks for every address at once."""

    name = "fetch"

    def __init__(self, urls: list[str], meta: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = urls
        self.meta = meta
        self.results: dict[str, str] = {}

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.urls:
            meta = {"asked": url, **self.meta}
            yield scrapy.Request(
                url, callback=self.answered, errback=self.failed, meta=meta, dont_filter=True
            )

    def answered(self, response: Response) -> None:
        self.results[response.meta["asked"]] = str(response.status)

    def failed(self, failure: Failure) -> None:
        outcome = getattr(failure.value, "outcome", None)
        asked = failure.request.meta["asked"]  # type: ignore[attr-defined]
        self.results[asked] = str(outcome or type(failure.value).__name__)


def main() -> None:
    asked = json.loads(sys.argv[1])
    settings = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
    settings.pop("PLAYWRIGHT")
    settings |= {"DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False, "CONCURRENT_REQUESTS": 8}
    settings |= {"CONCURRENT_REQUESTS_PER_DOMAIN": 8, "USER_AGENT": "Foreland/0.1 (test)"}
    settings |= asked.get("settings", {})
    if asked["middleware"] == "theirs":
        wanted = {**settings["DOWNLOADER_MIDDLEWARES"], OURS: None, THEIRS: 100}
        settings["DOWNLOADER_MIDDLEWARES"] = wanted
    meta: dict[str, Any] = {}
    if asked.get("browser"):
        settings |= ours.PLAYWRIGHT
        settings["PLAYWRIGHT_LAUNCH_OPTIONS"] = {
            "executable_path": str(find_chromium(None)),
            "headless": True,
            "args": launch_arguments(),
        }
        meta["playwright"] = True
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Fetch)
    process.crawl(crawler, urls=asked["urls"], meta=meta)
    process.start()
    assert isinstance(crawler.spider, Fetch)
    print(json.dumps(crawler.spider.results))  # noqa: T201


if __name__ == "__main__":
    main()
