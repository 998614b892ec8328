"""Telegram channel previews: the pages at t.me/s/<channel> that anyone may read.

Markup as seen in 2023 to 2026. Everything is told by class names: the words of the page
come in the visitor's language.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml.etree import _Element

from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.encoding import parse_html
from spiders.html_text import html_text

if TYPE_CHECKING:
    from spiders.source import Source

LISTING = "numbered"  #: the messages of a channel, by `before`

_BACKGROUND = re.compile(r"background-image:\s*url\(\s*['\"]?([^'\")]+)")
_COUNT = re.compile(r"([\d.,  ]+)\s*([KMB]?)", re.IGNORECASE)
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_WRAP = "tgme_widget_message_wrap"


def recognises(page: Page) -> bool:
    """Whether the page is a channel preview, or the landing page of a channel."""
    return b"tgme_widget_message" in page.body or b'class="tgme_page' in page.body


def parse(page: Page, source: Source | None = None) -> Parsed:
    """The messages of a preview page, oldest first, and the page of the older ones.

    The outcome tells a channel without preview, one that is not there, one without
    messages, a page cut short, and a page whose markup is no longer known.
    """
    root = parse_html(page)
    messages = [element for element in root.iter("div") if element.get("data-post")]
    if not messages:
        return _without_messages(root, page)
    posts = [_parse_message(message, page.url) for message in messages]
    links = tuple(dict.fromkeys(link for post in posts for link in post.links))
    parsed = Parsed(tuple(posts), _older(page.url, posts), links)
    if not any(post.posted_text or post.text or post.media for post in posts):
        return replace(
            parsed,
            outcome=Outcome.LAYOUT_CHANGED,
            detail="there are messages, but no text, time or media is where it used to be",
        )
    if _is_cut(page):
        return replace(
            parsed, outcome=Outcome.BROKEN, detail="the page ends before its closing tag"
        )
    return parsed


def _is_cut(page: Page) -> bool:
    if page.rendered or not page.body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        return False
    return b"</html" not in page.body[-4096:].lower()


def _without_messages(root: _Element, page: Page) -> Parsed:
    classes = {
        token
        for element in root.iter("div", "section", "a", "main")
        for token in (element.get("class") or "").split()
    }
    if _WRAP in classes:
        detail = "there are messages, but none says which it is (data-post)"
        return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)
    if "tgme_channel_history" in classes:
        if _is_cut(page):
            detail = "the page ends before its first message"
            return Parsed(outcome=Outcome.BROKEN, detail=detail)
        return Parsed(outcome=Outcome.EMPTY, detail="the channel shows no messages")
    if "tgme_channel_info" in classes:
        return Parsed(outcome=Outcome.EMPTY, detail="the channel shows no messages")
    if "tgme_page" in classes or "tgme_page_wrap" in classes:
        if "tgme_page_title" not in classes:
            detail = "no channel of this name: it never was, was renamed or deleted"
            return Parsed(outcome=Outcome.GONE, detail=detail)
        detail = "the channel, group or account shows no public preview"
        return Parsed(outcome=Outcome.PREVIEW_DISABLED, detail=detail)
    return Parsed(
        outcome=Outcome.LAYOUT_CHANGED, detail="neither messages nor a channel can be recognised"
    )


def _older(url: str, posts: list[ParsedPost]) -> tuple[str, ...]:
    """The page before the oldest message, whether or not the page links to it."""
    ids = [int(tail) for post in posts if (tail := post.site_id.rpartition("/")[2]).isdecimal()]
    if not ids or min(ids) <= 1:
        return ()
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    before = next((value for key, value in query if key == "before"), "")
    if before.isdecimal() and min(ids) >= int(before):
        return ()  # nothing older came: asking again would go round in a circle
    kept = [(key, value) for key, value in query if key not in {"before", "after"}]
    older = urlencode([*kept, ("before", str(min(ids)))])
    return (urlunsplit((parts.scheme, parts.netloc, parts.path, older, "")),)


def _parse_message(message: _Element, base: str) -> ParsedPost:
    site_id = message.get("data-post") or ""
    found = _Parts(base)
    _walk(message, found)
    channel = found.handle or site_id.partition("/")[0]
    text = "\n\n".join(part for part in (found.text, "\n".join(found.poll)) if part)
    quoted = list(found.quoted)
    if found.documents:
        # A file's name is all that is said where there is no text beside it.
        if text:
            quoted += found.documents
        else:
            text = "\n".join(found.documents)
    if not text and not found.media:
        text = found.service
    return ParsedPost(
        site_id=site_id,
        text=text,
        url=found.url or f"https://t.me/{site_id}",
        author=found.signed or found.author,
        author_handle=channel.lower() or None,
        posted_at=found.posted_at,
        posted_text=found.posted_text,
        edited=found.edited,
        views=found.views,
        forwarded_from=found.forwarded_from,
        reply_to=found.reply_to,
        quoted=tuple(dict.fromkeys(quoted)),
        media=tuple(dict.fromkeys(found.media)),
        links=tuple(dict.fromkeys(found.links)),
    )


class _Parts:
    """What has been read of one message so far."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.text = ""
        self.service = ""
        self.poll: list[str] = []
        self.documents: list[str] = []
        self.quoted: list[str] = []
        self.media: list[str] = []
        self.links: list[str] = []
        self.url: str | None = None
        self.author: str | None = None
        self.signed: str | None = None
        self.handle: str | None = None
        self.posted_at: datetime | None = None
        self.posted_text: str | None = None
        self.edited = False
        self.views: int | None = None
        self.forwarded_from: str | None = None
        self.reply_to: str | None = None

    def address(self, value: str | None) -> str | None:
        """A web address made absolute; None for anything else (`javascript:`, `data:`)."""
        if not value:
            return None
        try:
            absolute = urljoin(self.base, value.strip())
            scheme = urlsplit(absolute).scheme
        except ValueError:
            return None
        return absolute if scheme in {"http", "https", "tg"} else None

    def add_link(self, value: str | None) -> None:
        """Keep a link, unless it is a search for a hashtag in the same channel."""
        absolute = self.address(value)
        if absolute and value and not value.startswith("?q="):
            self.links.append(absolute)

    def add_media(self, value: str | None) -> None:
        """Keep the address of a picture, a film or a recording."""
        absolute = self.address(value)
        if absolute:
            self.media.append(absolute)


