"""A forum whose engine is not named: it is told from the page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crawler.types import Outcome, Page, Parsed
from spiders.forum_page import page_times
from spiders.html5 import parse_html5
from spiders.selection import base_address
from spiders.sites import find_parser, is_forum, platforms, signs_of
from spiders.structured_posts import read_structured_posts
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source

FORUM = True  #: whichever it is


def recognises(page: Page) -> bool:
    """Whether the page describes postings of a forum for machines."""
    return b"DiscussionForumPosting" in page.body


def parse(page: Page, source: Source | None = None) -> Parsed:
    """What the parser of the page's engine makes of it.

    Of an engine that is not known, the posts that the page describes for machines; without
    any, the outcome is `layout_changed`, or the wall that stands before the site.
    """
    engine = recognise_engine(page)
    if engine is not None:
        return find_parser(engine).parse(page, source)
    root = parse_html5(page)
    times = page_times(root, page, source)
    posts = read_structured_posts(root, base_address(root, page.url), times)
    if posts:
        return Parsed(posts, links=tuple(dict.fromkeys(x for post in posts for x in post.links)))
    wall = find_wall(root)
    if wall is not None:
        return Parsed(outcome=wall[0], detail=wall[1])
    detail = f"the page is of no forum engine that is known ({', '.join(_engines())})"
    return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)


def recognise_engine(page: Page) -> str | None:
    """The forum engine with most signs on the page; None when it is none of them."""
    known = {engine: signs_of(engine, page) for engine in _engines()}
    best = max(known, key=lambda engine: known[engine])
    return best if known[best] else None


@cache
def _engines() -> tuple[str, ...]:
    return tuple(name for name in platforms() if name != "forum" and is_forum(name))
