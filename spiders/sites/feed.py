"""RSS, Atom and JSON feeds."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml.html import HtmlElement

from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.encoding import decode_page
from spiders.handles import find_handle
from spiders.html_text import html_fragment_text

if TYPE_CHECKING:
    from spiders.source import Source

LISTING = "window"

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_HANDLE_AND_NAME = re.compile(r"(@[\w.-]{2,64}) +(\S.*)")
_FEED_START = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]", re.IGNORECASE)


def recognises(page: Page) -> bool:
    """Whether the page is a feed."""
    start = page.body[:4000].replace(b"\x00", b"")  # UTF-16 and UTF-32 as well
    return _FEED_START.search(start) is not None or b"jsonfeed.org/version" in start


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The entries of a feed, in its order, and its next page (RFC 5005, JSON Feed).

    A date that cannot be read leaves `posted_at` None and the words in `posted_text`. Of a
    feed that is cut short or ill-formed what is readable is kept: outcome `broken`.
    """
    text = decode_page(page)
    if text.lstrip()[:1] == "{":
        return _parse_json(text, page.url)
    return _parse_xml(text, page.url)


def _parse_xml(text: str, base: str) -> Parsed:
    # Handed over as UTF-8 that is known to be right, so that what the document says of
    # its own encoding no longer matters.
    body = _XML_DECLARATION.sub("", text).encode("utf-8", "replace")
    feed = feedparser.parse(
        body,
        # Without an address of its own: feedparser makes relative ids absolute as well, and
        # an id must be the same whichever page of a feed it stands on.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    posts = _unique(_post(entry, base) for entry in feed.get("entries", ()))
    links = (link for link in feed.get("feed", {}).get("links", ()) if link.get("rel") == "next")
    following = tuple(
        urljoin(base, str(link["href"])) for link in links if link.get("href") is not None
    )[:1]
    if not posts and not feed.get("version"):
        detail = "this is not a feed: neither RSS, nor Atom, nor JSON Feed"
        return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)
    if feed.get("bozo") and not isinstance(
        feed.get("bozo_exception"),
        feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType,
    ):
        detail = f"the feed is cut short or ill-formed: {feed.get('bozo_exception')}"
        return _parsed(posts, following, Outcome.BROKEN, detail)
    return _parsed(posts, following)


def _parsed(
    posts: tuple[ParsedPost, ...],
    following: tuple[str, ...],
    outcome: Outcome = Outcome.OK,
    detail: str = "",
) -> Parsed:
    if not posts and outcome is Outcome.OK:
        outcome, detail = Outcome.EMPTY, "the feed has no entries"
    links = tuple(dict.fromkeys(link for post in posts for link in post.links))
    return Parsed(posts, following, links, outcome, detail)


def _unique(posts: Iterator[ParsedPost]) -> tuple[ParsedPost, ...]:
    return tuple({post.site_id: post for post in posts}.values())


def _post(entry: dict[str, Any], base: str) -> ParsedPost:
    title, _ = html_fragment_text(str(entry.get("title") or ""))
    contents = [str(content.get("value") or "") for content in entry.get("content", ())]
    # content:encoded is the whole post; a summary is often cut.
    markup = max(contents, key=len, default="") or str(entry.get("summary") or "")
    body, fragment = _body(markup)
    url = str(entry.get("link") or "") or None
    media = [str(one.get("href") or "") for one in entry.get("enclosures", ())]
    for name in ("media_content", "media_thumbnail"):
        media += [str(one.get("url") or "") for one in entry.get(name, ())]
    links: list[str] = []
    if fragment is not None:
        media += [image.get("src") or "" for image in fragment.iter("img")]
        links = [link.get("href") or "" for link in fragment.iter("a")]
    # Plain dict access: feedparser's own `get` answers one name with another's value.
    named = ("published", "updated", "created")
    which = next((name for name in named if dict.get(entry, name)), "published")
    printed = str(dict.get(entry, which) or "") or None
    moment = dict.get(entry, f"{which}_parsed")
    author = str(entry.get("author_detail", {}).get("name") or entry.get("author") or "").strip()
    # Discourse names both: '@handle Display Name'.
    both = _HANDLE_AND_NAME.fullmatch(author)
    handle, author = both.groups() if both else (author, author)
    posted_at = _from_tuple(moment)
    views = str(entry.get("media_statistics", {}).get("views") or "")
    text = _joined(title, body)
    return ParsedPost(
        site_id=str(entry.get("id") or url or _digest(text, printed)),
        text=text,
        url=urljoin(base, url) if url else None,
        author=author or None,
        author_handle=find_handle(handle),
        posted_at=posted_at,
        posted_text=printed,
        views=int(views) if views.isdecimal() else None,
        media=_addresses(media, base),
        links=_addresses(links, base),
    )


