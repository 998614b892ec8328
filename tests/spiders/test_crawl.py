"""Whole crawls of a site on the loopback interface: Scrapy, archive and store for real."""

from __future__ import annotations

import gzip
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.archive import WarcArchive
from crawler.archive.verify import verify_archive
from crawler.chromium import find_chromium
from crawler.store import open_store
from crawler.types import Outcome
from tests.middlewares.server import Answer, serving

NO_RULES = Answer(b"", 404)
CONFIG: dict[str, Any] = {"crawl": {"delay": 0, "timeout": 5}, "log": {"level": "warning"}}


def command(workspace: Path, source: dict[str, Any], **more: Any) -> list[str]:
    config = {**CONFIG, **more.pop("config", {})}
    asked = {"workspace": str(workspace), "source": source, "config": config, **more}
    module = ["-W", "ignore", "-m", "tests.spiders.crawl_once"]
    return [sys.executable, *module, json.dumps(asked)]


def crawl(workspace: Path, source: dict[str, Any], **more: Any) -> dict[str, Any]:
    done = subprocess.run(
        command(workspace, source, **more), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def message(channel: str, number: int, text: str = "") -> str:
    return (
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" '
        f'data-post="{channel}/{number}"><div class="tgme_widget_message_bubble">'
        f'<div class="tgme_widget_message_text js-message_text">{text or f"Number {number}"}</div>'
        '<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="#">'
        '<time datetime="2026-10-05T08:15:00+00:00">08:15</time></a></span></div></div></div>'
    )


def preview(channel: str, numbers: Iterable[int], text: str = "") -> Answer:
    body = "".join(message(channel, number, text) for number in numbers)
    section = f'<section class="tgme_channel_history">{body}</section>'
    return Answer(f"<!DOCTYPE html><html><body>{section}</body></html>".encode())


class Channel:
    """A channel with messages 1 to `last`, five a page; a page can be made to wait."""

    def __init__(self, last: int = 40, gone: Iterable[int] = ()) -> None:
        self.last = last
        self.gone = gone
        self.text = ""
        self.slow: Callable[[int], float] = lambda _: 0.0

    def __call__(self, path: str) -> Answer:
        parts = urlsplit(path)
        if parts.path != "/s/invented":
            return NO_RULES
        before = int(parse_qs(parts.query).get("before", [str(self.last + 1)])[0])
        time.sleep(self.slow(before))
        shown = range(max(1, before - 5), before)
        return preview("invented", [n for n in shown if n not in self.gone], self.text)


def telegram(url: str, **more: Any) -> dict[str, Any]:
    return {"platform": "telegram", "url": f"{url}/s/invented", **more}


def stored(workspace: Path) -> list[str]:
    store = open_store(f"sqlite:///{workspace}/data/foreland.sqlite3")
    try:
        return sorted(post.site_id for post in store.iter_posts())
    finally:
        store.close()


def all_of(last: int) -> list[str]:
    return sorted(f"invented/{number}" for number in range(1, last + 1))


# --- the path of a page ---------------------------------------------------------------


def test_a_channel_is_paged_to_its_beginning_and_then_only_to_what_is_known(
    tmp_path: Path,
) -> None:
    channel = Channel(40)
    with serving(channel) as site:
        first = crawl(tmp_path, telegram(site.url))
        again = crawl(tmp_path, telegram(site.url))
        channel.last = 48
        later = crawl(tmp_path, telegram(site.url))
        channel.text = "Edited"
        edited = crawl(tmp_path, telegram(site.url))
    assert (first["outcome"], first["pages"], first["new"]) == ("ok", 8, 40)
    assert (again["outcome"], again["pages"], again["new"]) == ("unchanged", 1, 0)
    assert (later["outcome"], later["pages"], later["new"]) == ("ok", 3, 8)
    assert (edited["outcome"], edited["changed"]) == ("ok", 5)
    assert stored(tmp_path) == all_of(48)


def test_every_post_points_to_its_page_in_the_archive(tmp_path: Path) -> None:
    with serving(Channel(12)) as site:
        crawl(tmp_path, telegram(site.url))
    store = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    folder = tmp_path / "data" / "archive"
    archive = WarcArchive(folder, collector="test", clock=lambda: datetime.now(UTC))
    for post in store.iter_posts():
        capture = store.get_capture(post.capture or "")
        assert capture is not None
        assert post.site_id.encode() in archive.load(capture).body
    assert verify_archive(folder, store.iter_captures()) == []
    events = list(store.iter_events())
    assert [event.kind for event in events] == ["collection", "collection"]
    assert events[1].object == f"archive:{capture.warc_file}"
    archive.close()
    store.close()


def test_the_cap_of_pages_is_kept(tmp_path: Path) -> None:
    with serving(Channel(40)) as site:
        source = telegram(site.url, pace={"max_pages": 3})
        first = crawl(tmp_path, source)
        again = crawl(tmp_path, source)
    assert (first["outcome"], first["pages"], first["new"]) == ("ok", 3, 15)
    assert first["detail"] == "stopped at 3 pages (max_pages)"
    assert (again["outcome"], again["pages"]) == ("unchanged", 1)


def test_links_are_followed_by_pattern_and_depth(tmp_path: Path) -> None:
    pages = {
        "/": '<a href="/t/1">a</a> <a href="/about">b</a> <a href="http://127.0.0.2/t/9">c</a>',
        "/t/1": '<a href="/t/2">deeper</a>',
        "/t/2": "too deep",
    }

    def answer(path: str) -> Answer:
        if path not in pages:
            return NO_RULES
        return Answer(f"<html><body><p>Words of {path}</p>{pages[path]}</body></html>".encode())

    with serving(answer) as site:
        source = {"platform": "webpage", "url": site.url + "/", "follow": {"patterns": ["/t/"]}}
        run = crawl(tmp_path, source)
    assert run["pages"] == 2
    assert [path for path in site.asked if path != "/robots.txt"] == ["/", "/t/1"]


@pytest.mark.parametrize(("patterns", "text"), [(["/rooms/"], "whole"), ([], "in short")])
def test_what_a_list_shows_in_short_is_kept_only_where_it_is_not_followed(
    tmp_path: Path, patterns: list[str], text: str
) -> None:
    head = '<head><link href="/wp-content/a.css"><script src="/wp-includes/a.js"></script></head>'

    def answer(path: str) -> Answer:
        kind, words = {"/": ("home", "in short"), "/rooms/": ("single postid-7", "whole")}.get(
            path, ("", "")
        )
        article = (
            f'<article id="post-7"><h2 class="entry-title"><a href="/rooms/">Rooms</a></h2>'
            f'<div class="entry-content"><p>{words}</p></div></article>'
        )
        page = f'<html>{head}<body class="{kind}">{article}</body></html>'
        return Answer(page.encode()) if kind else NO_RULES

    with serving(answer) as site:
        source = {"platform": "wordpress", "url": site.url + "/", "follow": {"patterns": patterns}}
        first = crawl(tmp_path, source)
        again = crawl(tmp_path, source, full=True)
    assert (first["new"], first["changed"], again["changed"]) == (1, 0, 0)
    store = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    assert [(post.text, post.revision) for post in store.iter_posts()] == [(f"Rooms\n\n{text}", 1)]
    store.close()


@pytest.mark.skipif(find_chromium(None) is None, reason="no Chromium here")
def test_a_page_that_exists_only_after_its_script_ran(tmp_path: Path) -> None:
    script = (
        "<!DOCTYPE html><html><body><div id='here'></div><img src='/picture.png'>"
        "<script src='http://127.0.0.2:9/tracker.js'></script><script>setTimeout(() => {"
        "document.getElementById('here').innerHTML = '<article class=post id=p1>Made</article>'"
        "}, 200)</script></body></html>"
    )

    def answer(path: str) -> Answer:
        return Answer(script.encode()) if path == "/page" else NO_RULES

    with serving(answer) as site:
        run = crawl(
            tmp_path,
            {
                "platform": "webpage",
                "url": site.url + "/page",
                "render": "js",
                "wait_for": "article.post",
                "selectors": {"post": "article.post"},
            },
        )
    assert (run["outcome"], run["new"]) == ("ok", 1)
    assert "/picture.png" not in site.asked
    store = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    (post,) = store.iter_posts()
    (capture,) = store.iter_captures()
    store.close()
    assert (post.site_id, post.text, capture.rendered) == ("p1", "Made", True)


# --- the outcome of a page ------------------------------------------------------------

CUT_GZIP = gzip.compress(preview("invented", range(1, 6)).body)[:-40]


OUTCOMES: list[tuple[Answer, str]] = [
    (Answer(b"", 404), "gone"),
    (Answer(b"", 410), "gone"),
    (Answer(b"", 401), "login_required"),
    (Answer(b"", 403), "blocked"),
    (Answer(b"", 500), "server_error"),
    (Answer(b"", 429, (("Retry-After", "100000"),)), "rate_limited"),
    (Answer(b"x" * 30_000_000), "too_large"),
    (
        Answer(gzip.compress(b"x" * 30_000_000), 200, (("Content-Encoding", "gzip"),)),
        "too_large",
    ),
    (Answer(delay=4), "timeout"),
    (Answer(b"<html><body>Nothing of the kind</body></html>"), "layout_changed"),
    (Answer(preview("invented", range(1, 6)).body[:-100]), "broken"),
    (Answer(preview("invented", range(1, 2)).body, length=100_000), "broken"),
    (Answer(CUT_GZIP, 200, (("Content-Encoding", "gzip"),)), "broken"),
    (Answer(b"", 302, (("Location", "http://127.0.0.2:9/s/other"),)), "gone"),
    (Answer(b"", 302, (("Location", "/s/invented"),)), "broken"),
    (preview("invented", range(0)), "empty"),
]


@pytest.mark.parametrize(
    ("said", "outcome"),
    OUTCOMES,
    ids=[f"{number}-{outcome}" for number, (_, outcome) in enumerate(OUTCOMES)],
)
def test_outcome(tmp_path: Path, said: Answer, outcome: str) -> None:
    config = {"crawl": {"delay": 0, "timeout": 2}}
    with serving(lambda path: said if path.startswith("/s/") else NO_RULES) as site:
        run = crawl(tmp_path, telegram(site.url), config=config)
    assert run["outcome"] == outcome
    assert run["detail"]


def test_a_host_that_does_not_answer_at_all(tmp_path: Path) -> None:
    with serving(lambda _: NO_RULES) as site:
        url = site.url
    run = crawl(tmp_path, telegram(url))
    assert run["outcome"] == "robots_unreachable"


def test_a_page_that_fails_does_not_end_the_run(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        match path:
            case "/":
                links = "".join(f'<a href="/t/{n}">{n}</a>' for n in range(1, 5))
                return Answer(f"<html><body><p>All of them</p>{links}</body></html>".encode())
            case "/t/1":
                return Answer(b"", 403)
            case "/robots.txt" | "/t/2":
                return NO_RULES
            case _:
                return Answer(b"<html><body><p>Words of this page</p></body></html>")

    with serving(answer) as site:
        source = {"platform": "webpage", "url": site.url + "/", "follow": {"patterns": ["/t/"]}}
        run = crawl(tmp_path, source)
    assert run["seen"] == 3
    assert run["outcome"] in {"blocked", "gone"}
    assert sorted(failure[0] for failure in run["failures"]) == ["blocked", "gone"]
    assert "2 of 5 pages" in run["detail"]


def test_a_server_that_asks_to_wait_is_asked_again_when_it_says(tmp_path: Path) -> None:
    asked: list[float] = []

    def answer(path: str) -> Answer:
        if not path.startswith("/s/"):
            return NO_RULES
        asked.append(time.monotonic())
        if len(asked) == 1:
            return Answer(b"", 429, (("Retry-After", "1"),))
        return preview("invented", range(1, 3))

    with serving(answer) as site:
        run = crawl(tmp_path, telegram(site.url))
    assert (run["outcome"], run["new"]) == ("ok", 2)
    assert asked[1] - asked[0] >= 1.0


def test_less_than_expected(tmp_path: Path) -> None:
    with serving(Channel(5)) as site:
        source = telegram(site.url, expect={"posts": 10, "fields": {"author": 0.5, "text": 1}})
        run = crawl(tmp_path, source)
    assert run["outcome"] == "below_expected"
    assert run["detail"] == (
        "5 posts, expected 10 at least; author on 0% of the posts, expected 50% at least"
    )
    assert stored(tmp_path) == all_of(5)


def test_past_the_review_date_nothing_is_asked(tmp_path: Path) -> None:
    with serving(Channel()) as site:
        run = crawl(tmp_path, telegram(site.url, review_date="2020-01-01"))
    assert run["outcome"] == "not_authorised"
    assert site.asked == []


# --- faults ---------------------------------------------------------------------------


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def count_posts(workspace: Path) -> int:
    path = workspace / "data" / "foreland.sqlite3"
    if not path.exists():
        return 0
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("select count(*) from posts").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def test_killed_in_the_middle_it_loses_nothing_and_the_next_run_completes(
    tmp_path: Path,
) -> None:
    channel = Channel(60)
    channel.slow = lambda _: 0.25
    with serving(channel) as site:
        process = subprocess.Popen(command(tmp_path, telegram(site.url)))
        wait_for(lambda: count_posts(tmp_path) >= 10)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = count_posts(tmp_path)
        channel.slow = lambda _: 0.0
        run = crawl(tmp_path, telegram(site.url))
    assert 10 <= kept < 60
    # The pages that were left, and the first one for what is new.
    assert (run["outcome"], run["pages"], run["new"]) == ("ok", (60 - kept) // 5 + 1, 60 - kept)
    assert (run["complete"], run["ids"]) == (True, [60, 60])
    assert stored(tmp_path) == all_of(60)


def test_a_hole_left_by_a_killed_update_is_filled(tmp_path: Path) -> None:
    channel = Channel(20)
    with serving(channel) as site:
        crawl(tmp_path, telegram(site.url))
        channel.last = 60
        channel.slow = lambda _: 0.25
        process = subprocess.Popen(command(tmp_path, telegram(site.url)))
        wait_for(lambda: count_posts(tmp_path) >= 30)
        process.send_signal(signal.SIGKILL)
        process.wait()
        channel.slow = lambda _: 0.0
        run = crawl(tmp_path, telegram(site.url))
    assert run["outcome"] == "ok"
    assert stored(tmp_path) == all_of(60)


def test_stopped_by_sigterm_it_keeps_what_it_has(tmp_path: Path) -> None:
    channel = Channel(60)
    channel.slow = lambda _: 0.25
    with serving(channel) as site:
        process = subprocess.Popen(
            command(tmp_path, telegram(site.url)), stdout=subprocess.PIPE, text=True
        )
        wait_for(lambda: len(site.asked) >= 5)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    run = json.loads(out.splitlines()[-1])
    assert run["outcome"] == "interrupted"
    assert run["new"] == len(stored(tmp_path)) > 0


def test_sigterm_does_not_wait_for_a_silent_server(tmp_path: Path) -> None:
    with serving(lambda p: Answer(delay=60) if p.startswith("/s/") else NO_RULES) as site:
        process = subprocess.Popen(
            command(tmp_path, telegram(site.url), config={"crawl": {"delay": 0, "timeout": 60}}),
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: len(site.asked) >= 2)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 12
    assert json.loads(out.splitlines()[-1])["outcome"] == "interrupted"


def test_a_full_disk_ends_the_run_with_a_clear_error_and_the_next_carries_on(
    tmp_path: Path,
) -> None:
    channel = Channel(100)
    channel.text = "an invented word " * 200
    with serving(channel) as site:
        done = subprocess.run(
            command(tmp_path, telegram(site.url), largest_file=400_000),
            capture_output=True,
            text=True,
            timeout=60,
        )
        run = crawl(tmp_path, telegram(site.url))
    assert done.returncode == 2, done.stderr
    assert "store failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert run["outcome"] == "ok"
    assert stored(tmp_path) == all_of(100)


def test_a_source_that_is_being_crawled_is_left_alone(tmp_path: Path) -> None:
    channel = Channel(1000)
    channel.slow = lambda _: 0.2
    with serving(channel) as site:
        first = subprocess.Popen(command(tmp_path, telegram(site.url)), stdout=subprocess.DEVNULL)
        wait_for(lambda: len(site.asked) >= 2)
        try:
            second = crawl(tmp_path, telegram(site.url))
        finally:
            first.terminate()
            first.wait()
    assert second["outcome"] == Outcome.INTERRUPTED
    assert second["detail"] == "another process is crawling this source"
    assert second["pages"] == 0
