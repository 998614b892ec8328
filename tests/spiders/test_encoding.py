"""What a page is written in, whatever it claims."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.types import Page
from spiders.encoding import decode_page, find_encoding, parse_html
from spiders.html_text import html_text

RUSSIAN = "Продаётся диван, недорого, звоните вечером"
ARABIC = "بيت للايجار قرب الحديقة والسعر مناسب"
TURKISH = "Kiralık daire, parka yakın, görüşmek için yazınız"
FRENCH = "Chambre à louer près du marché, préférence étudiants"
POLISH = "Pokój do wynajęcia, blisko parku, proszę dzwonić później"


def page(body: bytes, encoding: str | None = None, *, rendered: bool = False) -> Page:
    return Page(
        "https://example.org/",
        body,
        datetime(2026, 1, 1, tzinfo=UTC),
        encoding=encoding,
        rendered=rendered,
    )


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "cp1251"),
        (ARABIC, "cp1256"),
        (RUSSIAN, "koi8-r"),
        (FRENCH, "cp1252"),
        (TURKISH, "cp1254"),
        (POLISH, "cp1250"),
    ],
)
@pytest.mark.parametrize("claim", ["utf-8", None])
def test_another_encoding_that_claims_to_be_utf8(text: str, codec: str, claim: str | None) -> None:
    assert decode_page(page(text.encode(codec), claim)) == text


@pytest.mark.parametrize("claim", ["windows-1251", "iso-8859-1", "nonsense", None])
def test_utf8_that_claims_to_be_something_else(claim: str | None) -> None:
    assert decode_page(page(RUSSIAN.encode(), claim)) == RUSSIAN


def test_what_transport_declares_is_taken_where_it_fits() -> None:
    assert decode_page(page(POLISH.encode("iso-8859-2"), "iso-8859-2")) == POLISH


def test_what_the_document_declares_is_taken_where_it_fits() -> None:
    markup = f'<html><head><meta charset="windows-1251"></head><body>{RUSSIAN}</body></html>'
    assert RUSSIAN in decode_page(page(markup.encode("cp1251")))


def test_a_byte_order_mark_decides() -> None:
    assert decode_page(page(b"\xff\xfe" + RUSSIAN.encode("utf-16-le"), "utf-8")) == RUSSIAN
    assert decode_page(page(b"\xef\xbb\xbf" + RUSSIAN.encode(), "windows-1251")) == RUSSIAN


def test_utf8_cut_inside_a_character_is_still_utf8() -> None:
    body = RUSSIAN.encode()[:-1]
    assert find_encoding(page(body, "utf-8")) == "utf-8"
    assert decode_page(page(body)).startswith(RUSSIAN[:-1])


def test_a_little_damage_does_not_make_it_another_encoding() -> None:
    body = (RUSSIAN * 20).encode().replace("диван".encode(), b"\xff", 1)
    assert find_encoding(page(body)) == "utf-8"


def test_a_rendered_page_is_utf8_whatever_its_meta_says() -> None:
    markup = f'<html><head><meta charset="windows-1251"></head><body>{RUSSIAN}</body></html>'
    assert find_encoding(page(markup.encode(), rendered=True)) == "utf-8"


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "cp1251", "utf-16", "x"]))
def test_any_bytes_give_a_text_and_a_document(body: bytes, claim: str | None) -> None:
    assert "\x00" not in decode_page(page(body, claim))
    assert isinstance(html_text(parse_html(page(body, claim))), str)
