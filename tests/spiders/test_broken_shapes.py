"""Data of another shape than it should have never breaks a parser.

Every value of every recorded page that is JSON is replaced by one of each other kind; every
other page is cut at many places.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crawler.errors import PageError
from crawler.types import Page, Parsed
from spiders.sites import find_parser, platforms, recognise_platform
from tests.spiders.recorded import list_cases, load_case

OTHERS: tuple[Any, ...] = (None, [], {}, "x", 5, -1.5, True, [None], {"a": None}, "9" * 30)
SITES = {
    "bluesky",
    "classifieds",
    "discourse",
    "lemmy",
    "mastodon",
    "nodebb",
    "reddit",
    "vk",
    "wordpress",
}
CASES = [case for case in list_cases() if case.split("/", maxsplit=1)[0] in SITES]


def paths_of(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = data.items() if isinstance(data, dict) else ()
    items = enumerate(data) if isinstance(data, list) else items
    for key, value in items:
        yield from paths_of(value, (*path, key))


def with_value(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(data)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed


def parses(platform: str, page: Page) -> None:
    try:
        parsed = find_parser(platform).parse(page)
    except PageError:
        return  # it says what it looked for
    assert isinstance(parsed, Parsed)
    for post in parsed.posts:
        assert post.site_id
        assert post.posted_at is None or post.posted_at.tzinfo is not None


@pytest.mark.parametrize("case", [c for c in CASES if load_case(c).page.body[:1] in b"{["])
def test_any_value_may_be_of_any_kind(case: str) -> None:
    recorded = load_case(case)
    data = json.loads(recorded.page.body)
    for number, path in enumerate(paths_of(data)):
        body = json.dumps(with_value(data, path, OTHERS[number % len(OTHERS)])).encode()
        parses(recorded.platform, replace(recorded.page, body=body))


@pytest.mark.parametrize("case", [c for c in CASES if load_case(c).page.body[:1] not in b"{["])
def test_a_page_may_end_anywhere(case: str) -> None:
    recorded = load_case(case)
    body = recorded.page.body
    for end in range(0, len(body), max(1, len(body) // 6)):
        parses(recorded.platform, replace(recorded.page, body=body[:end]))


@pytest.mark.parametrize("body", [b"", b"{", b"[", b"[[[[", b"{}", b"[]", b"null", b"<", b"\x00"])
def test_a_page_of_nothing_is_recognised_by_no_site(body: bytes) -> None:
    page = replace(load_case("mastodon/normal").page, url="https://example.org/", body=body)
    assert recognise_platform(page) in platforms()
    for platform in SITES:
        parses(platform, page)
