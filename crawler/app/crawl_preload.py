"""Imported once by the process from which crawls are forked: all that a crawl needs.

Nothing here may start a thread or install Twisted's reactor, which no fork survives.
"""

from __future__ import annotations

import gc
import importlib

from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from crawler import settings as ours
from spiders.sites import find_parser, platforms

_MODULES = (
    "crawler.app.crawl",
    "crawler.app.wiring",
    "crawler.log",
    "crawler.middlewares.browser",
    "spiders.base",
    "twisted.internet.asyncioreactor",
)
#: Settings whose keys name classes, and those that name one.
_MANY = ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS")
_ONE = (
    "DOWNLOADER",
    "SCHEDULER",
    "SCHEDULER_MEMORY_QUEUE",
    "SCHEDULER_PRIORITY_QUEUE",
    "DUPEFILTER_CLASS",
    "TWISTED_DNS_RESOLVER",
    "STATS_CLASS",
    "ITEM_PROCESSOR",
    "LOG_FORMATTER",
    "REQUEST_FINGERPRINTER_CLASS",
)


def _load() -> None:
    for name in _MODULES:
        importlib.import_module(name)
    settings = Settings()
    settings.setmodule(ours)
    for name in _MANY:
        # Those that are switched off as well: Scrapy imports them to say so.
        for path in settings.getwithbase(name):
            load_object(path)
    for path in settings.getwithbase("DOWNLOAD_HANDLERS").values():
        load_object(path)
    for name in _ONE:
        load_object(settings[name])
    for platform in platforms():
        find_parser(platform)


_load()
gc.freeze()  # a collection in a forked process would copy what all of them share
