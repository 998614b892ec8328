"""Takes a post apart: its own words, what it quotes, its media and its links."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.etree import _Element
from lxml.html import HtmlElement

from spiders.html_text import html_text
from spiders.selection import absolute_address, find_each, find_value

#: Class names and addresses of pictures that are part of the sentence, not media.
_SMILEY = re.compile(
    r"smil|emoji|emoticon|inlineimg|bbc_emo|ipsemoji|icon_(?:e_|lol|mrgreen|razz|rolleyes)",
    re.IGNORECASE,
)
#: Where boards that load pictures late keep the address.
_IMAGE_ADDRESSES = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-url",
    "data-fileurl",
    "src",
)
_LEAST_SIDE = 24  #: pixels; smaller pictures are ornaments


@dataclass(frozen=True, slots=True)
class BodyMarkup:
    """How an engine writes the parts of a post's body, as CSS selectors."""

    #: a whole quotation, and within it the line that says whose it is
    quotes: tuple[str, ...] = ("blockquote",)
    quote_titles: tuple[str, ...] = ("cite",)
    #: such lines that stand directly before the quotation
    quote_heads: tuple[str, ...] = ()
    #: 'css@attribute' within the quotation, and what finds the quoted post's id in it
    quote_ids: tuple[tuple[str, str], ...] = ()
    #: never part of what was said: signatures, notes of edits, buttons
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """What a post says and shows."""

    text: str
    quoted: tuple[str, ...] = ()  #: outer quotations before those inside them
    quoted_ids: tuple[str, ...] = ()  #: ids of the quoted posts, where the markup has them
    media: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def read_body(element: _Element, base: str, markup: BodyMarkup) -> Body:
    """The parts of a post's body. The element itself is left as it is.

    `base` is what relative addresses start from. Media and links inside quotations belong
    to the quoted post and are left out.
    """
    body = copy.deepcopy(element)
    body.tail = None
    _show_hidden_addresses(body)
    _move_heads(body, markup)
    for dropped in find_each(body, markup.dropped):
        if dropped is not body:
            _remove(dropped)
    quoted: list[str] = []
    ids: list[str] = []
    _take_quotes(body, markup, quoted, ids)
    media, links = _media(body, base), _links(body, base)
    return Body(
        text=html_text(body),
        quoted=tuple(text for text in quoted if text),
        quoted_ids=tuple(dict.fromkeys(ids)),
        media=media,
        links=links,
    )


def find_media(elements: Iterable[_Element], base: str) -> tuple[str, ...]:
    """The addresses of the media in elements that stand outside the body: attachments."""
    found = [address for element in elements for address in _media(element, base)]
    return tuple(dict.fromkeys(found))


def _move_heads(body: _Element, markup: BodyMarkup) -> None:
    """Put each line that says whose words follow into the quotation that follows it."""
    quotes = set(find_each(body, markup.quotes))
    for head in find_each(body, markup.quote_heads):
        quote = head.getnext()
        if quote is not None and quote in quotes and not (head.tail or "").strip():
            head.tail, quote.text = quote.text, None
            quote.insert(0, head)


def _take_quotes(body: _Element, markup: BodyMarkup, quoted: list[str], ids: list[str]) -> None:
    # In the order of the page outer ones come first. They are taken out from the innermost,
    # so that each is left with its own words only; hostile pages nest thousands.
    order = {element: number for number, element in enumerate(body.iter())}
    quotes = [quote for quote in find_each(body, markup.quotes) if quote is not body]
    quotes.sort(key=lambda quote: order[quote])
    for quote in reversed(quotes):
        _remove(quote)
    for quote in quotes:
        for selector, pattern in markup.quote_ids:
            value = find_value(quote, [selector]) or ""
            if match := re.search(pattern, value):
                ids.append(match.group(1))
                break
        for title in find_each(quote, (*markup.quote_heads, *markup.quote_titles)):
            if title is not quote:
                _remove(title)
        quoted.append(html_text(quote))


def _remove(element: _Element) -> None:
    """Take an element out and leave what follows it, on a line of its own."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail or ""
    index = parent.index(element)
    parent.remove(element)
    element.tail = None
    if not tail.strip() and not index:
        parent.text = (parent.text or "") + tail
        return
    # A break in its place: the words before and after it are not one sentence.
    stop = HtmlElement()
    stop.tag = "br"
    stop.tail = tail.lstrip()
    parent.insert(index, stop)


def _media(body: _Element, base: str) -> tuple[str, ...]:
    found: list[str] = []
    for element in body.iter("img", "video", "audio", "source", "iframe", "embed"):
        if element.tag == "img" and _is_ornament(element):
            continue
        values = [element.get(name) for name in _IMAGE_ADDRESSES]
        addresses = [absolute_address(value, base) for value in values if value]
        address = next((address for address in addresses if address), None)
        if address is not None:
            found.append(address)
        if element.tag == "img":
            element.set("alt", "")  # a file's name is not what the post says
    return tuple(dict.fromkeys(found))


def _is_ornament(image: _Element) -> bool:
    names = f"{image.get('class') or ''} {image.get('src') or ''}"
    if _SMILEY.search(names) or image.get("data-shortname"):
        return True
    sides = [image.get("width") or "", image.get("height") or ""]
    return any(side.isdecimal() and int(side) < _LEAST_SIDE for side in sides)


def _links(body: _Element, base: str) -> tuple[str, ...]:
    addresses = (absolute_address(link.get("href"), base) for link in body.iter("a"))
    return tuple(dict.fromkeys(address for address in addresses if address))


def _show_hidden_addresses(body: _Element) -> None:
    """Write out e-mail addresses that a proxy has hidden from harvesters of addresses.

    A browser shows them to every reader (Cloudflare's `data-cfemail`: each byte XOR the
    first).
    """
    for element in body.iter("a", "span"):
        hidden = element.get("data-cfemail") or ""
        try:
            key, *rest = bytes.fromhex(hidden)
        except ValueError:
            continue
        for child in list(element):
            element.remove(child)
        element.text = bytes(byte ^ key for byte in rest).decode("utf-8", "replace")