def _walk(message: _Element, found: _Parts) -> None:
    """Go through a message once; parts that are read whole are not gone into."""
    stack: list[_Element] = list(reversed(message))
    while stack:
        element = stack.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag == "svg":
            continue
        classes = (element.get("class") or "").split()
        if not _read(element, tag, classes, found):
            stack.extend(reversed(element))


def _read(element: _Element, tag: str, classes: list[str], found: _Parts) -> bool:
    """Read an element into `found`. True: all of it is read, do not go into it."""
    for name in classes:
        match name:
            case "js-message_text":
                found.text = found.text or html_text(element)
                _add_links(element, found)
            case "tgme_widget_message_user" | "tgme_widget_message_bubble_tail":
                pass
            case "tgme_widget_message_reply":
                _read_reply(element, found)
            case "tgme_widget_message_owner_name":
                found.author = found.author or html_text(element) or None
                found.handle = found.handle or _handle(element.get("href"))
            case "tgme_widget_message_forwarded_from":
                _read_forward(element, found)
            case "tgme_widget_message_from_author":
                found.signed = html_text(element) or None
            case "tgme_widget_message_poll":
                _read_poll(element, found)
            case "tgme_widget_message_document_wrap":
                _read_document(element, found)
            case "tgme_widget_message_link_preview":
                _read_preview(element, found)
            case "tgme_widget_message_views":
                found.views = _count(html_text(element))
            case "tgme_widget_message_meta":
                _read_meta(element, found)
            case "tgme_widget_message_inline_button":
                found.add_link(element.get("href"))
            case "tgme_widget_message_location_wrap":
                found.add_link(element.get("href"))
            case "message_media_not_supported_wrap":
                # Hidden beside media that a browser can show; alone in the bubble it is all
                # there is of a service message or of a kind the preview does not know.
                parent = element.getparent()
                if parent is not None and "tgme_widget_message_bubble" in (
                    parent.get("class") or ""
                ):
                    label = _first(element, "message_media_not_supported_label")
                    found.service = found.service or (html_text(label) if label is not None else "")
            case "tgme_widget_message_video_player" | "tgme_widget_message_roundvideo_player":
                _read_video(element, found)
            case "tgme_widget_message_photo_wrap":
                found.add_media(_background(element))
            case "tgme_widget_message_sticker_wrap":
                _read_sticker(element, found)
            case _:
                continue
        return True
    if tag == "audio":
        found.add_media(element.get("src"))
        return True
    return False


