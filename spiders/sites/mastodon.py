"""Mastodon, and servers that speak its interface (Pleroma, Akkoma, GoToSocial, Pixelfed)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from crawler.errors import LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.json_page import (
    as_parsed,
    at,
    dicts_at,
    peek_json,
    query_value,
    read_fragment,
    read_json,
    strings,
    text_at,
    time_at,
    with_query,
)
from spiders.post_body import BodyMarkup

if TYPE_CHECKING:
    from spiders.source import Source

#: Newest first; lists by another order are told by their times, and not judged.
LISTING = "window"

_STATUS = frozenset({"account", "content", "created_at", "id"})
_BODY = BodyMarkup(dropped=(".quote-inline", ".reference-link-inline"))
#: Only these are for everybody; what is for followers is not kept, whoever shows it.
_PUBLIC = frozenset({"", "public", "unlisted"})
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*rel="?next')
_TIMELINE = re.compile(r"/api/v1/(?:timelines/|accounts/[^/]+/statuses)")
_SEARCH = re.compile(r"/api/v[12]/search")
_ACCESS = ("configuration", "timelines_access")


def recognises(page: Page) -> int:
    """How many signs of Mastodon the page has: the shape of its data, or its address."""
    data = peek_json(page)
    if data is None:
        return 0
    if next(_statuses(data), None) is not None:
        return 10
    if _is_instance(data):
        return 8
    parts = urlsplit(page.url)
    return 5 if _TIMELINE.search(parts.path) or _SEARCH.search(parts.path) else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The statuses of a timeline, an account, a search, a thread, or a single one.

    A boost is a post of the booster without words of its own, which quotes; the boosted
    status is a post of its author. A timeline that is empty from its start leads to the
    instance's description, which says whether its timelines are closed.

    Raises:
        LayoutChanged: not Mastodon's data.
        LoginRequired: the instance shows its timelines to members only.
    """
    sought = "a list of statuses, each with id, account, content, created_at"
    data = read_json(page, sought)
    if isinstance(data, dict) and isinstance(data.get("error"), str):
        return _refused(page, f"{data['error']} {text_at(data, 'error_description')}".strip())
    if _is_instance(data):
        return _instance(page, data)
    listed = data if isinstance(data, list) else at(data, "statuses")
    found = list(_statuses(data))
    if not found and not isinstance(listed, list):
        raise LayoutChanged(page.url, f"not the data of Mastodon: looked for {sought}")
    if not found and isinstance(listed, list) and any(listed):
        raise LayoutChanged(page.url, f"{len(listed)} entries, none of them a status: {sought}")
    posts = [
        post
        for status in found
        if text_at(status, "visibility") in _PUBLIC
        for post in _posts(status, page.url)
    ]
    path = urlsplit(page.url).path
    if not found and "/timelines/" in path and not query_value(page.url, "max_id"):
        detail = "the timeline is empty, or closed to visitors: the instance is asked which"
        return Parsed((), (urljoin(page.url, "/api/v2/instance"),), (), Outcome.EMPTY, detail)
    following = _next_page(page, found)
    return as_parsed(posts, following, empty="there is no older status")


def _statuses(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict) and "statuses" not in data and "descendants" not in data:
        lists = [[data]]
    else:
        names = ("ancestors", "statuses", "descendants")
        lists = [dicts_at(data)] if isinstance(data, list) else [dicts_at(data, n) for n in names]
    for status in (one for found in lists for one in found):
        known = status.keys() >= _STATUS and isinstance(status["account"], dict)
        if known and text_at(status, "id"):
            yield status


def _posts(status: dict[str, Any], base: str) -> Iterator[ParsedPost]:
    boosted = at(status, "reblog")
    if not isinstance(boosted, dict):
        yield _post(status, base)
        return
    original = _post(boosted, base)
    author, handle = _author(status)
    printed, moment = time_at(status, "created_at")
    yield ParsedPost(
        site_id=text_at(status, "id"),
        text="",
        url=text_at(status, "url") or text_at(status, "uri") or None,
        author=author,
        author_handle=handle,
        posted_at=moment,
        posted_text=printed,
        forwarded_from=original.author_handle,
        quoted=(original.text,) if original.text else (),
    )
    if text_at(boosted, "visibility") in _PUBLIC:
        yield original


