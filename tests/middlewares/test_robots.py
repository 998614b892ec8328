"""robots.txt is obeyed where Scrapy's own middleware does not.

Where it says 'theirs', the test shows the fault in Scrapy 2.19: the day it passes
unchanged for both, ours has one reason less to exist.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from crawler.chromium import find_chromium
from crawler.middlewares.robots import LARGEST, product_token
from tests.middlewares.server import Answer, Site, serving

RULES = b"User-agent: *\nDisallow: /private\n"
BROWSER = [
    False,
    pytest.param(
        True, marks=pytest.mark.skipif(find_chromium(None) is None, reason="no Chromium here")
    ),
]


def robots(said: Answer) -> Callable[[str], Answer]:
    return lambda path: said if path == "/robots.txt" else Answer()


def fetch(site: Site, *paths: str, middleware: str = "ours", **options: Any) -> list[str]:
    urls = [site.url + path for path in paths]
    asked = {"urls": urls, "middleware": middleware, **options}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.middlewares.fetch", json.dumps(asked)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout.splitlines()[-1])
    return [results[url] for url in urls]


@pytest.mark.parametrize("browser", BROWSER)
@pytest.mark.parametrize("middleware", ["ours", "theirs"])
def test_three_requests_at_once(middleware: str, browser: bool) -> None:
    paths = ["/private/1", "/private/2", "/private/3"]
    with serving(robots(Answer(RULES, delay=0.3))) as site:
        got = fetch(site, *paths, middleware=middleware, browser=browser)
    fetched = [path for path in site.asked if path in paths]
    if middleware == "ours":
        assert got == ["robots_disallowed"] * 3
        assert fetched == []
        assert site.asked.count("/robots.txt") == 1
    else:
        assert fetched != []


@pytest.mark.parametrize("browser", BROWSER)
@pytest.mark.parametrize("middleware", ["ours", "theirs"])
def test_robots_answers_503(middleware: str, browser: bool) -> None:
    with serving(robots(Answer(b"", 503))) as site:
        got = fetch(site, "/page", middleware=middleware, browser=browser)
    assert got == ["robots_unreachable" if middleware == "ours" else "200"]
    assert ("/page" in site.asked) == (middleware == "theirs")


@pytest.mark.parametrize("browser", BROWSER)
@pytest.mark.parametrize("middleware", ["ours", "theirs"])
def test_robots_does_not_answer(middleware: str, browser: bool) -> None:
    settings = {"DOWNLOAD_TIMEOUT": 1, "RETRY_ENABLED": False}
    slow = robots(Answer(RULES, delay=4))
    with serving(slow) as site:
        got = fetch(site, "/page", middleware=middleware, browser=browser, settings=settings)
    assert got == ["robots_unreachable" if middleware == "ours" else "200"]
    assert ("/page" in site.asked) == (middleware == "theirs")


@pytest.mark.parametrize("status", [404, 410, 401, 403])
def test_robots_that_is_not_there_allows(status: int) -> None:
    with serving(robots(Answer(b"", status))) as site:
        assert fetch(site, "/page") == ["200"]


@pytest.mark.parametrize("status", [429, 500, 502])
def test_robots_with_a_server_error_forbids(status: int) -> None:
    with serving(robots(Answer(b"", status))) as site:
        assert fetch(site, "/page", settings={"RETRY_ENABLED": False}) == ["robots_unreachable"]


def test_robots_longer_than_is_read() -> None:
    filler = b"# nothing here\n" * (LARGEST // 15)
    body = RULES + filler + b"\nUser-agent: *\nDisallow: /late\n" + filler * 20
    assert len(body) > 10_000_000
    with serving(robots(Answer(body))) as site:
        got = fetch(site, "/private/1", "/late", "/page")
    assert got == ["robots_disallowed", "200", "200"]


@pytest.mark.parametrize(("hops", "outcome"), [(5, "robots_disallowed"), (6, "robots_unreachable")])
def test_robots_behind_redirects(hops: int, outcome: str) -> None:
    def answer(path: str) -> Answer:
        if path == "/robots.txt" or path.startswith("/hop"):
            number = int(path.removeprefix("/hop")) if path.startswith("/hop") else 0
            if number == hops:
                return Answer(RULES)
            return Answer(b"", 302, (("Location", f"/hop{number + 1}"),))
        return Answer()

    with serving(answer) as site:
        assert fetch(site, "/private/1") == [outcome]


def test_rules_for_our_own_name_come_first() -> None:
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: foreland\nDisallow: /private\n"
    with serving(robots(Answer(rules))) as site:
        assert fetch(site, "/page", "/private/1") == ["200", "robots_disallowed"]


def test_a_redirect_into_what_is_disallowed_is_not_followed() -> None:
    def answer(path: str) -> Answer:
        if path == "/robots.txt":
            return Answer(RULES)
        return Answer(b"", 302, (("Location", "/private/1"),)) if path == "/page" else Answer()

    with serving(answer) as site:
        assert fetch(site, "/page") == ["robots_disallowed"]
    assert "/private/1" not in site.asked


@pytest.mark.skipif(find_chromium(None) is None, reason="no Chromium here")
def test_a_browser_that_is_redirected_into_what_is_disallowed() -> None:
    def answer(path: str) -> Answer:
        if path == "/robots.txt":
            return Answer(RULES)
        return Answer(b"", 302, (("Location", "/private/1"),)) if path == "/page" else Answer()

    with serving(answer) as site:
        assert fetch(site, "/page", browser=True) == ["robots_disallowed"]


def test_crawl_delay_is_kept() -> None:
    rules = b"User-agent: *\nCrawl-delay: 0.5\n"
    with serving(robots(Answer(rules))) as site:
        assert fetch(site, "/1", "/2", "/3") == ["200"] * 3
    times = [at for path, at in zip(site.asked, site.times, strict=True) if path != "/robots.txt"]
    assert times[1] - times[0] >= 0.45
    assert times[2] - times[1] >= 0.45


@pytest.mark.parametrize(
    ("agent", "token"),
    [("Foreland/0.1 (+https://example.org)", "Foreland"), ("my-bot", "my-bot"), ("7x", "7x")],
)
def test_product_token(agent: str, token: str) -> None:
    assert product_token(agent) == token
