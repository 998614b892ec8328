"""The parts of a post that is written in Markdown."""

from __future__ import annotations

import pytest

from spiders.markdown_text import read_markdown

BASE = "https://example.org/post/1"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**Rooms**, _near_ the *harbour*", "Rooms, _near_ the harbour"),
        ("# Rooms\n\nthird floor", "Rooms\n\nthird floor"),
        ("[map](/map) and <https://example.org/a>", "map (https://example.org/map) and <https://example.org/a>"),
        ("[https://example.org/a](https://example.org/a)", "https://example.org/a"),
        (r"2 \* 3, file\_name", "2 * 3, file_name"),
        ("07700 900123 * 2 * 3", "07700 900123 * 2 * 3"),
        ("```\n> not quoted\n```", "```\n> not quoted\n```"),
        ("", ""),
    ],
)  # fmt: skip
def test_words(source: str, text: str) -> None:
    assert read_markdown(source, BASE).text == text


def test_quotations_stand_apart() -> None:
    body = read_markdown("> who has?\n> > an older one\n\nI do\n\n> when?\n\nNow", BASE)
    assert body.quoted == ("who has?\n> an older one", "when?")
    assert body.text == "I do\n\nNow"


def test_pictures_and_links() -> None:
    body = read_markdown("![room](/a.png) see https://example.org/map, and [x](ftp://no)", BASE)
    assert body.media == ("https://example.org/a.png",)
    assert body.links == ("https://example.org/map",)
