"""Posts taken apart: own words, quotations, media, links."""

from __future__ import annotations

import pytest
from lxml import html

from spiders.post_body import BodyMarkup, read_body

BASE = "https://forum.example.org/thread/"
MARKUP = BodyMarkup(
    quotes=("blockquote", ".quote"),
    quote_titles=("cite",),
    quote_ids=(("cite a@href", r"#p(\d+)"),),
    dropped=(".signature",),
)


def test_quotations_are_kept_apart_outer_ones_first() -> None:
    found = read_body(
        html.fromstring(
            "<div>before<blockquote><cite><a href='./t?p=7#p7'>A wrote:</a></cite>outer"
            "<blockquote><cite>B wrote:</cite>inner</blockquote>more</blockquote>after</div>"
        ),
        BASE,
        MARKUP,
    )
    assert found.text == "before\nafter"
    assert found.quoted == ("outer\nmore", "inner")
    assert found.quoted_ids == ("7",)


def test_the_element_is_left_as_it_is() -> None:
    element = html.fromstring("<div>a<blockquote>b</blockquote>c</div>")
    before = html.tostring(element)
    read_body(element, BASE, MARKUP)
    assert html.tostring(element) == before


def test_media_are_kept_and_their_names_are_no_words() -> None:
    found = read_body(
        html.fromstring(
            "<div>look <img src='a.jpg' alt='IMG_0001.jpg'> here <img class='smilies' alt=':-)'"
            " src='s.gif'><img src='data:image/gif;base64,R0' data-src='/late.jpg' alt='x'>"
            "<img src='dot.gif' width='16' alt='*'><iframe src='//video.example.org/1'></iframe>"
            "<blockquote><img src='quoted.jpg'><a href='q'>q</a></blockquote></div>"
        ),
        BASE,
        MARKUP,
    )
    assert found.media == (
        "https://forum.example.org/thread/a.jpg",
        "https://forum.example.org/late.jpg",
        "https://video.example.org/1",
    )
    assert found.text == "look here :-)*"
    assert found.links == ()


def test_signatures_are_dropped_and_links_kept() -> None:
    found = read_body(
        html.fromstring(
            "<div>see <a href='../x#y'>this</a> <a href='javascript:x()'>no</a> "
            "<a href='http://['>no</a><div class='signature'><a href='/s'>me</a></div></div>"
        ),
        BASE,
        MARKUP,
    )
    assert found.text == "see this no no"
    assert found.links == ("https://forum.example.org/x",)


@pytest.mark.parametrize("key", [0, 42, 255])
def test_hidden_mail_addresses_are_written_out_as_a_browser_does(key: int) -> None:
    hidden = bytes([key, *(key ^ byte for byte in b"desk@example.org")]).hex()
    found = read_body(
        html.fromstring(
            f"<div>write <a class='__cf_email__' data-cfemail='{hidden}'><span>[email"
            " protected]</span></a> now <a data-cfemail='zz'>kept</a></div>"
        ),
        BASE,
        MARKUP,
    )
    assert found.text == "write desk@example.org now kept"
