"""Reads a page of which nothing is known as one post: its main text, author and date."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from lxml.etree import _Element

from crawler.types import Page, ParsedPost
from spiders.encoding import decode_page
from spiders.handles import find_handle
from spiders.html5 import parse_html5
from spiders.html_text import html_text
from spiders.json_page import strings
from spiders.linked_data import linked_things, types_of, words_of
from spiders.posted_time import PostedTimes, read_machine_time
from spiders.selection import absolute_address, find_all, find_value

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Types of schema.org that are writings; a page's first one is what the page is about.
_WRITINGS = re.compile(r"Article|Posting|Blog|Report|WebPage|Recipe|Review|CreativeWork")
_DATE_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dc.date",
    "dc.date.issued",
    "dc.date.created",
    "dcterms.date",
    "dcterms.created",
    "dcterms.issued",
    "citation_publication_date",
    "last-modified",
)
_AUTHOR_NAMES = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "citation_author",
    "twitter:creator",
)
_DATES = (
    "[itemprop='datePublished']",
    "time[pubdate]",
    "article header time",
    "article time",
    "main time",
    "time.entry-date",
    "time",
)
_AUTHORS = (
    "[itemprop='author'] [itemprop='name']",
    "[itemprop='author']",
    "article [rel='author']",
    "[rel='author']",
    ".byline .author",
    "article .author",
    ".author-name",
    ".byline",
)
_BY = re.compile(r"^(?:by|von|par|por|door|di|av|автор:?|written by|posted by)\s+", re.IGNORECASE)
_LONGEST_NAME = 100


def read_main_text(root: _Element, page: Page, times: PostedTimes) -> ParsedPost | None:
    """The page as one post; None when there is no text on it.

    The author and the date are what the page says for machines, else what it shows, else
    what htmldate finds. A date without a time of day is taken for its first minute, in UTC.
    """
    # Imported here: it takes a while, and most sources never need it.
    import trafilatura
    from trafilatura.settings import Document

    found = trafilatura.bare_extraction(
        decode_page(page),
        url=page.url,
        favor_recall=True,
        include_comments=True,
        with_metadata=True,
    )
    extracted = found.as_dict() if isinstance(found, Document) else {}
    text = str(extracted.get("text") or "").strip()
    if comments := str(extracted.get("comments") or "").strip():
        text = f"{text}\n\n{comments}".strip()
    if not text:
        body = root.find(".//body")
        text = html_text(body if body is not None else root)
    if not text:
        text = html_text(parse_html5(page))  # libxml2 drops what is nested very deep
    if not text:
        return None
    title = str(extracted.get("title") or "").strip()
    if title and not text.startswith(title):
        text = f"{title}\n\n{text}"
    printed, moment = _published(root, page, times, str(extracted.get("date") or ""))
    author = _author(root, str(extracted.get("author") or ""))
    image = absolute_address(str(extracted.get("image") or ""), page.url)
    links = (absolute_address(link.get("href"), page.url) for link in root.iter("a"))
    return ParsedPost(
        site_id=urldefrag(page.url).url,
        text=text,
        url=page.url,
        author=author,
        author_handle=find_handle(author),
        posted_at=moment,
        posted_text=printed,
        media=strings([image]),
        links=strings(links),
    )


def _writings(root: _Element) -> list[dict[str, object]]:
    things = linked_things(root)
    return [one for one in things if any(_WRITINGS.search(name) for name in types_of(one))]


def _metas(root: _Element, names: tuple[str, ...]) -> Iterator[str]:
    said: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if value := (element.get("content") or "").strip():
            said.setdefault(name.lower(), value)
    return (said[name] for name in names if name in said)


def _published(
    root: _Element, page: Page, times: PostedTimes, estimated: str
) -> tuple[str | None, datetime | None]:
    said = [words_of(one, "datePublished", "dateCreated", "uploadDate") for one in _writings(root)]
    said += _metas(root, _DATE_NAMES[:3])
    for selector in _DATES:
        for element in find_all(root, (selector,))[:1]:
            said += [element.get("datetime") or element.get("content") or "", html_text(element)]
    said += _metas(root, _DATE_NAMES[3:])
    for printed in said:
        moment = read_machine_time(printed) or times.read(printed) or _day(printed)
        if printed and moment is not None and moment <= page.fetched_at:
            return printed, moment
    # trafilatura has asked htmldate already.
    return estimated or next((one for one in said if one), None), _day(estimated)


def _day(printed: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(printed.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _author(root: _Element, estimated: str) -> str | None:
    said = [words_of(one, "author", "creator") for one in _writings(root)]
    said += _metas(root, _AUTHOR_NAMES)
    shown = find_value(root, _AUTHORS) or ""
    for words in (*said, estimated, shown):
        name = _BY.sub("", " ".join(words.split())).strip(" ,;|–-")
        if name and len(name) <= _LONGEST_NAME and "://" not in name:
            return name
    return None
