"""Reddit: its feeds, its listings as JSON, and the pages of old and new Reddit."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

from crawler.errors import Blocked, LayoutChanged
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.forum_page import page_times
from spiders.html5 import parse_html5
from spiders.json_page import (
    as_parsed,
    at,
    dicts_at,
    is_json,
    peek_json,
    query_value,
    read_fragment,
    read_json,
    strings,
    text_at,
    time_at,
    with_query,
)
from spiders.markdown_text import read_markdown
from spiders.post_body import Body, BodyMarkup, read_body
from spiders.posted_time import read_machine_time
from spiders.selection import absolute_address, find_all, find_first, find_value
from spiders.sites import feed
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source

#: Newest first; lists by another order are told by their times, and not judged.
LISTING = "window"

_KINDS = frozenset({"t1", "t3"})  #: comments and posts
_PICTURE = re.compile(
    r"\.(?:jpe?g|png|gif|gifv|webp|mp4)(?:$|\?)|//(?:i|v)\.redd\.it/", re.IGNORECASE
)
#: What feeds put after a post's own words.
_FOOTER = re.compile(
    r"submitted by\s+/u/\S+(?:\s+to\s+\S+)?(?:\s+\[link\])?(?:\s+\[comments\])?\s*"
)
_OWN = re.compile(r"https?://(?:\w+\.)?reddit\.com/(?:user|u)/")
_SOUGHT = "a Listing of t3 or t1 things, or the feed of one"
_THINGS = (".thing[data-fullname]", "shreddit-post", "shreddit-comment")
_BODY = BodyMarkup(dropped=(".reportform", ".expando-uninitialized"))
_NAMELESS = frozenset({"", "[deleted]", "[removed]"})
_DEEPEST = 100_000  #: comments of a page that are walked through


def recognises(page: Page) -> int:
    """How many signs of Reddit the page has."""
    host = urlsplit(page.url).hostname or ""
    there = 3 if host == "reddit.com" or host.endswith(".reddit.com") else 0
    if is_json(page):
        data = peek_json(page)
        first = data[0] if isinstance(data, list) and data else data
        known = text_at(first, "kind") in {"Listing", *_KINDS}
        return 10 if known and isinstance(at(first, "data"), dict) else there
    body = page.body
    signs = (b'data-fullname="t3_', b'data-fullname="t1_', b"<shreddit-", b"<id>t3_", b"<id>t1_")
    return there + sum(5 for sign in signs if sign in body)


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts and comments of a page, and the next page.

    Raises:
        LayoutChanged: none of the forms that are known.
        Blocked: Reddit refuses.
    """
    if is_json(page):
        return _read(page, read_json(page, _SOUGHT))
    start = page.body[:1000].lower()
    if any(sign in start for sign in (b"<feed", b"<rss")):
        return _without_footers(feed.parse(page, source))
    return _read_html(page, source)


def _without_footers(parsed: Parsed) -> Parsed:
    posts = tuple(
        replace(
            post,
            text=_without_footer(post.text),
            author=post.author.removeprefix("/u/") if post.author else None,
            links=tuple(x for x in post.links if not _OWN.match(x) and x != post.url),
        )
        for post in parsed.posts
    )
    links = tuple(dict.fromkeys(link for post in posts for link in post.links))
    return replace(parsed, posts=posts, links=links)


def _without_footer(text: str) -> str:
    start = text.rfind("submitted by")
    return text[:start].rstrip() if start >= 0 and _FOOTER.fullmatch(text, start) else text


