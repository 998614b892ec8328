"""Reads the pages of a forum engine from a description of its markup.

Engines differ in names, not in kind: a thread is a list of posts with an author, a time and
a body, a board is a list of links to threads. What an engine calls them is a `ForumMarkup`,
with several selectors for each thing, so that old versions and other people's skins are read
too. Where none of them finds a post, machine-readable data on the page is tried.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from lxml.etree import _Element

from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.html5 import parse_html5
from spiders.html_text import html_text
from spiders.post_body import Body, BodyMarkup, find_media, read_body
from spiders.posted_time import PostedTimes, find_zone, read_machine_time, zone_named
from spiders.selection import (
    absolute_address,
    base_address,
    find_all,
    find_each,
    find_first,
    iter_values,
)
from spiders.structured_posts import read_structured_posts
from spiders.walls import find_wall

if TYPE_CHECKING:
    from spiders.source import Source

#: Attributes that hold a time for machines, and then one for people.
_TIME_ATTRIBUTES = ("datetime", "data-time", "data-timestamp", "data-epoch", "content", "title")
_NEXT = ("link[rel~='next']", "a[rel~='next']")
#: What a sign that no other engine has counts as; pages with less are not recognised.
_SURE = 3
#: A printed time with what stands around it is cut here.
_LONGEST_TIME = 190


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


def read_forum_page(page: Page, source: Source | None, markup: ForumMarkup) -> Parsed:
    """The posts of a thread, or the links to the threads of a board; and the next page.

    The outcome tells a board without threads, a page for members, a message of the board
    instead of content (`gone`), a wall before the site, and markup that is not known.
    """
    root = parse_html5(page)
    base = base_address(root, page.url)
    times = page_times(root, page, source, markup.zone)
    posts = tuple(_Reader(page, base, markup, times).read(root))
    following = _next_pages(root, page.url, base, markup)
    if posts:
        return _of_thread(posts, following, markup)
    if structured := read_structured_posts(root, base, times):
        return _of_thread(structured, following, markup)
    if find_first(root, markup.thread_page) is None:
        anchors = find_each(root, markup.threads)
        threads = _addresses(anchors, base)
        if threads:
            return Parsed(next_pages=following, links=threads)
        if find_first(root, markup.board_page) is not None:
            return Parsed(outcome=Outcome.EMPTY, detail="the board has no threads")
    return _without_posts(root, markup)


def page_times(
    root: _Element, page: Page, source: Source | None, zone: Iterable[str] = ()
) -> PostedTimes:
    """What reads the printed times of a page, in its language and time zone.

    `zone` are selectors of elements that say which time zone the page is in; the source's
    `time_zone:` comes before what the page says.
    """
    hints = list(source.languages) if source is not None else []
    said = [root.get("lang") or root.get("xml:lang") or ""]
    said += [element.get("lang") or "" for element in find_each(root, ("body[lang]",))]
    said += iter_values(root, ("meta[http-equiv='content-language']@content",))
    named = source.time_zone if source is not None else None
    found = zone_named(named) if named else _zone_of(root, zone)
    return PostedTimes(now=page.fetched_at, languages=[*hints, *said], zone=found or UTC)


def _zone_of(root: _Element, selectors: Iterable[str]) -> tzinfo | None:
    for element in find_each(root, selectors):
        titled = [inner.get("title") or "" for inner in element.iter() if inner.get("title")]
        for title in titled:
            if "/" in title and (zone := zone_named(title)) is not None:
                return zone
        if (zone := find_zone(html_text(element)[-300:])) is not None:
            return zone
    return None


def _of_thread(
    posts: tuple[ParsedPost, ...], following: tuple[str, ...], markup: ForumMarkup
) -> Parsed:
    links = tuple(dict.fromkeys(link for post in posts for link in post.links))
    parsed = Parsed(posts, following, links)
    missing = [
        name
        for name, values in (
            ("author", [post.author for post in posts]),
            ("time", [post.posted_text for post in posts]),
            ("text", [post.text or post.media or post.quoted for post in posts]),
        )
        if not any(values)
    ]
    if len(missing) > 1 or missing == ["text"]:
        detail = (
            f"{len(posts)} posts of {markup.engine}, but no {' and no '.join(missing)} is where "
            "it used to be"
        )
        return Parsed(posts, following, links, Outcome.LAYOUT_CHANGED, detail)
    return parsed


def _without_posts(root: _Element, markup: ForumMarkup) -> Parsed:
    box = find_first(root, markup.messages)
    if box is not None and (words := html_text(box)):
        members = find_first(box, ("input[type='password']", "a[href*='login']"))
        outcome = Outcome.GONE if members is None else Outcome.LOGIN_REQUIRED
        return Parsed(outcome=outcome, detail=f"the board says: {' '.join(words.split())[:200]}")
    wall = find_wall(root)
    if wall is not None:
        return Parsed(outcome=wall[0], detail=wall[1])
    sought = ", ".join([*markup.posts, *markup.bodies, *markup.threads])
    detail = f"neither a thread nor a board of {markup.engine}: looked for {sought}"
    return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)


def _next_pages(root: _Element, url: str, base: str, markup: ForumMarkup) -> tuple[str, ...]:
    for anchor in find_each(root, (*_NEXT, *markup.next)):
        address = absolute_address(anchor.get("href"), base)
        if address is not None and address != absolute_address(url, url):
            return (address,)
    return ()


def _addresses(anchors: Iterable[_Element], base: str) -> tuple[str, ...]:
    found = (absolute_address(anchor.get("href"), base) for anchor in anchors)
    return tuple(dict.fromkeys(address for address in found if address))


@dataclass(frozen=True, slots=True)
class _Found:
    """Where one post lies: the smallest element first that may hold its other parts."""

    scopes: tuple[_Element, ...]
    body: _Element


class _Reader:
    """Reads the posts of one page."""

    def __init__(self, page: Page, base: str, markup: ForumMarkup, times: PostedTimes) -> None:
        self._url = page.url
        self._base = base
        self._markup = markup
        self._times = times

    def read(self, root: _Element) -> Iterable[ParsedPost]:
        """The posts, in the order of the page, each id once."""
        found = self._containers(root) or self._around_bodies(root)
        self._times.learn(
            text
            for post in found
            for element in self._time_elements(post)
            for text in self._forms(element)
        )
        posts: dict[str, ParsedPost] = {}
        for one in found:
            post = self._post(one)
            if post is not None:
                posts.setdefault(post.site_id, post)
        return posts.values()

    def _containers(self, root: _Element) -> list[_Found]:
        for selector in self._markup.posts:
            found = []
            for element in find_all(root, (selector,)):
                body = find_first(element, self._markup.bodies)
                if body is not None:
                    found.append(_Found((element,), body))
            if found:
                return found
        return []

    def _around_bodies(self, root: _Element) -> list[_Found]:
        """Posts of skins whose containers are unknown: what lies around each body."""
        for selector in self._markup.bodies:
            bodies = find_all(root, (selector,))
            members = set(bodies)
            outer = [b for b in bodies if not members.intersection(b.iterancestors())]
            crowded: dict[_Element, int] = {}
            for body in outer:
                for ancestor in body.iterancestors():
                    crowded[ancestor] = crowded.get(ancestor, 0) + 1
            found = []
            for body in outer:
                scopes = []
                for ancestor in body.iterancestors():
                    if crowded[ancestor] > 1 or ancestor.tag in {"body", "html"}:
                        break
                    scopes.append(ancestor)
                found.append(_Found(tuple(scopes) or (body,), body))
            if any(self._id(one) for one in found):
                return found
        return []

    def _post(self, found: _Found) -> ParsedPost | None:
        site_id = self._id(found)
        if site_id is None:
            return None
        markup = self._markup
        author = self._author(found)
        printed, moment = self._time(found, author)
        body = read_body(found.body, self._base, markup.body)
        return ParsedPost(
            site_id=site_id,
            text=body.text,
            url=self._permalink(found, site_id),
            author=author,
            author_handle=author.lower() if author else None,
            posted_at=moment,
            posted_text=printed,
            edited=any(find_first(scope, markup.edited) is not None for scope in found.scopes),
            reply_to=next((one for one in body.quoted_ids if one != site_id), None),
            quoted=body.quoted,
            media=self._media(found, body),
            links=body.links,
        )

    def _id(self, found: _Found) -> str | None:
        for selector, pattern in self._markup.ids:
            css, _, attribute = selector.partition("@")
            elements = [found.body, *found.scopes]
            for scope in found.scopes if css else ():
                # A link inside the body is to somebody else's post.
                inner = find_each(scope, (css,))
                elements += [one for one in inner if not _is_inside(one, found.body)]
            for element in elements:
                if match := re.search(pattern, element.get(attribute) or ""):
                    return match.group(1)
        return None

    def _author(self, found: _Found) -> str | None:
        for scope in found.scopes:
            for selector in self._markup.authors:
                css, _, attribute = selector.partition("@")
                for element in find_all(scope, (css,)) if css else [scope]:
                    if _is_inside(element, found.body):
                        continue
                    # Not `html_text`: pictures beside a name ('Offline') are no part of it.
                    value = element.get(attribute) if attribute else _words(element)
                    if name := " ".join((value or "").split()).strip(" ,:"):
                        return name
        return None

    def _time_elements(self, found: _Found) -> list[_Element]:
        for scope in found.scopes:
            elements = [
                element
                for element in find_each(scope, self._markup.times)
                if not _is_inside(element, found.body)
            ]
            if elements:
                return elements
        return []

    def _forms(self, element: _Element) -> list[str]:
        """The forms of a time that an element has: for machines first, as shown last."""
        if find_first(element, self._markup.edited) is not None:
            element = copy.deepcopy(element)
            element.tail = None
            for note in find_each(element, self._markup.edited):
                note.clear()
        return _printed_forms(element)

    def _time(self, found: _Found, author: str | None) -> tuple[str | None, datetime | None]:
        """The time as printed and as read; the first element that is a time decides."""
        first: str | None = None
        for element in self._time_elements(found):
            forms = self._forms(element)
            shown = _shown(forms[-1] if forms else "", author)
            for form in forms:
                # What a name says ('May 12') is no part of the time.
                text = _shown(form, author)
                moment = read_machine_time(text) or self._times.read(text)
                if moment is not None:
                    return shown or text, moment
            first = first or shown or None
        return first, None

    def _permalink(self, found: _Found, site_id: str) -> str:
        for scope in found.scopes:
            for element in find_each(scope, self._markup.permalinks):
                href = element.get("href") or ""
                address = absolute_address(href, self._base)
                if address is not None and not _is_inside(element, found.body):
                    _, mark, fragment = href.partition("#")
                    return f"{address}{mark}{fragment}"
        anchor = found.scopes[0].get("id") or found.body.get("id") or site_id
        return f"{self._url.partition('#')[0]}#{anchor}"

    def _media(self, found: _Found, body: Body) -> tuple[str, ...]:
        outside = [
            element
            for scope in found.scopes
            for element in find_each(scope, self._markup.attachments)
        ]
        return tuple(dict.fromkeys((*body.media, *find_media(outside, self._base))))


def _words(element: _Element) -> str:
    return "".join(str(text) for text in element.itertext())


def _is_inside(element: _Element, body: _Element) -> bool:
    return element is body or body in element.iterancestors()


def _printed_forms(element: _Element) -> list[str]:
    forms = [element.get(name) or "" for name in _TIME_ATTRIBUTES]
    for inner in element.iter("time", "abbr", "span"):
        if inner is not element:
            forms += [inner.get(name) or "" for name in _TIME_ATTRIBUTES if name != "title"]
    forms.append(_with_titles(element))
    forms.append(html_text(element))
    return [form for form in forms if form]


def _with_titles(element: _Element) -> str:
    """The text, with words that have a date in their title replaced by it.

    '<span title="11-27-2026">Yesterday</span>, 03:05 AM' is exact this way, however late the
    page was captured.
    """
    titled = [inner for inner in element.iter("span", "abbr", "time") if inner.get("title")]
    if len(titled) != 1 or titled[0] is element:
        return ""
    title, words = titled[0].get("title") or "", html_text(titled[0])
    if sum(character.isdecimal() for character in title) < 5 or not words:
        return ""
    # A title that says more than the whole text stands for all of it.
    if re.search(r"\d{1,2}[:.h]\d{2}", title):
        return title
    return html_text(element).replace(words, title, 1)


def _shown(text: str, author: str | None) -> str:
    if author and len(text) > len(author):
        text = text.replace(author, " ", 1)
    text = text.rpartition("»")[2].strip() or text
    return " ".join(text.split()).strip(" ,;|•·-–—«»")[:_LONGEST_TIME]
