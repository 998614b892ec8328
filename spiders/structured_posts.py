"""Posts from what a page says for machines: schema.org's DiscussionForumPosting.

As JSON-LD or as microdata. Used where a page's own markup is not known.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element

from crawler.types import ParsedPost
from spiders.html_text import html_fragment_text
from spiders.post_body import BodyMarkup, read_body
from spiders.posted_time import PostedTimes, read_machine_time
from spiders.selection import absolute_address, find_each, find_first, find_value

_TYPES = frozenset(
    {"DiscussionForumPosting", "Comment", "Question", "Answer", "SocialMediaPosting"}
)
_ITEMS = ", ".join(f"[itemtype$='schema.org/{name}']" for name in sorted(_TYPES))
_NUMBER = re.compile(r"(\d+)\D*$")


def read_structured_posts(root: _Element, base: str, times: PostedTimes) -> tuple[ParsedPost, ...]:
    """The posts that the page describes for machines, each id once; () when there are none."""
    posts = [*_from_json(root, base, times), *_from_microdata(root, base, times)]
    return tuple({post.site_id: post for post in reversed(posts)}.values())[::-1]


def _from_json(root: _Element, base: str, times: PostedTimes) -> Iterator[ParsedPost]:
    for script in root.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for item in _items(data):
            post = _json_post(item, base, times)
            if post is not None:
                yield post


def _items(data: Any) -> Iterator[dict[str, Any]]:
    pending = [data]
    while pending:
        item = pending.pop(0)
        if isinstance(item, list):
            pending[:0] = item
        elif isinstance(item, dict):
            if _TYPES.intersection(_listed(item.get("@type"))):
                yield item
            inner = [
                item.get(key) for key in ("@graph", "mainEntity", "comment", "suggestedAnswer")
            ]
            pending[:0] = [value for value in [*inner, item.get("acceptedAnswer")] if value]


def _listed(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _json_post(item: dict[str, Any], base: str, times: PostedTimes) -> ParsedPost | None:
    markup = item.get("articleBody") or item.get("text") or ""
    if not isinstance(markup, str) or not markup.strip():
        return None
    text, _ = html_fragment_text(markup) if "<" in markup else (markup.strip(), None)
    writer = item.get("author")
    writer = writer[0] if isinstance(writer, list) and writer else writer
    name = writer.get("name") if isinstance(writer, dict) else writer
    author = " ".join(str(name).split()) if name else None
    printed = str(item.get("datePublished") or item.get("dateCreated") or "") or None
    url = next((str(item[key]) for key in ("url", "@id") if isinstance(item.get(key), str)), "")
    return ParsedPost(
        site_id=_identity(url, author, printed, text),
        text=text,
        url=absolute_address(url, base),
        author=author,
        author_handle=author.lower() if author else None,
        posted_at=read_machine_time(printed) or times.read(printed),
        posted_text=printed,
    )


def _from_microdata(root: _Element, base: str, times: PostedTimes) -> Iterator[ParsedPost]:
    for item in find_each(root, (_ITEMS,)):
        body = find_first(item, ("[itemprop='articleBody']", "[itemprop='text']"))
        if body is None:
            continue
        read = read_body(body, base, BodyMarkup())
        author = find_value(
            item,
            (
                "[itemprop='author'] [itemprop='name']",
                "[itemprop='creator'] [itemprop='name']",
                "[itemprop='author']",
                "[itemprop='creator']",
            ),
        )
        created = ("datePublished", "dateCreated")
        machine = find_value(
            item,
            [
                f"[itemprop='{name}']@{attribute}"
                for name in created
                for attribute in ("datetime", "content")
            ],
        )
        shown = find_value(item, [f"[itemprop='{name}']" for name in created])
        url = _own_address(item)
        name = " ".join(author.split()) if author else None
        own = item.get("itemid") or item.get("id") or url
        yield ParsedPost(
            site_id=_identity(own, name, machine or shown, read.text),
            text=read.text,
            url=absolute_address(url, base),
            author=name,
            author_handle=name.lower() if name else None,
            posted_at=read_machine_time(machine) or times.read(machine) or times.read(shown),
            posted_text=shown or machine,
            quoted=read.quoted,
            media=read.media,
            links=read.links,
        )


def _own_address(item: _Element) -> str:
    """The address of the posting itself, not that of its author."""
    for link in find_each(item, ("[itemprop='url']",)):
        owner = next((one for one in link.iterancestors() if one.get("itemtype")), None)
        if owner is item:
            return link.get("href") or link.get("content") or ""
    return ""


def _identity(own: str, author: str | None, printed: str | None, text: str) -> str:
    """The number at the end of an address or id; else a digest of what was said."""
    if match := _NUMBER.search(own):
        return match.group(1)
    digest = hashlib.sha256(f"{author}\x1f{printed}\x1f{text}".encode()).hexdigest()[:32]
    return f"sha256:{digest}"
