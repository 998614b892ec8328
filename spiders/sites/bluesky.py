"""Bluesky: searches, feeds of an account, threads, as its public interface gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.errors import Blocked, LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.json_page import (
    as_parsed,
    at,
    dicts_at,
    peek_json,
    read_json,
    strings,
    text_at,
    time_at,
    with_query,
)

if TYPE_CHECKING:
    from spiders.source import Source

#: Newest first; lists by another order are told by their times, and not judged.
LISTING = "window"

#: An account with this label asks not to be shown to visitors who have not logged in.
_MEMBERS_ONLY = "!no-unauthenticated"
_SEARCH = "app.bsky.feed.searchPosts"
_SOUGHT = "posts, a feed or a thread, each post with uri, author and record"
_DEEPEST = 2000  #: replies of a thread that are walked through


def recognises(page: Page) -> int:
    """How many signs of Bluesky the page has: its data types, or its addresses."""
    data = peek_json(page)
    if data is None:
        return 0
    listed = {"feed": data, "posts": data} if isinstance(data, list) else data
    if next(_items(listed), None) is not None:
        return 10
    return 6 if "/xrpc/app.bsky." in page.url else 0


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts of a search, a feed or a thread.

    A repost is the post of its author; what a post quotes is kept apart. Posts of accounts
    that ask not to be shown to visitors are left out.

    Raises:
        LayoutChanged: not Bluesky's data.
        LoginRequired: the interface asks for a login.
        Blocked: the interface refuses.
    """
    data = read_json(page, _SOUGHT)
    if isinstance(data, dict) and isinstance(data.get("error"), str):
        return _refused(page, data)
    if isinstance(data, list):  # the entries of a feed, without what is around them
        data = {"feed": data, "posts": [one for one in data if text_at(one, "uri")]}
    if not isinstance(data, dict) or not any(isinstance(at(data, n), dict | list) for n in _ROOTS):
        raise LayoutChanged(page.url, f"not the data of Bluesky: looked for {_SOUGHT}")
    found = list(_items(data))
    entries = [*dicts_at(data, "posts"), *dicts_at(data, "feed")]
    if entries and not found:
        raise LayoutChanged(page.url, f"{len(entries)} entries, none a post: looked for {_SOUGHT}")
    shown = [view for view in found if not _asks_to_be_left_out(view)]
    detail = "there is no post"
    if len(shown) < len(found):
        detail = f"{len(found) - len(shown)} posts, of accounts that are not shown to visitors"
    return as_parsed(map(_post, shown), _next_page(page, data, found), empty=detail)


_ROOTS = ("posts", "feed", "thread", "post")


def _items(data: Any) -> Iterator[dict[str, Any]]:
    """Every post view, in the order of the page; a thread from its top."""
    entries: list[Any] = [*dicts_at(data, "posts")]
    for name in ("feed", "thread"):  # a flat thread (V2) is a list as well
        entries += [at(one, "post") or at(one, "value", "post") for one in dicts_at(data, name)]
    for node in (data, at(data, "thread")):
        if isinstance(node, dict) and isinstance(at(node, "post"), dict):
            entries += _thread(node)
    for view in entries:
        if text_at(view, "uri") and isinstance(at(view, "author"), dict) and at(view, "record"):
            yield view


def _thread(node: dict[str, Any]) -> Iterator[Any]:
    parents: list[Any] = []
    parent = at(node, "parent")
    while isinstance(parent, dict) and len(parents) < _DEEPEST:
        parents.append(at(parent, "post"))
        parent = at(parent, "parent")
    yield from reversed(parents)
    pending, seen = [node], 0
    while pending and seen < _DEEPEST:
        one = pending.pop(0)
        seen += 1
        yield at(one, "post")
        pending[:0] = dicts_at(one, "replies")


def _asks_to_be_left_out(view: Any) -> bool:
    labels = [*dicts_at(view, "author", "labels"), *dicts_at(view, "labels")]
    withdrawn = {text_at(label, "val") for label in labels if at(label, "neg") is True}
    return any(text_at(label, "val") == _MEMBERS_ONLY for label in labels) and (
        _MEMBERS_ONLY not in withdrawn
    )


