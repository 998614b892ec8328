"""Reads pages that are JSON: sites' public interfaces, and the data inside their pages.

What a site sends is never trusted to have the shape it should: every read here gives a plain
value, empty where the shape is another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.errors import Blocked, Damaged, LayoutChanged, LoginRequired
from crawler.types import Outcome, Page, Parsed, ParsedPost
from spiders.encoding import decode_page
from spiders.html5 import parse_html5
from spiders.html_text import html_fragment_text
from spiders.post_body import Body, BodyMarkup, read_body
from spiders.posted_time import read_machine_time
from spiders.walls import find_wall

_PLAIN = BodyMarkup()
_GAP = re.compile(r"\n{3,}")


def is_json(page: Page) -> bool:
    """Whether a page begins as JSON does."""
    return page.body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def peek_json(page: Page) -> Any:
    """The data of a page for recognising it; None when it is not JSON."""
    return _loaded(page.body) if is_json(page) else None


def read_json(page: Page, sought: str) -> Any:
    """The data of a page.

    `sought` says what should have been there, for the message.

    Raises:
        Blocked, LoginRequired: a wall stands before the site.
        LayoutChanged: the page is something else.
        Damaged: it is JSON that is cut short or ill-formed.
    """
    if not is_json(page):
        wall = find_wall(parse_html5(page))
        if wall is not None:
            kind = LoginRequired if wall[0] is Outcome.LOGIN_REQUIRED else Blocked
            raise kind(page.url, wall[1])
        raise LayoutChanged(page.url, f"this is not JSON: looked for {sought}")
    data = _loaded(page.body)
    if data is None:
        try:
            json.loads(decode_page(page))
        except (ValueError, RecursionError) as error:
            raise Damaged(page.url, f"the JSON is cut short or ill-formed: {error}") from None
    return data


@lru_cache(maxsize=2)  # every platform is asked about the same page
def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def at(data: Any, *path: str | int) -> Any:
    """What lies at a path of keys and positions; None where there is no such path.

    >>> at({"a": [{"b": 1}]}, "a", 0, "b"), at({"a": []}, "a", 0, "b")
    (1, None)
    """
    for step in path:
        if isinstance(step, str) and isinstance(data, dict):
            data = data.get(step)
        elif isinstance(step, int) and isinstance(data, list) and -len(data) <= step < len(data):
            data = data[step]
        else:
            return None
    return data


def text_at(data: Any, *path: str | int) -> str:
    """The string or number at a path, as a string; '' for anything else."""
    value = at(data, *path)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def dicts_at(data: Any, *path: str | int) -> list[dict[str, Any]]:
    """The objects of the list at a path; [] where there is no list."""
    value = at(data, *path)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def time_at(data: Any, *path: str | int) -> tuple[str | None, datetime | None]:
    """The time at a path, as it stands there and as read; one without a zone is in UTC."""
    value = at(data, *path)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return str(value), read_machine_time(str(int(value)))
    printed = text_at(value)
    moment = read_machine_time(printed)
    if moment is None and printed:
        try:
            moment = datetime.fromisoformat(printed).replace(tzinfo=UTC)
        except ValueError:
            return printed, None
    return printed or None, moment


def read_fragment(markup: str, base: str, known: BodyMarkup = _PLAIN) -> Body:
    """The parts of a post whose body is a piece of HTML."""
    text, fragment = html_fragment_text(markup)
    if fragment is None:
        return Body(text)
    body = read_body(fragment, base, known)
    # What a quotation leaves behind where it stood is no more than a blank line.
    return replace(body, text=_GAP.sub("\n\n", body.text))


def with_query(url: str, **values: str | None) -> str:
    """An address with parameters of its query set, or taken out where the value is None.

    >>> with_query("https://example.org/p?a=1&b=2", a="3", b=None)
    'https://example.org/p?a=3'
    """
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, True) if pair[0] not in values]
    kept += [(name, value) for name, value in values.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def query_value(url: str, name: str) -> str:
    """A parameter of an address's query; '' when it is not there."""
    return dict(parse_qsl(urlsplit(url).query)).get(name, "")


def as_parsed(
    posts: Iterable[ParsedPost],
    following: Iterable[str] = (),
    links: Iterable[str] = (),
    *,
    empty: str,
) -> Parsed:
    """The result of a page: each id once; `empty` is what to say when there is no post.

    A page of links alone is `ok`. What has no id is left out: it could not be known again.
    """
    known = [post for post in posts if post.site_id]
    unique = tuple({post.site_id: post for post in reversed(known)}.values())[::-1]
    said = (link for post in unique for link in post.links)
    met = tuple(dict.fromkeys([*links, *said]))
    if not unique and not met:
        return Parsed((), tuple(following), (), Outcome.EMPTY, empty)
    return Parsed(unique, tuple(following), met)


def strings(values: Iterable[Any]) -> tuple[str, ...]:
    """The web addresses among values, each once, in order."""
    found = (value for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(one for one in found if one.startswith(("http://", "https://"))))
