"""The Scrapy settings that hold for every crawl. `scrapy.cfg` points here.

What depends on the configuration or the source is added in `crawler.app.crawl`. Nothing
here may be a live object: Scrapy copies its settings deeply for every crawler.
"""

from __future__ import annotations

from typing import Any

BOT_NAME = "foreland"
SPIDER_MODULES: list[str] = []
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Both open a port on the machine; the second executes Python that is sent to it.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

LOG_ENABLED = False  # structlog is set up by the command, for the libraries as well
LOG_INSTALL_ROOT_HANDLER = False
LOGSTATS_INTERVAL = 0
# Scrapy starts so many tasks for the output of every page. Ours is a request or two.
CONCURRENT_ITEMS = 1
MEMUSAGE_ENABLED = False
STATS_DUMP = False
HTTPCACHE_ENABLED = False
COOKIES_ENABLED = False  # public pages need none, and a session could be taken for a login

ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0.0  # it would go below the delay, and past the host's turn
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 8_000_000
DOWNLOAD_WARNSIZE = 0
# A page cut off in transit is archived and parsed as far as it goes, and called broken.
DOWNLOAD_FAIL_ON_DATALOSS = False
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0.0  # the configured delay is the floor already
AUTOTHROTTLE_MAX_DELAY = 60.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0

RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 429, 500, 502, 503, 504, 522, 524]
REDIRECT_MAX_TIMES = 10
METAREFRESH_ENABLED = False  # looks into every page for what is next to never there
REFERRER_POLICY = "same-origin"  # nobody else is told where we came from

#: Ours in place of Scrapy's: see the module of each for the reason.
DOWNLOAD_HANDLERS = {
    "http": "crawler.middlewares.heads.Bounded",
    "https": "crawler.middlewares.heads.Bounded",
}
DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.middlewares.onsite.OnsiteMiddleware": 50,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.retry.PatientRetryMiddleware": 550,
    "crawler.middlewares.turns.TurnsMiddleware": 990,  # the last before the request is sent
}
# Depth and statuses are the spider's own affair.
SPIDER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
}
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the spider keeps its own list

#: Joined to the above where a source says `render: js`.
PLAYWRIGHT: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {
        "http": "crawler.middlewares.browser_download.BrowserDownloadHandler",
        "https": "crawler.middlewares.browser_download.BrowserDownloadHandler",
    },
    "PLAYWRIGHT_BROWSER_TYPE": "chromium",
    "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
    "PLAYWRIGHT_RESTART_DISCONNECTED_BROWSER": True,
}
