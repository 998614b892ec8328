"""Contacts are found however they are written, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.types import Contact, Post
from nlp.contacts import load_contact_finder
from nlp.identify import identify
from nlp.normalise import normalise

UK = "+447700900123"


def make_post(text: str, **more: object) -> Post:
    return Post(1, 1, "test", str(more.pop("platform", "forum")), "1", text, **more)  # type: ignore[arg-type]


def find(text: str, **more: object) -> list[Contact]:
    post = make_post(text, **more)
    mentions = load_contact_finder().find(normalise(text), identify(text), post)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text
    return [mention.value for mention in mentions if isinstance(mention.value, Contact)]


@pytest.mark.parametrize(
    "text",
    [
        "call +44 7700 900123",
        "call 0044 7700-900-123",
        "call +44 (0)7700 900123",
        "call 07700 900123",
        "call 07700.900.123",
        "whatsapp 447700900123",
        "تماس ۴۴۷۷۰۰۹۰۰۱۲۳+",
        "call 0️⃣7️⃣7️⃣0️⃣0️⃣ 9️⃣0️⃣0️⃣ 1️⃣2️⃣3️⃣",
        "call ０７７００ ９００１２３",
        "call 𝟎𝟕𝟕𝟎𝟎 𝟗𝟎𝟎𝟏𝟐𝟑",
        "call 0 7 7 0 0 9 0 0 1 2 3",
        "+44🔹7700🔹900🔹123",
        "please call O77OO 9OO l23 for the place",
        "ring zero seven seven double zero nine zero zero one two three",
        "plus four four seven seven zero zero nine zero zero one two three",
        "call \u202a+44\u200e 7700\u200f 900123\u202c",
        "https://wa.me/447700900123",
        "wa . me / 447700900123",
        "call +٤٤ 7700 ۹۰۰۱۲۳",
    ],
)
def test_a_number_in_every_writing(text: str) -> None:
    assert [one.value for one in find(text)] == [UK]


@pytest.mark.parametrize(
    "text",
    [
        "price 2500 or 3500 euro, 07700 euro",
        "on 12.05.2026 from 18:00 - 19:30 or 2026-05-12",
        "01.05.2026 18:00",
        "card 4111 1111 1111 1111",
        "in danger call 999 or 112",
        "1,05,000 rupees or 11.490.000 dong",
        "application AB1234567890",
        "from 2019-2026 we sold 12 000 000",
        "3.14159265358979",
    ],
)
def test_prices_dates_cards_and_emergency_numbers_are_no_contacts(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("WhatsApp +44 7700 900123", "whatsapp", UK),
        ("+44 7700 900123 (Viber)", "viber", UK),
        ("Viber/WhatsApp +44 7700 900123", "whatsapp", UK),
        ("IMO: 07700 900123", "imo", UK),
        ("Telegram @Demo_Name", "telegram", "demo_name"),
        ("@demo_name on insta", "instagram", "demo_name"),
        ("Snap: demo.crossing", "snapchat", "demo.crossing"),
        ("t.me/Demo_Name", "telegram", "demo_name"),
        ("t . me / demo_name", "telegram", "demo_name"),
        ("t.me/+AbCdEf12345", "url", "https://t.me/+AbCdEf12345"),
        ("m.me/demo.page", "messenger", "demo.page"),
        ("write to A.Demo@Example.org.", "email", "a.demo@example.org"),
        ("demo (at) example (dot) org", "email", "demo@example.org"),
        ("see https://example.org/Offer now", "url", "https://example.org/Offer"),
        ("WeChat: demo_wx88", "wechat", "demo_wx88"),
        ("QQ 12345678", "qq", "12345678"),
    ],
)
def test_the_words_around_tell_the_kind(text: str, kind: str, value: str) -> None:
    assert [(one.type, one.value) for one in find(text)] == [(kind, value)]


def test_a_bare_handle_is_of_the_hosting_platform() -> None:
    assert find("ask @demo_name", platform="telegram")[0].type == "telegram"
    assert find("ask @demo_name")[0].type == "handle"


def test_write_to_me_makes_the_author_the_contact() -> None:
    assert [(c.type, c.value) for c in find("DM me", author_handle="Demo_Me")] == [
        ("author", "demo_me")
    ]
    assert find("DM me") == []


def test_the_country_of_a_national_number_comes_from_the_post() -> None:
    assert find("tel 0171 39200 44")[0].value == "+491713920044"
    assert find("tel 06 39 98 12 34")[0].value == "+33639981234"
    assert find("tel 070-174 06 05")[0].value == "+46701740605"
    assert find("call 0770 090 0123", regions=("IQ",))[0].value == "+9647700900123"


def test_other_readings_are_kept() -> None:
    (contact,) = find("للتواصل 0770 090 0123")
    assert {contact.value, *contact.alternatives} >= {"+9647700900123", UK}


def test_how_it_was_hidden_is_told() -> None:
    assert "keycap" in find("call 0️⃣7️⃣7️⃣0️⃣0️⃣ 9️⃣0️⃣0️⃣ 1️⃣2️⃣3️⃣")[0].obfuscation
    assert (
        "spelled_digits"
        in find("zero seven seven double zero nine zero zero one two three")[0].obfuscation
    )
    assert "trailing_plus" in find("تماس ۴۴۷۷۰۰۹۰۰۱۲۳+")[0].obfuscation
    assert "digits_apart" in find("call 0 7 7 0 0 9 0 0 1 2 3")[0].obfuscation


@pytest.mark.parametrize(
    "address",
    [
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ],
)
def test_addresses_of_coins_need_their_checksum(address: str) -> None:
    assert [(one.type, one.value) for one in find(f"pay {address} only")] == [("crypto", address)]
    swapped = address[:-3] + address[-2] + address[-3] + address[-1]
    assert find(f"pay {swapped} only") == []


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("+0123456789 ()-./@:atmewhonl🔹٠١۲\u202eé"), max_size=60))
def test_every_mention_is_cut_from_the_text(text: str) -> None:
    find(text)
