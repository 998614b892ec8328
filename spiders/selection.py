"""Finds elements and values of a page by CSS, several selectors in order.

A selector is plain CSS; 'css@name' takes the attribute `name` of what the CSS finds. An
empty CSS means the element itself: '@data-author'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml.cssselect import CSSSelector
from lxml.etree import _Element

from spiders.html_text import html_text


def find_all(element: _Element, selectors: Iterable[str]) -> list[_Element]:
    """What the first selector that finds anything finds, in the order of the page."""
    for selector in selectors:
        found = list(_matches(element, selector))
        if found:
            return found
    return []


def find_each(element: _Element, selectors: Iterable[str]) -> list[_Element]:
    """What any of the selectors finds, each element once, by selector."""
    found: dict[_Element, None] = {}
    for selector in selectors:
        found.update(dict.fromkeys(_matches(element, selector)))
    return list(found)


def find_first(element: _Element, selectors: Iterable[str]) -> _Element | None:
    """What the first selector that finds anything finds first; None when none does."""
    return next(iter(find_all(element, selectors)), None)


def iter_values(element: _Element, selectors: Iterable[str]) -> Iterator[str]:
    """The texts and attributes that the selectors find, in their order; no empty ones."""
    for selector in selectors:
        css, _, attribute = selector.partition("@")
        for found in _matches(element, css):
            value = (found.get(attribute) or "").strip() if attribute else html_text(found)
            if value:
                yield value


def find_value(element: _Element, selectors: Iterable[str]) -> str | None:
    """The first of `iter_values`; None when there is none."""
    return next(iter_values(element, selectors), None)


def base_address(root: _Element, url: str) -> str:
    """What the relative addresses of a page start from: its `<base>`, or its own address."""
    base = next((found.get("href") for found in root.iter("base") if found.get("href")), None)
    return absolute_address(base, url) or url


def absolute_address(value: str | None, base: str) -> str | None:
    """A web address made absolute, without its fragment; None for anything else."""
    if not value or not value.strip():
        return None
    try:
        absolute = urljoin(base, value.strip())
        scheme = urlsplit(absolute).scheme
    except ValueError:  # 'http://[' is no address
        return None
    return urldefrag(absolute).url if scheme in {"http", "https"} else None


def _matches(element: _Element, css: str) -> Iterator[_Element]:
    if not css:
        return iter((element,))
    found = _compiled(css)(element)
    return iter(found if isinstance(found, list) else ())  # type: ignore[arg-type]


@cache
def _compiled(css: str) -> CSSSelector:
    return CSSSelector(css, translator="html")
