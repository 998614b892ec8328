"""Measures the whole crawl against bare Scrapy over the same pages in the same run.

Three processes: a server on the loopback interface, a spider that only follows links, and
ours, which archives, parses and stores. The pages are channel previews of about 10 KB in
several chains, so that requests run side by side.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.app.measuring import held_mb, measure, peak_mb
from crawler.errors import CrawlerError

CHAINS = 16
CONCURRENCY = 8
#: Messages of a page: real ones are about 2.5 KB each, most of it the bubble's drawing.
MESSAGES = 4
_DRAWING = "M8,1 L9,1 L9,20 L8,20 L8,18 C7.8,15.1 7.1,12.2 5.9,9.2 C5,6.8 3.5,4.7 1.3,2.7 Z " * 18


@dataclass(frozen=True, slots=True)
class CrawlBench:
    """What was measured, in pages a second; memory is the peak of our process."""

    pages: int
    bare_per_second: float
    ours_per_second: float
    ratio: float
    peak_mb: float
    early_mb: float  #: held after a fifth of the time
    late_mb: float  #: held at the end


def bench_crawl(pages: int = 2000) -> CrawlBench:
    """Crawl `pages` local pages with bare Scrapy and with ours, each twice.

    Bare Scrapy has its default settings but for as many requests at once as ours and no
    delay; its spider follows the links and does nothing else.

    Raises:
        CrawlerError: one of them did not fetch every page.
    """
    with tempfile.TemporaryDirectory(prefix="foreland-bench-") as folder, _server(pages) as url:
        # Each twice, in turn, and the better of each: another program's load in one moment
        # must not decide.
        measured = [
            (what, measure("crawler.app.crawl_bench", what, url, str(Path(folder, str(number)))))
            for number, what in enumerate(("bare", "ours", "ours", "bare"))
        ]
    bare, ours = (
        min((one for name, one in measured if name == what), key=lambda one: one["seconds"])
        for what in ("bare", "ours")
    )
    for name, result in (("bare Scrapy", bare), ("the whole crawl", ours)):
        if result["pages"] < pages:
            raise CrawlerError(f"bench: {name} fetched {result['pages']:.0f} of {pages} pages")
    bare_per_second = bare["pages"] / bare["seconds"]
    ours_per_second = ours["pages"] / ours["seconds"]
    return CrawlBench(
        pages,
        bare_per_second,
        ours_per_second,
        ours_per_second / bare_per_second,
        ours["peak_mb"],
        ours["early_mb"],
        ours["late_mb"],
    )


@contextmanager
def _server(pages: int) -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "crawler.app.crawl_bench", "serve", str(pages)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - for mypy: stdout is a pipe
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/s/start"
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


# --- the three processes ------------------------------------------------------------


def make_page(channel: str, first: int, older: str | None, links: list[str]) -> bytes:
    """A channel preview with `MESSAGES` messages, the oldest of them number `first`."""
    prev = f'<link rel="prev" href="{older}">' if older else ""
    anchors = "".join(f'<a class="chain" href="{link}">more</a>' for link in links)
    messages = "".join(
        _message(channel, number, anchors if number == first else "")
        for number in range(first, first + MESSAGES)
    )
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8">{prev}</head><body>'
        f'<section class="tgme_channel_history">{messages}</section></body></html>'
    ).encode()


def _message(channel: str, number: int, anchors: str) -> str:
    text = f"Invented message {number} of {channel}.<br>It offers nothing, at no price. " * 4
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message js-widget_message" data-post="{channel}/{number}">'
        '<div class="tgme_widget_message_bubble"><i class="tgme_widget_message_bubble_tail">'
        f'<svg viewBox="0 0 9 20"><g><path d="{_DRAWING}"></path></g></svg></i>'
        '<div class="tgme_widget_message_author"><a class="tgme_widget_message_owner_name" '
        f'href="https://t.me/{channel}"><span dir="auto">Channel {channel}</span></a></div>'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}{anchors}</div>'
        '<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">'
        '<span class="tgme_widget_message_views">1.2K</span>'
        '<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" '
        f'href="https://t.me/{channel}/{number}"><time datetime="2026-02-28T08:48:01+00:00" '
        'class="time">08:48</time></a></span></div></div></div></div></div>'
    )


def _serve(pages: int) -> None:
    in_chains = pages - 1
    lengths = [in_chains // CHAINS + (one < in_chains % CHAINS) for one in range(CHAINS)]
    made: dict[str, bytes] = {}
    for chain, length in enumerate(lengths):
        for page in range(length):
            first = page * MESSAGES + 1
            older = f"/s/chain{chain}?before={first}" if page else None
            key = "" if page == length - 1 else str(first + MESSAGES)
            made[f"chain{chain}?{key}"] = make_page(f"chain{chain}", first, older, [])
    starts = [f"/s/chain{chain}" for chain in range(CHAINS)]
    made["start?"] = make_page("start", 1, None, starts)
    # The start page says that there is nothing older: its first message is number 1.

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._transport: Any = transport

        def data_received(self, data: bytes) -> None:
            for line in data.split(b"\r\n"):
                if line.startswith(b"GET "):
                    parts = urlsplit(line.split(b" ")[1].decode("ascii"))
                    before = parse_qs(parts.query).get("before", [""])[0]
                    body = made.get(f"{parts.path.removeprefix('/s/')}?{before}")
                    status = "200 OK" if body else "404 Not Found"
                    body = body or b""
                    head = (
                        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n"
                    )
                    self._transport.write(head.encode("ascii") + body)

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
        await server.serve_forever()

    asyncio.run(run())


def _crawl_bare(url: str) -> dict[str, float]:
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response

    fetched = 0

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> AsyncIterator[scrapy.Request]:
            yield scrapy.Request(url)

        def parse(self, response: Response, **_: Any) -> Iterator[scrapy.Request]:
            nonlocal fetched
            fetched += 1
            for link in response.css("link[rel=prev]::attr(href), a.chain::attr(href)").getall():
                yield response.follow(link, callback=self.parse)

    began = time.monotonic()
    process = AsyncCrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": CONCURRENCY,
            "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
            "DOWNLOAD_DELAY": 0,
            "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        }
    )
    process.crawl(Bare)
    process.start()
    return {"pages": fetched, "seconds": time.monotonic() - began}


def _crawl_ours(url: str, folder: str) -> dict[str, float]:
    # Imported before the watch starts, as Scrapy is for the bare spider.

    from crawler.app.crawl import crawl_source
    from crawler.config import Config, Crawl, Log
    from crawler.log import configure_logging
    from spiders.source import Follow, Source

    config = Config(
        workspace=Path(folder),
        crawl=Crawl(delay=0, max_pages=1_000_000),
        log=Log(level="warning"),
    )
    configure_logging(config.log)
    source = Source(
        name="bench",
        platform="telegram",
        url=url,
        purpose="measuring",
        authority="none: a local server",
        review_date=date.max,
        follow=Follow(patterns=("/s/chain",)),
    )
    held: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.25):
            held.append(held_mb())

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.monotonic()
    run = crawl_source(config, source, clock=lambda: datetime.now(UTC), concurrency=CONCURRENCY)
    seconds = time.monotonic() - began
    late = held_mb()
    ended.set()
    watching.join()
    early = held[len(held) // 5] if held else late
    return {
        "pages": run.pages,
        "seconds": seconds,
        "peak_mb": peak_mb(),
        "early_mb": early,
        "late_mb": late,
    }


def _main() -> None:
    what, argument = sys.argv[1:3]
    if what == "serve":
        _serve(int(argument))
    else:
        result = _crawl_bare(argument) if what == "bare" else _crawl_ours(argument, sys.argv[3])
        print(json.dumps(result))  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    _main()
