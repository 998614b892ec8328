"""One parser a platform: a module here with `parse(page, source) -> Parsed`, and no more.

Adding a platform is adding one file; the name of the file is what a source's `platform:`
says. A module may also offer `recognises(page) -> int`, for pages whose platform is not
named: how many of the platform's own signs the page has, 0 when it is not its page. The
highest wins (True counts as one sign).

It may also say `LISTING`, from which a complete pass is judged for posts that have vanished:
`numbered`, when the posts have consecutive numbers at the end of their ids and the pages go
through them in order; `window`, when only the newest posts are shown and older ones fall
off; `whole`, when everything that exists is shown; `threads`, when pages that stay where they
are show posts in their order, and lists of those pages move. Without it only a pass through
everything is judged, and as a window.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol, cast

from crawler.errors import ConfigError
from crawler.types import Page, Parsed

if TYPE_CHECKING:
    from spiders.source import Source

#: What reads any page, when no other platform knows it.
FALLBACK = "webpage"


class Parser(Protocol):
    """What every module here offers. Pure: no I/O, no clock, no store."""

    def parse(self, page: Page, source: Source | None = None) -> Parsed:
        """The posts, the next pages and the links of a page.

        Raises:
            LayoutChanged: not the markup that the parser knows.
            Damaged: what was received cannot be read to its end.
            Blocked: the page says that we are refused.
            LoginRequired: the page is for members.
        """


@cache
def platforms() -> tuple[str, ...]:
    """The names of every platform there is a parser for, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


Listing = Literal["numbered", "window", "whole", "threads", "unknown"]


def listing_of(platform: str) -> Listing:
    """How a platform lists its posts: the `LISTING` of its module; a forum engine's threads."""
    otherwise = "threads" if is_forum(platform) else "unknown"
    return cast("Listing", getattr(find_parser(platform), "LISTING", otherwise))


def is_forum(platform: str) -> bool:
    """Whether a platform is a forum engine, whose boards list threads.

    It says so by describing its markup, or by FORUM = True.
    """
    parser = find_parser(platform)
    return hasattr(parser, "MARKUP") or bool(getattr(parser, "FORUM", False))


@cache
def find_parser(platform: str) -> Parser:
    """The parser of a platform.

    Raises:
        ConfigError: there is none of that name.
    """
    if platform not in platforms():
        known = ", ".join(platforms())
        raise ConfigError.one("platform", f"{platform} has no parser (known: {known})")
    return cast("Parser", importlib.import_module(f"{__name__}.{platform}"))


def recognise_platform(page: Page) -> str:
    """The platform that knows most of the page; `FALLBACK` when none knows it."""
    known = {platform: signs_of(platform, page) for platform in platforms()}
    best = max(known, key=lambda platform: known[platform])
    return best if known[best] else FALLBACK


def signs_of(platform: str, page: Page) -> int:
    """How many of a platform's signs a page has; 0 when the platform has none to go by."""
    recognises = getattr(find_parser(platform), "recognises", None)
    return int(recognises(page)) if recognises is not None else 0
