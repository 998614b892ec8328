"""Fetches pages of the local site, and folds texts for comparison."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from crawler.types import Page

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the site, redirects not followed."""

    status: int
    kind: str
    location: str
    body: bytes


def fetch(address: str) -> Answer:
    """What the site answers to a GET."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(
            status=answer.status,
            kind=answer.getheader("Content-Type", ""),
            location=answer.getheader("Location", ""),
            body=answer.read(),
        )
    finally:
        connection.close()


def fetch_page(address: str, body: bytes | None = None) -> Page:
    """A page as the crawl hands it to a parser; `body` for one that a browser rendered."""
    answer = fetch(address)
    return Page(
        url=address,
        body=answer.body if body is None else body,
        fetched_at=datetime(2026, 11, 20, tzinfo=UTC),
        status=answer.status if body is None else None,
        headers=(("Content-Type", answer.kind),) if body is None else (),
        rendered=body is not None,
    )


def folded_spaces(text: str) -> str:
    """The text with every run of white space as one space."""
    return _SPACES.sub(" ", text).strip()
