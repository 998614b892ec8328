"""Documents as browsers build them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.types import Page
from spiders.html5 import parse_html5
from spiders.html_text import html_text


def page(body: bytes, encoding: str | None = None) -> Page:
    return Page("https://example.org/", body, datetime(2026, 1, 1, tzinfo=UTC), encoding=encoding)


def test_what_libxml2_nests_stands_side_by_side() -> None:
    body = b"<p><article id=a><p>one<ul><li>x</article><article id=b>two</article>"
    root = parse_html5(page(body))
    articles = list(root.iter("article"))
    assert [a.get("id") for a in articles] == ["a", "b"]
    assert not any(b in a.iterdescendants() for a in articles for b in articles)


@pytest.mark.parametrize("body", [b"", b"   ", b"\x00", b"<", b"<!-- x", b"\xff\xfe", b"<html"])
def test_no_bytes_are_too_broken(body: bytes) -> None:
    assert parse_html5(page(body)).tag == "html"


def test_names_and_characters_that_xml_has_not_are_left_out() -> None:
    root = parse_html5(page(b'<o:p @click="x" a"="y" :b=z c=1&#1;>w\x07&#11;x</o:p>'))
    (element,) = root.iter("span")
    assert dict(element.attrib) == {"c": "1"}
    assert html_text(element) == "wx"


def test_the_encoding_is_what_the_bytes_say() -> None:
    body = "<meta charset=utf-8><p>Лодка до берега, вечером".encode("cp1251")
    assert "Лодка до берега" in html_text(parse_html5(page(body, "utf-8")))


def test_deep_nesting_does_not_run_out_of_stack() -> None:
    root = parse_html5(page(b"<div>" * 20_000 + b"deep"))
    assert "deep" in html_text(root)
