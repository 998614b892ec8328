"""The settings of Scrapy for the crawl of one source."""

from __future__ import annotations

from typing import Any

from crawler.chromium import find_chromium, launch_arguments
from crawler.config import Config
from spiders.source import Source


def crawl_settings(config: Config, source: Source, *, concurrency: int) -> Any:
    """Scrapy's settings for one source: the project's own, the configuration's over them.

    Args:
        config: of the workspace.
        source: what is crawled; its `pace:` and `browser:` come before the configuration.
        concurrency: requests at once to its host.
    """
    # Scrapy is imported by the process that crawls, and by no other.
    from scrapy.settings import Settings

    from crawler import settings as ours
    from crawler.middlewares.browser import Unwanted

    crawl, pace = config.crawl, source.pace
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
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        },
        priority="cmdline",
    )
    if source.render == "js":
        executable = find_chromium(crawl.chromium)
        settings.update(
            {
                **ours.PLAYWRIGHT,
                "PLAYWRIGHT_ABORT_REQUEST": Unwanted(
                    source.browser.allow_hosts, source.browser.screenshot
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