def _post(status: dict[str, Any], base: str) -> ParsedPost:
    body = read_fragment(text_at(status, "content"), base, _BODY)
    author, handle = _author(status)
    printed, moment = time_at(status, "created_at")
    poll = [text_at(option, "title") for option in dicts_at(status, "poll", "options")]
    parts = [text_at(status, "spoiler_text"), body.text, "\n".join(poll)]
    attached = [
        text_at(one, "url") or text_at(one, "remote_url")
        for one in dicts_at(status, "media_attachments")
    ]
    tags = {text_at(tag, "url") for tag in dicts_at(status, "tags")}
    links = [link for link in body.links if link not in tags and "/tags/" not in link]
    quoted = _quoted(status, base)
    return ParsedPost(
        site_id=text_at(status, "id"),
        text="\n\n".join(part.strip() for part in parts if part.strip()),
        url=text_at(status, "url") or text_at(status, "uri") or None,
        author=author,
        author_handle=handle,
        posted_at=moment,
        posted_text=printed,
        edited=bool(status.get("edited_at")),
        reply_to=text_at(status, "in_reply_to_id") or None,
        quoted=(*body.quoted, *quoted),
        media=strings([*attached, *body.media]),
        links=strings([*links, at(status, "card", "url")]),
    )


def _author(status: dict[str, Any]) -> tuple[str | None, str | None]:
    account = at(status, "account")
    handle = (text_at(account, "acct") or text_at(account, "username")).lstrip("@")
    name = " ".join(text_at(account, "display_name").split())
    return name or handle or None, handle.lower() or None


def _quoted(status: dict[str, Any], base: str) -> tuple[str, ...]:
    # Mastodon wraps the quoted status in what became of it; Pleroma and Fedibird do not.
    quote = at(status, "quote", "quoted_status") or at(status, "quote")
    quote = quote or at(status, "pleroma", "quote")
    text = read_fragment(text_at(quote, "content"), base, _BODY).text
    return (text,) if text else ()


def _next_page(page: Page, found: list[dict[str, Any]]) -> tuple[str, ...]:
    path = urlsplit(page.url).path
    for name, value in page.headers:
        if name.lower() == "link" and (match := _NEXT.search(value)):
            return (urljoin(page.url, match.group(1)),)
    if not found:
        return ()
    if _TIMELINE.search(path):
        numbers = [text_at(status, "id") for status in found]
        # Ids are numbers, or ULIDs and the like: both sort by their time within a length.
        oldest = min(numbers, key=lambda number: (len(number), number))
        return (with_query(page.url, max_id=oldest, min_id=None, since_id=None),)
    if _SEARCH.search(path):
        offset = int(query_value(page.url, "offset") or 0) + len(found)
        return (with_query(page.url, offset=str(offset)),)
    return ()


def _is_instance(data: Any) -> bool:
    return (
        isinstance(data, dict) and "configuration" in data and ("domain" in data or "uri" in data)
    )


def _instance(page: Page, data: dict[str, Any]) -> Parsed:
    feeds = at(data, *_ACCESS)
    closed = sorted(
        f"{kind}/{part}: {access}"
        for kind, parts in (feeds.items() if isinstance(feeds, dict) else ())
        for part, access in (parts.items() if isinstance(parts, dict) else ())
        if access in {"authenticated", "disabled"}
    )
    if closed:
        raise LoginRequired(page.url, f"timelines are closed to visitors ({', '.join(closed)})")
    return Parsed(outcome=Outcome.EMPTY, detail="the instance's timelines are open to visitors")


def _refused(page: Page, said: str) -> Parsed:
    words = said.lower()
    if "authenticat" in words or "authoriz" in words or "token" in words or "login" in words:
        raise LoginRequired(page.url, f"the instance says: {said[:200]}")
    if "not found" in words:
        return Parsed(outcome=Outcome.GONE, detail=f"the instance says: {said[:200]}")
    return Parsed(outcome=Outcome.BLOCKED, detail=f"the instance says: {said[:200]}")
