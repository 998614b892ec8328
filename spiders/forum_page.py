"""Reads the pages of a forum engine from a description of its markup.

Engines differ in names, not in kind: a thread is a list of posts with an author, a time and
a body, a board is a list of links to threads. What an engine calls them is a `ForumMarkup`,
with several selectors for each thing, so that old versions and other people's skins are read
too. Where none of them finds a post, machine-readable data on the page is tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from lxml.etree import _Element

from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_markup import ForumMarkup
from spiders.forum_posts import read_posts
from spiders.html5 import parse_html5
from spiders.html_text import html_text
from spiders.posted_time import PostedTimes, find_zone, read_machine_time, zone_named
from spiders.selection import absolute_address, base_address, find_each, find_first, iter_values
from spiders.structured_posts import read_structured_posts
from spiders.thread_pages import ThreadPages, find_pages
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source


def read_forum_page(page: Page, source: Source | None, markup: ForumMarkup) -> Parsed:
    """The posts of a thread, or the links to the threads of a board; and the next page.

    The outcome tells a board without threads, a page for members, a message of the board
    instead of content (`gone`), a wall before the site, and markup that is not known.
    """
    root = parse_html5(page)
    base = base_address(root, page.url)
    times = page_times(root, page, source, markup.zone)
    posts = read_posts(root, page, base, markup, times)
    pages = find_pages(root, page.url, base, markup.next)
    if posts:
        return _of_thread(posts, pages, markup)
    if structured := read_structured_posts(root, base, times):
        return _of_thread(structured, pages, markup)
    if find_first(root, markup.thread_page) is None:
        anchors = find_each(root, markup.threads)
        threads = _addresses(anchors, base)
        if threads:
            return Parsed(next_pages=_following(pages), links=threads)
        if find_first(root, markup.board_page) is not None:
            return Parsed(outcome=Outcome.EMPTY, detail="the board has no threads")
    return _without_posts(root, markup)


def page_times(
    root: _Element, page: Page, source: Source | None, zone: Iterable[str] = ()
) -> PostedTimes:
    """What reads the printed times of a page, in its language and time zone.

    `zone` are selectors of elements that say which time zone the page is in; the source's
    `time_zone:` comes before what the page says.
    """
    hints = list(source.languages) if source is not None else []
    said = [root.get("lang") or root.get("xml:lang") or ""]
    said += [element.get("lang") or "" for element in find_each(root, ("body[lang]",))]
    said += iter_values(root, ("meta[http-equiv='content-language']@content",))
    named = source.time_zone if source is not None else None
    found = zone_named(named) if named else _zone_of(root, zone)
    times = PostedTimes(now=page.fetched_at, languages=[*hints, *said], zone=found or UTC)
    offset = _offset_shown(root, times) if found is None else None
    if offset is None:
        return times
    return PostedTimes(now=page.fetched_at, languages=[*hints, *said], zone=offset)


def _offset_shown(root: _Element, times: PostedTimes) -> tzinfo | None:
    """The zone of a page that prints some times beside their seconds since 1970.

    XenForo 1 does so for those of the last week, and prints older ones without.
    """
    for element in find_each(root, ("[data-time][data-datestring][data-timestring]",)):
        moment = read_machine_time(element.get("data-time"))
        shown = times.read(f"{element.get('data-datestring')} {element.get('data-timestring')}")
        if moment is not None and shown is not None:
            quarters = round((shown - moment).total_seconds() / 900)
            offset = timedelta(minutes=15 * quarters)
            if abs(offset) <= timedelta(hours=14):
                return timezone(offset)
    return None


def _zone_of(root: _Element, selectors: Iterable[str]) -> tzinfo | None:
    for element in find_each(root, selectors):
        titled = [inner.get("title") or "" for inner in element.iter() if inner.get("title")]
        for title in titled:
            if "/" in title and (zone := zone_named(title)) is not None:
                return zone
        if (zone := find_zone(html_text(element)[-300:])) is not None:
            return zone
    return None


def _of_thread(posts: tuple[ParsedPost, ...], pages: ThreadPages, markup: ForumMarkup) -> Parsed:
    following = _following(pages)
    links = tuple(dict.fromkeys(link for post in posts for link in post.links))
    parsed = Parsed(
        posts,
        following,
        links,
        newer_pages=following,
        newest_page=pages.newest,
        older_page=pages.older,
    )
    missing = [
        name
        for name, values in (
            ("author", [post.author for post in posts]),
            ("time", [post.posted_text for post in posts]),
            ("text", [post.text or post.media or post.quoted for post in posts]),
        )
        if not any(values)
    ]
    if len(missing) > 1 or missing == ["text"]:
        detail = (
            f"{len(posts)} posts of {markup.engine}, but no {' and no '.join(missing)} is where "
            "it used to be"
        )
        return Parsed(posts, following, links, Outcome.LAYOUT_CHANGED, detail)
    return parsed


def _without_posts(root: _Element, markup: ForumMarkup) -> Parsed:
    box = find_first(root, markup.messages)
    if box is not None and (words := html_text(box)):
        members = find_first(box, ("input[type='password']", "a[href*='login']"))
        outcome = Outcome.GONE if members is None else Outcome.LOGIN_REQUIRED
        return Parsed(outcome=outcome, detail=f"the board says: {' '.join(words.split())[:200]}")
    wall = find_wall(root)
    if wall is not None:
        return Parsed(outcome=wall[0], detail=wall[1])
    sought = "; ".join([*markup.posts[:2], *markup.bodies[:2], *markup.threads[:2]])
    detail = f"neither a thread nor a board of {markup.engine}: looked for {sought} …"
    return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)


def _following(pages: ThreadPages) -> tuple[str, ...]:
    return () if pages.next is None else (pages.next,)


def _addresses(anchors: Iterable[_Element], base: str) -> tuple[str, ...]:
    found = (absolute_address(anchor.get("href"), base) for anchor in anchors)
    return tuple(dict.fromkeys(address for address in found if address))