def _read(page: Page, data: Any) -> Parsed:
    if text_at(data, "error") or (at(data, "message") and at(data, "kind") is None):
        said = f"{text_at(data, 'error')} {text_at(data, 'message')} {text_at(data, 'reason')}"
        code = text_at(data, "error")
        if code == "404":
            return Parsed(outcome=Outcome.GONE, detail=f"Reddit says: {said.strip()}")
        raise Blocked(page.url, f"Reddit says: {said.strip()}")
    more = dicts_at(data, "json", "data", "things")  # what 'load more comments' answers
    roots = data if isinstance(data, list) else more or [data]
    listings = [one for one in roots if text_at(one, "kind") == "Listing"]
    if not listings and text_at(roots[0] if roots else None, "kind") not in _KINDS:
        raise LayoutChanged(page.url, f"not the data of Reddit: looked for {_SOUGHT}")
    posts: list[ParsedPost] = []
    threads: list[str] = []
    for thing in _things(roots):
        kind = text_at(thing, "kind")
        if kind in _KINDS and (text_at(thing, "data", "name") or text_at(thing, "data", "id")):
            posts.append(_post(thing["data"], kind, page.url))
        elif kind == "more" and at(thing, "data", "count") == 0:
            # 'Continue this thread': deeper answers are on a page of their own.
            parent = text_at(thing, "data", "parent_id").removeprefix("t1_")
            path = urlsplit(page.url).path.removesuffix(".json")
            root = re.match(r".*/comments/\w+/[^/]*", path)
            if parent and root:
                threads.append(urljoin(page.url, f"{root[0].rstrip('/')}/{parent}.json"))
    following = list(threads)
    if len(listings) == 1 and (after := text_at(listings[0], "data", "after")):
        count = query_value(page.url, "count")
        seen = (int(count) if count.isdecimal() else 0) + len(posts)
        following.append(with_query(page.url, after=after, count=str(seen), before=None))
    return as_parsed(posts, following, empty="there is no post")


def _things(roots: list[Any]) -> Iterator[dict[str, Any]]:
    """Every thing, a comment before its answers."""
    pending, walked = list(roots), 0
    while pending and walked < _DEEPEST:
        one = pending.pop(0)
        walked += 1
        if not isinstance(one, dict) or not isinstance(one.get("data"), dict):
            continue
        if one.get("kind") == "Listing":
            pending[:0] = dicts_at(one, "data", "children")
            continue
        yield one
        if isinstance(at(one, "data", "replies"), dict):
            pending.insert(0, one["data"]["replies"])


def _post(data: dict[str, Any], kind: str, base: str) -> ParsedPost:
    body = _body(data, base)
    author = text_at(data, "author")
    author = "" if author in _NAMELESS else author
    title = html.unescape(text_at(data, "title"))
    printed, moment = time_at(data, "created_utc")
    address = html.unescape(text_at(data, "url_overridden_by_dest") or text_at(data, "url"))
    own = text_at(data, "permalink")
    outside = "" if at(data, "is_self") is True or (own and own in address) else address
    picture = outside if _PICTURE.search(outside) else ""
    # A crosspost shows somebody else's post below its own title.
    parents = [_body(parent, base).text for parent in dicts_at(data, "crosspost_parent_list")]
    origin = text_at(data, "crosspost_parent_list", 0, "author")
    gallery = data.get("media_metadata")
    images = [
        html.unescape(text_at(one, "s", "u") or text_at(one, "s", "gif"))
        for one in (gallery.values() if isinstance(gallery, dict) else ())
    ]
    film = html.unescape(text_at(data, "media", "reddit_video", "fallback_url"))
    return ParsedPost(
        site_id=text_at(data, "name") or f"{kind}_{text_at(data, 'id')}",
        text="\n\n".join(part for part in (title.strip(), body.text) if part),
        url=urljoin("https://www.reddit.com/", own) if own else None,
        author=author or None,
        author_handle=author.lower() or None,
        posted_at=moment,
        posted_text=printed,
        edited=bool(at(data, "edited")),
        forwarded_from=origin or None,
        reply_to=text_at(data, "parent_id") or None,
        quoted=(*body.quoted, *(text for text in parents if text)),
        media=strings([picture, *images, film, *body.media]),
        links=strings([*([] if picture else [outside]), *body.links]),
    )


