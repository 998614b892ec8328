"""Every parser over its recorded pages, one test a field."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest

from crawler.types import Parsed
from spiders.sites import find_parser, recognise_platform
from tests.spiders.recorded import list_cases, list_fields, load_case

ENGINES = ("phpbb", "vbulletin", "xenforo", "mybb", "smf", "ipb", "vanilla")


@cache
def parse(case: str) -> Parsed:
    recorded = load_case(case)
    return find_parser(recorded.platform).parse(recorded.page, recorded.source)


def as_text(value: object) -> object:
    """A value as `yaml.BaseLoader` reads it: strings and lists of strings."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [as_text(item) for item in value]
    return str(value)


@pytest.mark.parametrize(("case", "number", "field"), list_fields())
def test_field_of_a_post(case: str, number: int, field: str) -> None:
    expected = load_case(case).expected["posts"][number][field]
    assert as_text(getattr(parse(case).posts[number], field)) == expected


@pytest.mark.parametrize("case", list_cases())
def test_outcome_of_a_page(case: str) -> None:
    parsed = parse(case)
    assert parsed.outcome.value == load_case(case).expected["outcome"]
    assert bool(parsed.detail) == (parsed.outcome.value != "ok")


@pytest.mark.parametrize("case", [c for c in list_cases() if "posts" in load_case(c).expected])
def test_number_of_posts(case: str) -> None:
    assert len(parse(case).posts) == len(load_case(case).expected["posts"])


@pytest.mark.parametrize("case", [c for c in list_cases() if "next_pages" in load_case(c).expected])
def test_next_pages(case: str) -> None:
    assert list(parse(case).next_pages) == load_case(case).expected["next_pages"]


@pytest.mark.parametrize("case", [c for c in list_cases() if "links" in load_case(c).expected])
def test_links(case: str) -> None:
    assert list(parse(case).links) == load_case(case).expected["links"]


@pytest.mark.parametrize(
    "case",
    [
        "telegram/normal",
        "telegram/preview_disabled",
        "feed/normal",
        "feed/json",
        "webpage/normal",
        "forum/normal",
        "forum/json_ld",
        *(
            case
            for case in list_cases()
            if case.split("/")[0] in ENGINES and not case.endswith("/blocked")
        ),
    ],
)
def test_platform_is_recognised(case: str) -> None:
    assert recognise_platform(load_case(case).page) == case.split("/", maxsplit=1)[0]


@pytest.mark.parametrize("case", [c for c in list_cases() if load_case(c).platform in ENGINES])
def test_a_forum_is_read_without_naming_its_engine(case: str) -> None:
    recorded = load_case(case)
    found = find_parser("forum").parse(recorded.page, recorded.source)
    assert found.posts == parse(case).posts
    assert found.outcome == parse(case).outcome


def test_the_main_text_leaves_menus_out() -> None:
    (post,) = parse("webpage/main_text").posts
    assert post.text.startswith("Opening\n")
    assert "reading room of the invented library" in post.text
    assert "Home" not in post.text
    assert "All rights" not in post.text
