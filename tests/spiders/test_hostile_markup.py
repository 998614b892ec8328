"""Pages made to be slow: what is nested without end, and posts of nothing but marks."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from crawler.errors import LayoutChanged
from crawler.types import Outcome, Page, Parsed
from spiders.html5 import parse_html5
from spiders.markdown_text import read_markdown
from spiders.sites import find_parser

#: Seconds of the processor's time; what is hostile took a quarter of a minute and more.
_LONGEST = 4.0


def parsed(platform: str, url: str, body: str) -> tuple[Parsed, float]:
    page = Page(url=url, body=body.encode(), fetched_at=datetime(2026, 11, 1, tzinfo=UTC))
    began = time.process_time()
    return find_parser(platform).parse(page), time.process_time() - began


def test_posts_of_vk_nested_in_one_another() -> None:
    posts = "".join(
        f'<div id="post-1_{number}" class="post"><a class="author" href="/a{number}">Odo</a>'
        f'<span class="rel_date">today at 5:00 pm</span><div class="wall_post_text">Words '
        f"{number}</div>"
        for number in range(1500)
    )
    found, seconds = parsed("vk", "https://vk.com/wall-1", f"<body>{posts}</body>")
    assert len(found.posts) > 400  # as deep as browsers nest
    assert found.posts[7].text == "Words 7"
    assert found.posts[7].reply_to == "-1_6"
    assert seconds < _LONGEST


@pytest.mark.parametrize(
    "mark", ["*", "*a ", "***a ", "[", "![", "[a](", '[a](b "', "![a](", "https://a(", "\\", "~~a"]
)
def test_a_post_of_nothing_but_marks(mark: str) -> None:
    began = time.process_time()
    read_markdown(mark * (300_000 // len(mark)), "")
    assert time.process_time() - began < _LONGEST


@pytest.mark.parametrize("platform", ["webpage", "phpbb", "vk", "wordpress"])
def test_a_page_nested_without_end_is_not_called_empty(platform: str) -> None:
    body = f"<html><body>{'<div>' * 100_000}Words at the bottom</div></body></html>"
    try:
        found, seconds = parsed(platform, "https://example.org/page", body)
    except LayoutChanged:
        return  # it says so
    assert found.outcome is not Outcome.EMPTY
    assert not found.posts or "Words at the bottom" in found.posts[0].text
    assert seconds < _LONGEST


def test_tags_without_an_end_are_read_in_linear_time() -> None:
    for body in ("<a" * 300_000, "<div " * 100_000, "</div>" * 50_000):
        page = Page("https://example.org/", body.encode(), datetime(2026, 11, 1, tzinfo=UTC))
        began = time.process_time()
        parse_html5(page)
        assert time.process_time() - began < _LONGEST


def test_comments_inside_one_another_keep_their_own_words_and_are_read_quickly() -> None:
    depth, threads = 80, 5
    opened = [
        f'<div id="comment-{number}" class="comment"><cite class="fn">odo</cite>'
        f'<div class="comment-content">Words of {number} '
        for number in range(depth * threads)
    ]
    nested = "".join(
        "".join(opened[start : start + depth]) + " and after</div></div>" * depth
        for start in range(0, len(opened), depth)
    )
    head = '<head><link href="/wp-content/a.css"><script src="/wp-includes/a.js"></script></head>'
    article = (
        '<article id="post-7" class="post"><h1 class="entry-title">Berths</h1>'
        '<div class="entry-content"><p>Six of them</p></div></article>'
    )
    body = f'{article}<div id="comments">{nested}</div>'
    body = f'<html>{head}<body class="single postid-7">{body}</body></html>'
    found, seconds = parsed("wordpress", "https://blog.example.org/a/", body)
    assert found.posts[0].text == "Berths\n\nSix of them"
    assert {post.site_id: post.text for post in found.posts[1:]} == {
        f"comment-{number}": f"Words of {number} and after" for number in range(depth * threads)
    }
    assert found.posts[2].reply_to == "comment-0"
    assert seconds < _LONGEST