def _body(data: Any, base: str) -> Body:
    markup = text_at(data, "selftext_html") or text_at(data, "body_html")
    if markup:
        # It comes as text of HTML, or, with `raw_json=1`, as HTML.
        markup = html.unescape(markup) if "&lt;" in markup and "<div" not in markup else markup
        return read_fragment(markup, base, _BODY)
    words = text_at(data, "selftext") or text_at(data, "body")
    return read_markdown(html.unescape(words), base)


def _read_html(page: Page, source: Source | None) -> Parsed:
    root = parse_html5(page)
    found = [thing for selector in _THINGS for thing in find_all(root, (selector,))]
    times = page_times(root, page, source)
    posts = []
    for thing in found:
        author = thing.get("data-author") or thing.get("author") or ""
        stamp = (
            thing.get("data-timestamp") or thing.get("created-timestamp") or thing.get("created")
        )
        shown = find_first(thing, (".tagline time", "faceplate-timeago time", "time"))
        printed = shown.get("datetime") if shown is not None else None
        printed = stamp or printed or find_value(thing, ("faceplate-timeago@ts",))
        read = _html_body(thing, page.url)
        title = thing.get("post-title") or find_value(thing, (".entry a.title", "p.title a.title"))
        own = thing.get("data-permalink") or thing.get("permalink") or ""
        own = own or find_value(thing, (".entry a.bylink@href",)) or ""
        outside = thing.get("content-href") or thing.get("data-url") or ""
        outside = absolute_address(outside, page.url) or ""
        if own and own in outside:
            outside = ""
        author = "" if author in _NAMELESS else author
        picture = outside if _PICTURE.search(outside) else ""
        is_comment = (
            thing.tag == "shreddit-comment" or "comment" in (thing.get("class") or "").split()
        )
        posts.append(
            ParsedPost(
                site_id=thing.get("data-fullname")
                or thing.get("thingid")
                or thing.get("id")
                or own,
                text="\n\n".join(part for part in ("" if is_comment else title, read.text) if part),
                url=absolute_address(own, page.url),
                author=author or None,
                author_handle=author.lower() or None,
                posted_at=read_machine_time(printed) or times.read(printed),
                posted_text=printed,
                edited=find_first(thing, (".tagline time.edited-timestamp",)) is not None,
                reply_to=thing.get("parentid") or None,
                quoted=read.quoted,
                media=strings([picture, *read.media]),
                links=strings([*([] if picture else [outside]), *read.links]),
            )
        )
    following = find_value(
        root, (".next-button a@href", ".nav-buttons a[rel~='next']@href", "link[rel='next']@href")
    )
    if posts:
        address = absolute_address(following, page.url)
        return as_parsed(posts, (address,) if address else (), empty="")
    wall = find_wall(root)
    if wall is not None:
        return Parsed(outcome=wall[0], detail=wall[1])
    if find_first(root, ("#noresults", ".search-result-group", "#siteTable")) is not None:
        return Parsed(outcome=Outcome.EMPTY, detail="there is no post on this page")
    raise LayoutChanged(page.url, f"not a page of Reddit: looked for {', '.join(_THINGS)}")


def _html_body(thing: _Element, base: str) -> Body:
    """The words of a thing, without those of the answers inside it."""
    own = [
        ".entry .usertext-body .md",
        "[slot='text-body'] .md",
        "[id$='-post-rtjson-content']",
        "[slot='comment']",
        "[slot='text-body']",
    ]
    for selector in own:
        for element in find_all(thing, (selector,)):
            nearest = next(
                (
                    outer
                    for outer in element.iterancestors()
                    if outer.tag in {"shreddit-post", "shreddit-comment"}
                    or outer.get("data-fullname")
                ),
                None,
            )
            if nearest is thing:
                return read_body(element, base, _BODY)
    return Body("")
