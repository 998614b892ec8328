"""Finds the way through a thread of several pages: on, back, and to where it goes on longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.etree import _Element

from spiders.html_text import html_text
from spiders.selection import absolute_address, find_each

_NEXT = ("link[rel~='next']", "a[rel~='next']")
_OLDER = (
    "a[rel~='prev']",
    "link[rel~='prev']",
    ".pagination .previous a",
    ".pagination .prev a",
    "a.pagination_previous",
    ".pageNav-jump--prev",
    ".ipsPagination_prev a",
    "a.Previous",
)
#: How far above the link to the next page the numbers of pages stand.
_HIGHEST = 5
#: Links looked at in a row of page numbers; none shows more.
_MOST = 60


@dataclass(frozen=True, slots=True)
class ThreadPages:
    """Addresses of other pages of the same list; None where there are none."""

    next: str | None = None
    older: str | None = None  #: the one before
    newest: str | None = None  #: the furthest beyond the next that the page links to


def find_pages(root: _Element, url: str, base: str, more_next: Sequence[str]) -> ThreadPages:
    """The pages that a page of a thread or board leads to.

    Args:
        root: of the page.
        url: of the page.
        base: what relative addresses start from.
        more_next: selectors of links to the next page, besides rel="next".
    """
    here = absolute_address(url, url)
    older = _first(root, _OLDER, base, here)
    if older is not None and "prev_next=" in older:
        older = None  # SMF: the thread before this one
    following = _first(root, (*_NEXT, *more_next), base, here)
    if following is None:
        return ThreadPages(older=older)
    for anchor in find_each(root, (*_NEXT, *more_next)):
        numbered = _numbers_around(anchor, base)
        at = next((number for number, address in numbered.items() if address == following), None)
        if at is not None:
            furthest = max(numbered)
            newest = numbered[furthest] if furthest > at else None
            return ThreadPages(following, older or numbered.get(at - 2), newest)
    return ThreadPages(following, older)


def _first(root: _Element, selectors: Sequence[str], base: str, here: str | None) -> str | None:
    for anchor in find_each(root, selectors):
        address = absolute_address(anchor.get("href"), base)
        if address is not None and address != here:
            return address
    return None


def _numbers_around(anchor: _Element, base: str) -> dict[int, str]:
    """The numbered links beside one, by their numbers."""
    for scope in islice(anchor.iterancestors(), _HIGHEST):
        numbered: dict[int, str] = {}
        for link in islice(scope.iter("a"), _MOST):
            number = html_text(link).strip()
            address = absolute_address(link.get("href"), base)
            if number.isdecimal() and len(number) < 7 and address is not None:
                numbered.setdefault(int(number), address)
        if numbered:
            return numbered
    return {}
