"""Lemmy, and what speaks its interface (PieFed, Mbin's bridge): posts and comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.encoding import decode_page
from spiders.forum_markup import ForumMarkup, count_signs
from spiders.forum_page import read_forum_page
from spiders.json_page import (
    as_parsed,
    at,
    is_json,
    peek_json,
    query_value,
    read_json,
    strings,
    text_at,
    time_at,
    with_query,
)
from spiders.markdown_text import read_markdown
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

#: The pages of lemmy-ui 0.17 to 0.19, as the server sends them.
MARKUP = ForumMarkup(
    engine="Lemmy",
    sure_signs=(b"window.isoData", b"lemmy-site", b'content="Lemmy"', b"join-lemmy.org"),
    signs=(b"Lemmy", b"lemmy", b"post-listing", b"comment-node", b"person-listing", b"md-div"),
    posts=("article[id^='comment-']", ".comment-node", ".post-listing"),
    bodies=(
        ".comment-content .md-div",
        ".comment-content",
        "#postContent",
        ".post-title",
        ".md-div",
    ),
    ids=(
        ("@id", r"^comment-(\d+)$"),
        ("a[href*='/comment/']@href", r"/comment/(\d+)"),
        ("a[href*='/post/']@href", r"/post/(\d+)"),
    ),
    authors=("a.person-listing", ".person-listing", "a[href^='/u/']"),
    times=("time", ".moment-time"),
    permalinks=("a[href*='/comment/']", ".post-title a[href*='/post/']"),
    body=BodyMarkup(dropped=(".comment-actions",)),
    next=(".paginator a.btn:last-child",),
    thread_page=(".comments", "#commentsSection"),
    threads=(".post-title a[href*='/post/']",),
    board_page=(".post-listings",),
    messages=("#app .error-page",),
)
_DATA = re.compile(r"window\.isoData\s*=\s*")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|mp4|webm)(?:$|\?)", re.IGNORECASE)
_API = re.compile(r"/api/v[34]/(?:post|comment|search|community|user|person)")
_SOUGHT = "posts or comments, each with its own data and its creator"
_DEEPEST = 12  #: levels of a page's data in which posts are looked for


def recognises(page: Page) -> int:
    """How many signs of Lemmy the page has."""
    if not is_json(page):
        return count_signs(page, MARKUP)
    data = peek_json(page)
    if next(_views(data), None) is not None:
        return 10
    return 5 if _API.search(urlsplit(page.url).path) else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts and comments of a page. A page for people brings the same data with it.

    Raises:
        LayoutChanged: not Lemmy's data.
        LoginRequired: the instance is for members.
    """
    if is_json(page):
        return _read(page, read_json(page, _SOUGHT))
    text = decode_page(page)
    start = _DATA.search(text)
    if start is not None:
        try:
            data, _ = json.JSONDecoder().raw_decode(text, start.end())
        except (ValueError, RecursionError):
            data = None
        if next(_views(data), None) is not None:
            return _read(page, data)
    return read_forum_page(page, source, MARKUP)


def _read(page: Page, data: Any) -> Parsed:
    if isinstance(at(data, "error"), str):
        said = text_at(data, "error")
        if "login" in said or "auth" in said or said == "instance_is_private":
            raise LoginRequired(page.url, f"the instance says: {said[:200]}")
        gone = "find" in said or "not_found" in said
        outcome = Outcome.GONE if gone else Outcome.BLOCKED
        return Parsed(outcome=outcome, detail=f"the instance says: {said[:200]}")
    views = list(_views(data))
    lists = [at(data, name) for name in ("posts", "comments", "items", "results")]
    if not views and (any(lists) or not any(isinstance(one, list) for one in lists)):
        raise LayoutChanged(page.url, f"not the data of Lemmy: looked for {_SOUGHT}")
    posts = [_post(view, page.url) for view in views]
    return as_parsed(posts, _next_page(page, data, views), empty="there is no post on this page")


def _views(data: Any) -> Iterator[dict[str, Any]]:
    """Every post and comment with its creator, wherever in the data, in its order."""
    pending: list[tuple[Any, int]] = [(data, 0)]
    while pending:
        one, depth = pending.pop(0)
        if depth > _DEEPEST:
            continue
        if isinstance(one, list):
            pending[:0] = [(item, depth + 1) for item in one]
        elif isinstance(one, dict):
            own = at(one, "comment") or at(one, "post")
            if text_at(own, "id") and isinstance(at(one, "creator"), dict):
                yield one
            else:
                pending[:0] = [(value, depth + 1) for value in one.values()]


def _post(view: dict[str, Any], base: str) -> ParsedPost:
    comment, post = at(view, "comment"), at(view, "post")
    own = comment if isinstance(comment, dict) else post
    kind = "comment" if own is comment else "post"
    number = text_at(own, "id")
    body = read_markdown(text_at(own, "content") or text_at(own, "body"), base)
    title = text_at(own, "name")
    address = text_at(own, "url")
    name, handle = _author(view, base)
    printed, moment = time_at(own, "published_at" if "published_at" in own else "published")
    # '0.12.34' is comment 34, an answer to 12; '0.12' answers the post itself.
    path = text_at(own, "path").split(".")
    parent = f"comment/{path[-2]}" if len(path) > 2 else f"post/{text_at(own, 'post_id')}"
    shown = address if _PICTURE.search(address) else ""
    return ParsedPost(
        site_id=f"{kind}/{number}",
        text="\n\n".join(part for part in (title, body.text) if part),
        url=urljoin(base, f"/{kind}/{number}"),
        author=name,
        author_handle=handle,
        posted_at=moment,
        posted_text=printed,
        edited=bool(at(own, "updated") or at(own, "updated_at")),
        reply_to=parent if kind == "comment" else None,
        quoted=body.quoted,
        media=strings([shown, *body.media]),
        links=strings([*([] if shown else [address]), *body.links]),
    )


def _author(view: dict[str, Any], base: str) -> tuple[str | None, str | None]:
    creator = at(view, "creator")
    handle = text_at(creator, "name")
    home = urlsplit(text_at(creator, "actor_id") or text_at(creator, "ap_id")).hostname
    if handle and home and home != urlsplit(base).hostname and at(creator, "local") is not True:
        handle = f"{handle}@{home}"
    shown = " ".join(text_at(creator, "display_name").split()) or text_at(creator, "name")
    return shown or None, handle.lower() or None


def _next_page(page: Page, data: Any, views: list[dict[str, Any]]) -> tuple[str, ...]:
    path = urlsplit(page.url).path
    if not views or not re.search(r"/(?:list|search)$", path):
        return ()
    cursor = text_at(data, "next_page")
    if cursor:
        return (with_query(page.url, page_cursor=cursor, page=None),)
    if isinstance(data, dict) and "next_page" in data:
        return ()
    number = query_value(page.url, "page")
    return (with_query(page.url, page=str(int(number) + 1 if number.isdecimal() else 2)),)
