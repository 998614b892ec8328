"""The registry of parsers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import ConfigError, PageError
from crawler.types import Page
from spiders.sites import FALLBACK, find_parser, platforms, recognise_platform


def test_every_platform_has_a_parser() -> None:
    assert {"telegram", "feed", "webpage"} <= set(platforms())
    for platform in platforms():
        assert callable(find_parser(platform).parse)


def test_an_unknown_platform_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"has no parser .*telegram"):
        find_parser("myspace")


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"<html>", b"{", b"x" * 100_000])
@pytest.mark.parametrize("platform", platforms())
def test_no_bytes_make_a_parser_fail(platform: str, body: bytes) -> None:
    page = Page("https://example.org/", body, datetime(2026, 1, 1, tzinfo=UTC))
    try:
        assert find_parser(platform).parse(page).outcome is not None
    except PageError as error:
        assert str(error)  # noqa: PT017 - a parser may say by raising what it looked for
    assert recognise_platform(page) == FALLBACK