def _post(view: dict[str, Any]) -> ParsedPost:
    record = at(view, "record")
    handle = text_at(view, "author", "handle")
    did = text_at(view, "author", "did")
    name = " ".join(text_at(view, "author", "displayName").split())
    uri = text_at(view, "uri")
    which = "createdAt" if text_at(record, "createdAt") else "indexedAt"
    printed, moment = time_at(record, "createdAt")
    if moment is None:  # the writer's own software wrote it: it can be anything
        which_printed, moment = time_at(view, "indexedAt")
        printed = printed if which == "createdAt" else which_printed
    text, links = _text_and_links(record)
    embeds = _embeds(view)
    images = (text_at(i, "fullsize") for one in embeds for i in dicts_at(one, "images"))
    films = (text_at(one, name) for one in embeds for name in ("playlist", "thumbnail"))
    cards = (text_at(one, "external", "uri") for one in embeds)
    quoted = (_quoted_text(at(one, "record")) for one in embeds)
    # A handle whose domain no longer answers for it is shown as 'handle.invalid'.
    known = handle if handle and handle != "handle.invalid" else did
    return ParsedPost(
        site_id=uri,
        text=text,
        url=f"https://bsky.app/profile/{known}/post/{uri.rpartition('/')[2]}" if known else None,
        author=name or known or None,
        author_handle=known.lower() or None,
        posted_at=moment,
        posted_text=printed,
        reply_to=text_at(record, "reply", "parent", "uri") or None,
        quoted=tuple(words for words in quoted if words),
        media=strings([*images, *films]),
        links=strings([*links, *cards]),
    )


def _embeds(view: Any) -> list[Any]:
    """The views of what a post embeds: its media, its card, its quotation."""
    embed = at(view, "embed")
    return [one for one in (embed, at(embed, "media")) if isinstance(one, dict)]


def _quoted_text(record: Any) -> str:
    # With media beside it the quotation lies one level deeper.
    inner = at(record, "record") if isinstance(at(record, "record"), dict) else record
    if at(inner, "value") is None or _asks_to_be_left_out(inner):
        return ""
    return _text_and_links(at(inner, "value"))[0]


def _text_and_links(record: Any) -> tuple[str, list[str]]:
    """The text with its shortened addresses written out, and the addresses.

    Facets count bytes of UTF-8.
    """
    raw = text_at(record, "text").encode()
    links: list[str] = []
    whole: list[tuple[int, int, bytes]] = []
    for facet in dicts_at(record, "facets"):
        start, end = at(facet, "index", "byteStart"), at(facet, "index", "byteEnd")
        for feature in dicts_at(facet, "features"):
            uri = text_at(feature, "uri")
            if uri:
                links.append(uri)
            if not uri or not (isinstance(start, int) and isinstance(end, int)):
                continue
            shown = raw[start:end] if 0 <= start < end <= len(raw) else b""
            if shown.rstrip().endswith((b"...", "…".encode())):
                whole.append((start, end, uri.encode()))
    for start, end, uri_bytes in sorted(whole, reverse=True):
        raw = raw[:start] + uri_bytes + raw[end:]
    return raw.decode("utf-8", "replace").strip(), links


def _next_page(page: Page, data: dict[str, Any], found: list[dict[str, Any]]) -> tuple[str, ...]:
    if urlsplit(page.url).path.endswith(_SEARCH):
        # Visitors are refused the cursor of a search: its older posts are asked for by time.
        times = [
            (moment, printed)
            for view in found
            for printed, moment in (
                time_at(view, "record", "createdAt"),
                time_at(view, "indexedAt"),
            )
            if moment is not None and printed is not None
        ]
        if not times:
            return ()
        return (with_query(page.url, until=min(times)[1], cursor=None),)
    cursor = text_at(data, "cursor")
    return (with_query(page.url, cursor=cursor),) if cursor and found else ()


def _refused(page: Page, data: dict[str, Any]) -> Parsed:
    said = f"{text_at(data, 'error')}: {text_at(data, 'message')}"[:200]
    words = said.lower()
    if "auth" in words or "token" in words:
        raise LoginRequired(page.url, f"Bluesky says: {said}")
    if "notfound" in words or "not found" in words or "deactivated" in words:
        return Parsed(outcome=Outcome.GONE, detail=f"Bluesky says: {said}")
    raise Blocked(page.url, f"Bluesky says: {said}")
