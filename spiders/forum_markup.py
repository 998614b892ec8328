"""Describes the markup of a forum engine, and recognises its pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.types import Page
from spiders.post_body import BodyMarkup

#: What a sign that no other engine has counts as; pages with less are not recognised.
_SURE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ForumMarkup:
    """What an engine calls the parts of its pages. Every tuple is tried in its order."""

    engine: str  #: its name for people
    signs: tuple[bytes, ...]  #: what the bytes of its pages have, each counts as one sign
    #: what only its pages have: each is enough
    sure_signs: tuple[bytes, ...] = ()
    posts: tuple[str, ...]  #: whole posts
    bodies: tuple[str, ...]  #: the words of a post, in it; also looked for without `posts`
    #: 'css@attribute' and the pattern whose first group is the id
    ids: tuple[tuple[str, str], ...]
    authors: tuple[str, ...]
    times: tuple[str, ...]  #: elements, or 'css@attribute'
    #: elements that edits leave
    edited: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()  #: outside the body
    permalinks: tuple[str, ...] = ()
    body: BodyMarkup = field(default_factory=BodyMarkup)
    zone: tuple[str, ...] = ()  #: where the page says which zone its times are in
    next: tuple[str, ...] = ()  #: links, besides rel="next"
    thread_page: tuple[str, ...] = ()  #: what shows that posts must be here
    threads: tuple[str, ...] = ()  #: links on a board
    board_page: tuple[str, ...] = ()  #: what shows that threads would be here
    messages: tuple[str, ...] = ()  #: the box that says why there is nothing


def count_signs(page: Page, markup: ForumMarkup) -> int:
    """How many signs of an engine a page has; 0 for fewer than three, and for feeds."""
    body = page.body
    start = body[:1000].lower()
    if any(sign in start for sign in (b"<rss", b"<feed", b"<rdf")) or start[:1] in b"{[":
        return 0  # boards have feeds, which link to their pages
    found = sum(sign in body for sign in markup.signs)
    found += sum(_SURE for sign in markup.sure_signs if sign in body)
    return found if found >= _SURE else 0
