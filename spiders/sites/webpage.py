"""Any single page: by the selectors of its source, or its main text as one post."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml.etree import _Element
from lxml.html import HtmlElement
from parsel import Selector

from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.encoding import parse_html
from spiders.forum_page import page_times
from spiders.handles import find_handle
from spiders.html_text import html_text
from spiders.main_text import read_main_text
from spiders.posted_time import PostedTimes, read_machine_time
from spiders.walls import find_wall_of

if TYPE_CHECKING:
    from spiders.source import Selectors, Source

#: What stands at the end of a document that arrived whole.
LISTING = "whole"

_CLOSING = b"</html"


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The posts that the source's selectors find, or the main text as a single post.

    With selectors a page on which none of them finds anything is `layout_changed`: the
    difference between an empty board and a rebuilt one cannot be told.
    """
    root = parse_html(page)
    links = _links(root, page.url)
    selectors = source.selectors if source is not None else None
    if selectors is None and (wall := find_wall_of(page, root)):
        return Parsed(links=links, outcome=wall[0], detail=wall[1])
    times = page_times(root, page, source)
    if selectors is not None:
        parsed = _selected(root, page, selectors, times)
    elif (post := read_main_text(root, page, times)) is not None:
        parsed = Parsed((post,))
    else:
        parsed = Parsed(outcome=Outcome.EMPTY, detail="there is no text on the page")
    parsed = replace(parsed, links=links)
    if parsed.outcome is Outcome.OK and _is_cut(page):
        detail = "the page ends before its closing tag"
        return replace(parsed, outcome=Outcome.BROKEN, detail=detail)
    return parsed


def _is_cut(page: Page) -> bool:
    # Many pages leave out the closing tag; only one that opens the document and then
    # stops inside a tag or without any closing tag of its body is called cut.
    if page.rendered or b"<body" not in page.body[:200_000].lower():
        return False
    tail = page.body[-4096:].lower()
    return _CLOSING not in tail and b"</body" not in tail


def _selected(root: HtmlElement, page: Page, selectors: Selectors, times: PostedTimes) -> Parsed:
    document = Selector(root=root, type="html")
    posts = [_post(found, page.url, selectors, times) for found in document.css(selectors.post)]
    following: tuple[str, ...] = ()
    if selectors.next is not None:
        target = _value(document, selectors.next, "href")
        following = _absolute([target] if target else [], page.url)
    if not posts:
        detail = f"nothing matches the selector of posts, {selectors.post!r}"
        return Parsed(next_pages=following, outcome=Outcome.LAYOUT_CHANGED, detail=detail)
    if not any(post.text for post in posts):
        detail = f"{len(posts)} posts match {selectors.post!r}, but none has a text"
        return Parsed(tuple(posts), following, (), Outcome.LAYOUT_CHANGED, detail)
    unique = {post.site_id: post for post in posts}
    return Parsed(tuple(unique.values()), following)


def _post(found: Selector, base: str, selectors: Selectors, times: PostedTimes) -> ParsedPost:
    element: _Element = found.root
    text = _value(found, selectors.text) if selectors.text else html_text(element)
    author = _value(found, selectors.author) if selectors.author else None
    url = _value(found, selectors.url, "href") if selectors.url else None
    address = _absolute([url], base)[0] if url and _absolute([url], base) else None
    printed, moment = _time(found, selectors.time, times) if selectors.time else (None, None)
    site_id = _value(found, selectors.id, "id") if selectors.id else element.get("id")
    digest = hashlib.sha256(f"{author}\x1f{printed}\x1f{text}".encode()).hexdigest()[:32]
    return ParsedPost(
        site_id=site_id or address or f"sha256:{digest}",
        text=text or "",
        url=address or base,
        author=author or None,
        author_handle=find_handle(author),
        posted_at=moment,
        posted_text=printed,
        media=_absolute([image.get("src") or "" for image in element.iter("img")], base),
        links=_absolute([link.get("href") or "" for link in element.iter("a")], base),
    )


def _value(found: Selector, css: str, attribute: str = "") -> str | None:
    """The text of what a selector finds first, or its attribute. None: nothing found."""
    first = next(iter(_css(found, css)), None)
    if first is None:
        return None
    if not isinstance(first.root, _Element):
        return str(first.root).strip() or None  # the selector took an attribute itself
    if attribute and first.root.get(attribute):
        return str(first.root.get(attribute)).strip()
    return html_text(first.root) or None


def _css(found: Selector, css: str) -> list[Selector]:
    if css.startswith("::"):
        # '::attr(data-id)' speaks of the post itself, which CSS has no word for here.
        return list(found.xpath("./@" + css.removeprefix("::attr(").removesuffix(")")))
    return list(found.css(css))


def _time(found: Selector, css: str, times: PostedTimes) -> tuple[str | None, datetime | None]:
    first = next(iter(_css(found, css)), None)
    if first is None:
        return None, None
    if not isinstance(first.root, _Element):
        printed = str(first.root).strip()
        return printed or None, read_machine_time(printed) or times.read(printed)
    printed = html_text(first.root)
    machine = first.root.get("datetime") or ""
    for value in (machine, printed):
        moment = read_machine_time(value) or times.read(value)
        if moment is not None:
            return printed or machine, moment
    return printed or machine or None, None


def _links(root: HtmlElement, base: str) -> tuple[str, ...]:
    return _absolute([link.get("href") or "" for link in root.iter("a")], base)


def _absolute(values: list[str], base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        try:
            absolute = urljoin(base, value.strip()) if value.strip() else ""
            if urlsplit(absolute).scheme in {"http", "https"}:
                found[urldefrag(absolute).url] = None
        except ValueError:
            continue  # 'http://[' is no address
    return tuple(found)
