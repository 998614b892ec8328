"""Threads of forums: followed from their board unasked, and new replies on their last page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.store import open_store
from crawler.types import Page
from spiders.sites import find_parser
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import NO_RULES, crawl, stored

_ON_A_PAGE = 3


class Forum:
    """A phpBB board with two threads; `replies` are how many posts each of them has.

    `numbered`: whether a page has the numbers of the first and the last one beside the next.
    `back`: whether it links to the one before.
    """

    def __init__(self, *, numbered: bool = False, back: bool = True) -> None:
        self.replies = {1: 7, 2: 2}
        self.gone: set[int] = set()  #: of the first thread
        self._numbered = numbered
        self._back = back

    def __call__(self, path: str) -> Answer:
        parts = urlsplit(path)
        query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
        if parts.path == "/viewforum.php":
            threads = "".join(
                f'<a class="topictitle" href="/viewtopic.php?t={number}">Thread {number}</a>'
                for number in self.replies
            )
            return self._page("section-viewforum", threads)
        if parts.path == "/viewtopic.php":
            topic, start = query["t"], query.get("start", 0)
            last = self.replies[topic]
            there = [one for one in range(1, last + 1) if topic != 1 or one not in self.gone]
            posts = "".join(
                f'<div class="post" id="p{topic}{number:03d}"><p class="author"><strong>'
                f'<span class="username">odo</span></strong> <time datetime="2026-10-{number:02d}'
                f'T10:00:00+00:00">then</time></p><div class="postbody"><div class="content">'
                f"Words of {number}</div></div></div>"
                for number in there[start : start + _ON_A_PAGE]
            )
            return self._page("section-viewtopic", posts + self._links(topic, start, len(there)))
        return NO_RULES

    def _links(self, topic: int, start: int, posts: int) -> str:
        def link(at: int, words: object, rel: str = "") -> str:
            return f'<li><a {rel} href="/viewtopic.php?t={topic}&amp;start={at}">{words}</a></li>'

        links = ""
        if start and self._numbered and self._back:
            links += link(max(0, start - _ON_A_PAGE), "Previous", 'rel="prev"')
        if start + _ON_A_PAGE < posts:
            last = (posts - 1) // _ON_A_PAGE
            if self._numbered:
                page = start // _ON_A_PAGE + 1
                links += "".join(
                    link(at * _ON_A_PAGE, at + 1)
                    for at in sorted({0, page - 2, page, last} - {-1})
                    if at != page - 1
                )
            links += link(start + _ON_A_PAGE, "Next", 'rel="next"')
        return f'<div class="pagination"><ul>{links}</ul></div>'

    def _page(self, kind: str, inside: str) -> Answer:
        words = f'<html><body id="phpbb" class="{kind}">{inside}<p>Powered by phpBB Limited</p>'
        return Answer(f"{words}</body></html>".encode())


def test_new_replies_on_the_last_page_of_a_known_thread(tmp_path: Path) -> None:
    forum = Forum()
    with serving(forum) as site:
        source = {"platform": "phpbb", "url": f"{site.url}/viewforum.php?f=1"}
        first = crawl(tmp_path, source)
        forum.replies[1] = 9  # on the page that was the last
        forum.replies[2] = 5  # on a page of its own
        second = crawl(tmp_path, source)
        third = crawl(tmp_path, source)
    assert (first["outcome"], first["new"]) == ("ok", 9)
    assert (second["outcome"], second["new"]) == ("ok", 5)
    assert (third["outcome"], third["new"], third["removed"]) == ("unchanged", 0, 0)
    assert len(stored(tmp_path)) == 14


@pytest.mark.parametrize("back", [True, False])
def test_of_a_long_known_thread_the_first_and_the_newest_pages_are_read(
    tmp_path: Path, *, back: bool
) -> None:
    forum = Forum(numbered=True, back=back)
    forum.replies[1] = 22  # eight pages, the last with one post
    with serving(forum) as site:
        source = {"platform": "phpbb", "url": f"{site.url}/viewforum.php?f=1"}
        first = crawl(tmp_path, source)
        site.asked.clear()
        same = crawl(tmp_path, source)
        starts = [path.partition("start=")[2] for path in site.asked if "t=1" in path]
        forum.replies[1] = 31  # three pages more
        more = crawl(tmp_path, source)
        whole = crawl(tmp_path, source, full=True)
    assert (first["pages"], first["new"]) == (10, 24)
    assert (same["outcome"], same["pages"]) == ("unchanged", 4)
    assert starts == ["", "21"]
    assert (more["outcome"], more["new"]) == ("ok", 9)
    # With links back: the last of eleven pages and the four before it, of which the oldest
    # was full and has nothing new. Without: all of them.
    assert more["pages"] == (8 if back else 13)
    assert (whole["pages"], whole["outcome"], whole["complete"]) == (13, "unchanged", True)
    assert len(stored(tmp_path)) == 33


def test_what_a_cut_off_update_had_not_read_of_a_thread_is_read_later(tmp_path: Path) -> None:
    forum = Forum(numbered=True)
    forum.replies[1] = 22
    with serving(forum) as site:
        source = {"platform": "phpbb", "url": f"{site.url}/viewforum.php?f=1"}
        crawl(tmp_path, source)
        forum.replies[1] = 31
        # Board, both threads: the thread's last page is asked for by the next run.
        capped = crawl(tmp_path, {**source, "pace": {"max_pages": 3}})
        later = crawl(tmp_path, source)
    assert capped["new"] + later["new"] == 9
    assert len(stored(tmp_path)) == 33


def test_replies_that_vanished_from_a_thread_are_marked(tmp_path: Path) -> None:
    forum = Forum()
    with serving(forum) as site:
        source = {"platform": "phpbb", "url": f"{site.url}/viewforum.php?f=1"}
        crawl(tmp_path, source)
        forum.gone = {2, 7}  # one in the middle, and the newest, whose page is no more
        first = crawl(tmp_path, source, full=True)
        forum.gone = {2, 6, 7}  # the newest of those that are left
        second = crawl(tmp_path, source, full=True)
        forum.gone = {2}
        third = crawl(tmp_path, source, full=True)
    assert (first["complete"], first["removed"]) == (True, 1)
    assert (second["complete"], second["removed"]) == (True, 1)
    assert (third["complete"], third["removed"]) == (True, 0)
    store = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    removed = {post.site_id for post in store.iter_posts() if post.removed_at is not None}
    store.close()
    assert removed == {"1002"}


def test_threads_are_not_followed_where_patterns_say_what_is(tmp_path: Path) -> None:
    with serving(Forum()) as site:
        url = f"{site.url}/viewforum.php?f=1"
        source = {"platform": "forum", "url": url, "follow": {"patterns": ["[?&]t=2$"]}}
        run = crawl(tmp_path, source)
    assert (run["pages"], run["new"]) == (2, 2)


def test_new_replies_to_a_topic_in_json(tmp_path: Path) -> None:
    last = 25

    def post(number: int) -> dict[str, Any]:
        moment = "2026-10-30T08:00:00.000Z"
        words = {"username": "odo", "created_at": moment, "cooked": f"<p>Number {number}</p>"}
        return {"id": number, "post_number": number, "topic_id": 1, **words}

    def answer(path: str) -> Answer:
        parts = urlsplit(path)
        numbers = list(range(1, 21))
        if parts.path == "/t/1/posts.json":
            numbers = [int(number) for number in parse_qs(parts.query)["post_ids[]"]]
        elif parts.path != "/t/1.json":
            return NO_RULES
        stream = {"posts": [post(one) for one in numbers], "stream": list(range(1, last + 1))}
        return Answer(json.dumps({"id": 1, "post_stream": stream}).encode())

    with serving(answer) as site:
        source = {"platform": "discourse", "url": f"{site.url}/t/1.json"}
        first = crawl(tmp_path, source)
        last = 48
        second = crawl(tmp_path, source)
    assert (first["new"], second["new"]) == (25, 23)


def test_json_that_is_cut_short_is_broken_and_other_data_is_another_layout(tmp_path: Path) -> None:
    whole = json.dumps({"id": 1, "post_stream": {"posts": [{"id": 1}], "stream": [1]}}).encode()
    for body, outcome in ((whole[:-9], "broken"), (b"<p>No JSON</p>", "layout_changed")):
        with serving(
            lambda path, body=body: NO_RULES if "robots" in path else Answer(body)
        ) as site:
            run = crawl(tmp_path, {"platform": "discourse", "url": f"{site.url}/t/1.json"})
        assert (run["outcome"], run["pages"]) == (outcome, 1)


def test_comments_that_begin_with_the_oldest_lead_to_newer_ones() -> None:
    comments = "".join(
        f'<li id="comment-{number}" class="comment"><div class="comment-body" '
        f'id="div-comment-{number}"><cite class="fn">odo</cite><time '
        f'datetime="2026-10-0{number}T10:00:00+00:00">then</time>'
        f'<div class="comment-content"><p>Words</p></div></div></li>'
        for number in (1, 2)
    )
    links = (
        '<nav class="comment-navigation"><div class="nav-previous"><a href="/a/comment-page-1/">'
        'older</a></div><div class="nav-next"><a href="/a/comment-page-3/">newer</a></div></nav>'
    )
    page = Page(
        url="https://blog.example.org/a/comment-page-2/",
        body=f"<html><body><ol>{comments}</ol>{links}</body></html>".encode(),
        fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    parsed = find_parser("wordpress").parse(page)
    older, newer = (f"https://blog.example.org/a/comment-page-{number}/" for number in (1, 3))
    assert parsed.next_pages == (older, newer)
    assert parsed.newer_pages == (newer,)
