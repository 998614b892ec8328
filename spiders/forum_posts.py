"""Reads the posts of a thread from a description of its engine's markup."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml.etree import _Element

from crawler.folding import folded
from crawler.types import Page, ParsedPost
from spiders.forum_markup import ForumMarkup
from spiders.html_text import html_text
from spiders.post_body import Body, find_media, read_body
from spiders.posted_time import PostedTimes, read_machine_time
from spiders.selection import absolute_address, find_all, find_each, find_first

#: Attributes that hold a time for machines, and then one for people.
_TIME_ATTRIBUTES = ("datetime", "data-time", "data-timestamp", "data-epoch", "content", "title")
#: A printed time with what stands around it is cut here.
_LONGEST_TIME = 190
#: A text of this length with a time of day in it is nothing but a time.
_ALONE = 45
#: How far from its body the parts of a post are looked for.
_DEEPEST = 9
#: Elements in one that may be a time.
_FEW = 8
_CLOCK = re.compile(r"\d[:.h]\d\d")


def read_posts(
    root: _Element, page: Page, base: str, markup: ForumMarkup, times: PostedTimes
) -> tuple[ParsedPost, ...]:
    """The posts of a page in its order, each id once; () when there are none.

    `base` is what relative addresses start from.
    """
    return tuple(_Reader(page, base, markup, times).read(root))


@dataclass(frozen=True, slots=True)
class _Found:
    """Where one post lies: the smallest element first that may hold its other parts."""

    scopes: tuple[_Element, ...]
    body: _Element
    inside: frozenset[_Element]  #: of the body, itself included: never another part


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
            for element in islice(self._time_elements(post), 2)
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
                    found.append(_Found((element,), body, frozenset(body.iter())))
            if found:
                return self._apart(root, selector) if _are_nested(found) else found
        return []

    def _apart(self, root: _Element, selector: str) -> list[_Found]:
        """Posts that stand in the bodies of others, as where tags are left open.

        Read as they are, the words of each would be told again as its neighbours', and a
        thread nested a hundred deep takes a hundred times as long. A copy is taken apart
        from the innermost, so that each body is left with its own words.
        """
        copied = copy.deepcopy(root)
        found: list[_Found] = []
        for element in reversed(find_all(copied, (selector,))):
            body = find_first(element, self._markup.bodies)
            if body is None:
                continue
            one = _Found((element,), body, frozenset(body.iter()))
            found.append(one)
            if self._id(one) is not None:
                _take_out(element)
        return found[::-1]

    def _around_bodies(self, root: _Element) -> list[_Found]:
        """Posts of skins whose containers are unknown: what lies around each body."""
        for selector in self._markup.bodies:
            bodies = find_all(root, (selector,))
            inside: dict[_Element, frozenset[_Element]] = {}
            covered: set[_Element] = set()
            for body in bodies:  # in the order of the page: outer ones first
                if body not in covered:
                    inside[body] = frozenset(body.iter())
                    covered |= inside[body]
            crowded: dict[_Element, int] = {}
            for body in inside:
                for ancestor in body.iterancestors():
                    crowded[ancestor] = crowded.get(ancestor, 0) + 1
            found = []
            for body, within in inside.items():
                scopes: list[_Element] = []
                for ancestor in body.iterancestors():
                    if crowded[ancestor] > 1 or len(scopes) == _DEEPEST:
                        break
                    scopes.append(ancestor)
                found.append(_Found(tuple(scopes) or (body,), body, within))
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
            edited=any(
                _words(note).strip()
                for scope in found.scopes
                for note in find_each(scope, markup.edited)
            ),
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
                elements += [one for one in inner if one not in found.inside]
            for element in elements:
                if match := re.search(pattern, element.get(attribute) or ""):
                    return match.group(1)
        return None

    def _author(self, found: _Found) -> str | None:
        for scope in found.scopes:
            for selector in self._markup.authors:
                css, _, attribute = selector.partition("@")
                for element in find_all(scope, (css,)) if css else [scope]:
                    if element in found.inside:
                        continue
                    # Not `html_text`: pictures beside a name ('Offline') are no part of it.
                    value = element.get(attribute) if attribute else _words(element)
                    if name := " ".join((value or "").split()).strip(" ,:"):
                        return name
        return None

    def _time_elements(self, found: _Found) -> Iterator[_Element]:
        """By selector, and for each the nearest to the body first."""
        for selector in self._markup.times:
            for scope in found.scopes:
                for element in find_all(scope, (selector,)):
                    if element not in found.inside:
                        yield element

    def _forms(self, element: _Element) -> list[str]:
        """The forms of a time that an element has: for machines first, as shown last."""
        notes = find_each(element, self._markup.edited)
        if notes or element.find(".//img") is not None:
            # Neither the time of an edit nor the name of an icon is what is looked for.
            element = copy.deepcopy(element)
            element.tail = None
            for note in (*find_each(element, self._markup.edited), *element.iter("img")):
                note.attrib.clear()
                note.text = None
                del note[:]
        return _printed_forms(element)

    def _time(self, found: _Found, author: str | None) -> tuple[str | None, datetime | None]:
        """The time as printed and as read.

        The first element that has a time decides; one that has only a day, which may be the
        day its author joined, when there is nothing better.
        """
        vague: tuple[str | None, datetime | None] = (None, None)
        for element in self._time_elements(found):
            forms = self._forms(element)
            shown = _shown(forms[-1] if forms else "", author)
            for form in forms:
                # What a name says ('May 12') is no part of the time.
                text = _shown(form, author)
                machine = read_machine_time(text)
                moment = machine or self._times.read(text)
                if moment is None:
                    continue
                if machine is not None or _CLOCK.search(folded(text)) or moment.minute % 15:
                    return shown or text, moment
                if vague[1] is None:
                    vague = (shown or text, moment)
            if vague[0] is None:
                vague = (shown or None, None)
        return self._any_time(found, author) or vague

    def _any_time(self, found: _Found, author: str | None) -> tuple[str, datetime] | None:
        """A date with a time of day that stands alone in an element of an unknown skin."""
        for scope in found.scopes:
            parts = [one for one in scope.iter("*") if one not in found.inside]
            # The smallest first: a larger one may hold two dates.
            leaves = [one for one in parts if not len(one)]
            for element in (*leaves, *(one for one in parts if len(one) and not _is_large(one))):
                text = _shown(" ".join(_words(element).split()), author)
                if len(text) <= _ALONE and _CLOCK.search(folded(text)):
                    moment = self._times.read(text)
                    if moment is not None:
                        return text, moment
        return None

    def _permalink(self, found: _Found, site_id: str) -> str:
        for scope in found.scopes:
            for element in find_each(scope, self._markup.permalinks):
                href = element.get("href") or ""
                address = absolute_address(href, self._base)
                if address is not None and element not in found.inside:
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


def _are_nested(found: list[_Found]) -> bool:
    bodies = {one.body for one in found}
    return any(not bodies.isdisjoint(one.scopes[0].iterancestors()) for one in found)


def _take_out(element: _Element) -> None:
    """Take an element out of its tree, but for the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    before, tail = element.getprevious(), element.tail
    parent.remove(element)
    element.tail = None
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail


def _is_large(element: _Element) -> bool:
    return next(islice(element.iter(), _FEW, None), None) is not None


def _words(element: _Element) -> str:
    if element.find(".//script") is not None:
        element = copy.deepcopy(element)
        element.tail = None
        for script in element.iter("script", "style"):
            script.text = None
    return "".join(str(text) for text in element.itertext())


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
