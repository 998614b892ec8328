"""What a page opened in the browser may load: its own host's documents and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Request

#: Never loaded: they carry no text, and pictures of persons are not collected.
_HEAVY = frozenset({"image", "media", "font", "stylesheet"})


def is_unwanted(request: Request) -> bool:
    """Whether the browser must not make a request. Named in the Scrapy settings.

    The first navigation of a page was checked by the middlewares. From then on nothing
    leaves the page's own host: no trackers, no frames, no redirection elsewhere.
    """
    if request.resource_type in _HEAVY:
        return True
    here = urlsplit(request.frame.page.url)
    if here.scheme not in {"http", "https"}:
        return False  # about:blank: this is the first navigation
    target = urlsplit(request.url)
    if target.scheme in {"data", "blob"}:
        return False
    return (target.hostname or "") != (here.hostname or "")
