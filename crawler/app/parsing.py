"""What a parser makes of a page that somebody saved: nothing is fetched, nothing stored."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from crawler.errors import Blocked, ConfigError, Damaged, LayoutChanged, LoginRequired, PageError
from crawler.types import Outcome, Page, Parsed
from spiders.html5 import parse_html5
from spiders.sites import FALLBACK, find_parser, recognise_platform

#: How files begin that are no pages: pictures, films, archives, documents.
_NO_PAGES = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF", b"PK\x03\x04", b"\x1f\x8b",
    b"SQLite format 3", b"\x7fELF", b"\x00\x00\x00",
)  # fmt: skip
_OUTCOMES: tuple[tuple[type[PageError], Outcome], ...] = (
    (LayoutChanged, Outcome.LAYOUT_CHANGED),
    (Damaged, Outcome.BROKEN),
    (LoginRequired, Outcome.LOGIN_REQUIRED),
    (Blocked, Outcome.BLOCKED),
)
#: A browser shows JSON inside a page of its own, and saves that.
_SHOWN_JSON = re.compile(rb"<pre[^>]*>\s*[{\[]")


def load_page(path: Path, *, url: str, captured: datetime | None = None) -> Page:
    """A saved page: a file of HTML, XML or JSON, in whatever encoding.

    `captured` is what relative times are relative to; without it, when the file was last
    written.

    Raises:
        ConfigError: the file cannot be read or is no page, or the address is none.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname
    except ValueError:
        known = None
    if not known:
        raise ConfigError.one("--url", f"{url!r} is not an address: https://…")
    if not path.is_file():
        raise ConfigError.one(path, "is not a file: give the page as it was saved")
    try:
        body = path.read_bytes()
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise ConfigError.one(path, f"cannot be read: {error.strerror}") from error
    if not body.strip():
        raise ConfigError.one(path, "is empty: save the page again")
    if body.startswith(_NO_PAGES):
        raise ConfigError.one(path, "is not a page: HTML, XML or JSON is read")
    return _without_viewer(Page(url=url, body=body, fetched_at=captured or written))


def parse_saved(page: Page, platform: str | None = None) -> tuple[str, Parsed]:
    """The platform of a page, and what its parser makes of it.

    Raises:
        ConfigError: there is no parser of that name.
    """
    name = platform or recognise_platform(page)
    parser = find_parser(name)
    try:
        parsed = parser.parse(page)
    except PageError as error:
        outcome = next((known for kind, known in _OUTCOMES if isinstance(error, kind)), None)
        if outcome is None:
            raise
        parsed = Parsed(outcome=outcome, detail=str(error))
    if platform and parsed.outcome is Outcome.LAYOUT_CHANGED:
        likelier = recognise_platform(page)
        if likelier not in {platform, FALLBACK}:
            parsed = replace(parsed, detail=f"{parsed.detail} (the page looks like {likelier})")
    return name, parsed


def _without_viewer(page: Page) -> Page:
    """The JSON in a page that a browser made to show it; any other page as it is."""
    if not _SHOWN_JSON.search(page.body[:4096]):
        return page
    shown = next(parse_html5(page).iter("pre"), None)
    text = "".join(str(part) for part in shown.itertext()) if shown is not None else ""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return page
    return Page(url=page.url, body=text.encode("utf-8", "replace"), fetched_at=page.fetched_at)
