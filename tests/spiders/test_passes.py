"""Passes through a source: vanished posts, whole passes, going back to a day, going on."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from crawler.store import open_store
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import (
    NO_RULES,
    Channel,
    command,
    count_posts,
    crawl,
    stored,
    telegram,
    wait_for,
)


def removed(workspace: Path) -> list[str]:
    store = open_store(f"sqlite:///{workspace}/data/foreland.sqlite3")
    try:
        return sorted(post.site_id for post in store.iter_posts() if post.removed_at is not None)
    finally:
        store.close()


class Board:
    """A list of dated posts in pages of five, newest first; page 2 can be made to fail."""

    selectors: ClassVar = {
        "post": "article",
        "id": "::attr(id)",
        "text": "p",
        "time": "time::attr(datetime)",
        "next": "a.next::attr(href)",
    }

    def __init__(self, days: list[int]) -> None:
        self.days = days
        self.status = 200
        self.text = "Words"

    def source(self, url: str, **more: Any) -> dict[str, Any]:
        return {
            "platform": "webpage",
            "url": f"{url}/list",
            "selectors": self.selectors,
            **more,
        }

    def __call__(self, path: str) -> Answer:
        parts = urlsplit(path)
        if parts.path != "/list":
            return NO_RULES
        page = int(parse_qs(parts.query).get("page", ["0"])[0])
        if page == 1 and self.status != 200:
            return Answer(b"", self.status)
        shown = sorted(self.days, reverse=True)[page * 5 : page * 5 + 5]
        posts = "".join(
            f'<article id="d{day}"><time datetime="2026-10-{day:02d}T10:00:00Z"></time>'
            f"<p>{self.text} of day {day}</p></article>"
            for day in shown
        )
        more = (page + 1) * 5 < len(self.days)
        link = f'<a class="next" href="/list?page={page + 1}">more</a>' if more else ""
        return Answer(f"<html><body>{posts}{link}</body></html>".encode())


def test_a_message_that_vanished_is_marked_and_one_that_returns_is_not(tmp_path: Path) -> None:
    gone: set[int] = set()
    channel = Channel(20, gone=gone)
    with serving(channel) as site:
        first = crawl(tmp_path, telegram(site.url))
        gone.update({3, 18})
        update = crawl(tmp_path, telegram(site.url))
        after_update = removed(tmp_path)
        whole = crawl(tmp_path, telegram(site.url), full=True)
        after_whole = removed(tmp_path)
        gone.clear()
        crawl(tmp_path, telegram(site.url), full=True)
    assert (first["complete"], first["ids"], first["removed"]) == (True, [20, 20], 0)
    # The update went over 16 to 20 alone, and says nothing of number 3.
    assert (update["complete"], update["ids"], update["removed"]) == (True, [4, 5], 1)
    assert after_update == ["invented/18"]
    assert (whole["complete"], whole["ids"], whole["removed"]) == (True, [18, 20], 1)
    assert after_whole == ["invented/18", "invented/3"]
    assert removed(tmp_path) == []


def test_a_pass_with_a_failed_page_marks_nothing(tmp_path: Path) -> None:
    board = Board(list(range(1, 16)))
    with serving(board) as site:
        crawl(tmp_path, board.source(site.url))
        board.days.remove(14)
        board.status = 403
        faulty = crawl(tmp_path, board.source(site.url), full=True)
        marked = removed(tmp_path)
        board.status = 200
        complete = crawl(tmp_path, board.source(site.url), full=True)
    assert (faulty["outcome"], faulty["complete"], marked) == ("blocked", False, [])
    assert (complete["complete"], removed(tmp_path)) == (True, ["d14"])


def test_a_capped_pass_and_an_empty_page_mark_nothing(tmp_path: Path) -> None:
    board = Board(list(range(1, 16)))
    with serving(board) as site:
        crawl(tmp_path, board.source(site.url))
        capped = crawl(tmp_path, board.source(site.url, pace={"max_pages": 1}), full=True)
        board.days.clear()
        empty = crawl(tmp_path, board.source(site.url), full=True)
    assert (capped["complete"], capped["removed"]) == (False, 0)
    assert (empty["seen"], removed(tmp_path)) == (0, [])


def test_going_back_to_a_day_reads_what_is_known_again(tmp_path: Path) -> None:
    board = Board(list(range(1, 26)))
    with serving(board) as site:
        crawl(tmp_path, board.source(site.url))
        board.text = "Other words"
        back = crawl(tmp_path, board.source(site.url), since="2026-10-12T00:00:00+00:00")
    # Pages of 25–21, 20–16, 15–11; the last one that is asked for is wholly older.
    assert (back["pages"], back["changed"], back["removed"]) == (4, 20, 0)


def test_everything_again_after_so_many_days(tmp_path: Path) -> None:
    board = Board(list(range(1, 16)))
    with serving(board) as site:
        source = board.source(site.url, pace={"full_every": 0.00001})
        crawl(tmp_path, source)
        board.days.remove(2)
        again = crawl(tmp_path, source)
        seldom = crawl(tmp_path, board.source(site.url, pace={"full_every": 30}))
    assert (again["pages"], again["removed"]) == (3, 1)
    assert seldom["pages"] == 1


def test_an_update_that_meets_its_cap_is_gone_on_with(tmp_path: Path) -> None:
    channel = Channel(20)
    with serving(channel) as site:
        crawl(tmp_path, telegram(site.url))
        channel.last = 60
        source = telegram(site.url, pace={"max_pages": 3})
        runs = [crawl(tmp_path, source) for _ in range(4)]
    assert stored(tmp_path) == sorted(f"invented/{number}" for number in range(1, 61))
    assert [run["pages"] for run in runs[:2]] == [3, 3]
    assert sum(run["new"] for run in runs) == 40
    assert runs[-1]["complete"]


def test_a_thread_site_that_is_killed_asks_for_no_page_twice(tmp_path: Path) -> None:
    def answer(path: str) -> Answer:
        if path == "/":
            links = "".join(f'<a href="/t/{number}">{number}</a>' for number in range(20))
            return Answer(f"<html><body><p>All threads</p>{links}</body></html>".encode())
        if path == "/robots.txt":
            return NO_RULES
        body = f'<html><body><p>Words of {path}</p><a href="/">up</a></body></html>'
        return Answer(body.encode(), delay=delay())

    delay: Callable[[], float] = lambda: 0.2  # noqa: E731
    with serving(answer) as site:
        source = {"platform": "webpage", "url": site.url + "/", "follow": {"patterns": ["/t/"]}}
        process = subprocess.Popen(command(tmp_path, source))
        wait_for(lambda: count_posts(tmp_path) >= 5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = count_posts(tmp_path)
        delay = lambda: 0.0  # noqa: E731
        site.asked.clear()
        run = crawl(tmp_path, source)
        asked = [path for path in site.asked if path.startswith("/t/")]
    assert 5 <= kept < 21  # the first page is a post as well
    assert run["new"] == 21 - kept
    assert len(asked) == len(set(asked)) == 21 - kept
    assert count_posts(tmp_path) == 21
