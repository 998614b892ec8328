"""The download handler of sources that need a browser.

Apart from the others: it loads Playwright.
"""

from __future__ import annotations

from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.middlewares.heads import Bounded


class BrowserDownloadHandler(ScrapyPlaywrightDownloadHandler, Bounded):  # type: ignore[misc]
    """Chromium for pages, `Bounded` for robots.txt; Chromium has such a bound itself."""