def _first(element: _Element, name: str) -> _Element | None:
    for inner in element.iter("*"):
        if name in (inner.get("class") or "").split():
            return inner
    return None


def _background(element: _Element) -> str | None:
    match = _BACKGROUND.search(element.get("style") or "")
    return match.group(1) if match else None


def _handle(href: str | None) -> str | None:
    parts = [part for part in urlsplit(href or "").path.split("/") if part and part != "s"]
    return parts[0].lower() if parts else None


def _add_links(element: _Element, found: _Parts) -> None:
    for link in element.iter("a"):
        found.add_link(link.get("href"))


def _read_reply(element: _Element, found: _Parts) -> None:
    parts = [part for part in urlsplit(element.get("href") or "").path.split("/") if part]
    found.reply_to = "/".join(part for part in parts if part != "s") or None
    quote = _first(element, "js-message_reply_text")
    if quote is None:
        quote = _first(element, "tgme_widget_message_metatext")
    text = html_text(quote) if quote is not None else ""
    if text:
        found.quoted.append(text)


def _read_forward(element: _Element, found: _Parts) -> None:
    name = _first(element, "tgme_widget_message_forwarded_from_name")
    found.forwarded_from = html_text(name if name is not None else element) or None
    author = _first(element, "tgme_widget_message_forwarded_from_author")
    if author is not None and found.forwarded_from:
        found.forwarded_from += f" ({html_text(author)})"
    _add_links(element, found)


def _read_poll(element: _Element, found: _Parts) -> None:
    for inner in element.iter("div"):
        classes = (inner.get("class") or "").split()
        if {"tgme_widget_message_poll_question", "tgme_widget_message_poll_option_text"} & {
            *classes
        }:
            found.poll.append(html_text(inner))


def _read_document(element: _Element, found: _Parts) -> None:
    title = _first(element, "tgme_widget_message_document_title")
    if title is not None and (name := html_text(title)):
        found.documents.append(name)


def _read_preview(element: _Element, found: _Parts) -> None:
    found.add_link(element.get("href"))
    parts = [
        html_text(inner)
        for name in ("link_preview_site_name", "link_preview_title", "link_preview_description")
        if (inner := _first(element, name)) is not None
    ]
    if text := "\n".join(part for part in parts if part):
        found.quoted.append(text)


def _read_video(element: _Element, found: _Parts) -> None:
    films = [film.get("src") for film in element.iter("video") if film.get("src")]
    for film in films:
        found.add_media(film)
    if not films:  # "media is too big": only the still is shown
        for still in element.iter("i"):
            found.add_media(_background(still))


def _read_sticker(element: _Element, found: _Parts) -> None:
    for inner in element.iter("source", "img", "i", "video"):
        for value in (
            inner.get("srcset"),
            inner.get("src"),
            inner.get("data-webp"),
            _background(inner),
        ):
            if value and not value.startswith("data:"):
                found.add_media(value)


def _read_meta(element: _Element, found: _Parts) -> None:
    own = [element.text or ""]
    for inner in element.iter("*"):
        classes = (inner.get("class") or "").split()
        if inner.tag == "time":
            found.posted_text = html_text(inner) or inner.get("datetime")
            found.posted_at = _time(inner.get("datetime"))
        elif "tgme_widget_message_date" in classes:
            found.url = found.address(inner.get("href"))
        elif "tgme_widget_message_from_author" in classes:
            found.signed = html_text(inner) or None
        if inner is not element:
            own.append(inner.tail or "")
    # Nothing but the word marks an edit. It stands outside every element of the footer.
    found.edited = "edited" in " ".join(own).lower()


def _time(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _count(text: str) -> int | None:
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        return None
    number, scale = match.group(1), match.group(2).lower()
    try:
        if not scale:
            return int(re.sub(r"\D", "", number))
        return round(float(number.replace(",", ".").strip()) * _SCALE[scale])
    except ValueError:
        return None