def _body(markup: str) -> tuple[str, HtmlElement | None]:
    if "<" in markup:
        return html_fragment_text(markup)
    # No markup at all: the lines are the writer's own.
    lines = (" ".join(line.split()) for line in html.unescape(markup).splitlines())
    return "\n".join(lines).strip(), None


def _parse_json(text: str, base: str) -> Parsed:
    try:
        data = json.loads(text)
        items, broken = data.get("items"), ""
    except json.JSONDecodeError as error:
        data, broken = {}, f"the feed is cut short or ill-formed: {error}"
        items = list(_readable_items(text))
    if not isinstance(items, list):
        detail = "this is JSON, but not a JSON Feed: it has no list of items"
        return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)
    posts = _unique(_json_post(item, base) for item in items if isinstance(item, dict))
    following = data.get("next_url")
    nexts = (urljoin(base, following),) if isinstance(following, str) and following else ()
    if broken:
        return _parsed(posts, nexts, Outcome.BROKEN, broken)
    return _parsed(posts, nexts)


def _readable_items(text: str) -> Iterator[Any]:
    """The items of a JSON Feed up to where it is cut."""
    start = re.search(r'"items"\s*:\s*\[', text)
    position = start.end() if start else len(text)
    decoder = json.JSONDecoder()
    while position < len(text):
        while position < len(text) and text[position] in ", \t\r\n":
            position += 1
        try:
            item, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            return
        yield item


def _json_post(item: Mapping[str, Any], base: str) -> ParsedPost:
    body, fragment = html_fragment_text(_string(item.get("content_html")))
    body = body or _string(item.get("content_text")).strip() or _string(item.get("summary"))
    title = _string(item.get("title")).strip()
    authors = item.get("authors") if isinstance(item.get("authors"), list) else None
    author = (authors or [item.get("author")])[0]
    name = _string(author.get("name")) if isinstance(author, dict) else ""
    url = _string(item.get("url")) or None
    printed = _string(item.get("date_published")) or None
    attachments = item.get("attachments")
    media = [_string(item.get("image"))]
    if isinstance(attachments, list):
        media += [_string(one.get("url")) for one in attachments if isinstance(one, dict)]
    links: list[str] = []
    if fragment is not None:
        media += [image.get("src") or "" for image in fragment.iter("img")]
        links = [link.get("href") or "" for link in fragment.iter("a")]
    text = _joined(title, body)
    return ParsedPost(
        site_id=_string(item.get("id")) or url or _digest(text, printed),
        text=text,
        url=urljoin(base, url) if url else None,
        author=name or None,
        author_handle=find_handle(name),
        posted_at=_from_iso(printed),
        posted_text=printed,
        media=_addresses(media, base),
        links=_addresses(links, base),
    )


def _string(value: object) -> str:
    # Version 1 of the format let an id be a number.
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _joined(title: str, body: str) -> str:
    """Title and body, without saying twice what the body begins with."""
    if not title or body.startswith(title.removesuffix("…").removesuffix("...").rstrip()):
        return body or title
    return f"{title}\n\n{body}" if body else title


def _digest(text: str, printed: str | None) -> str:
    # \x1f, the unit separator, keeps ("ab", "c") apart from ("a", "bc").
    return "sha256:" + hashlib.sha256(f"{text}\x1f{printed}".encode()).hexdigest()[:32]


def _from_tuple(moment: Any) -> datetime | None:
    try:
        year, month, day, hour, minute, second = moment[:6] if moment else (0,) * 6
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def _from_iso(printed: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(printed or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _addresses(values: list[str], base: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        try:
            absolute = urljoin(base, value.strip()) if value.strip() else ""
            if urlsplit(absolute).scheme in {"http", "https"}:
                found[absolute] = None
        except ValueError:
            continue  # 'http://[' is no address
    return tuple(found)
