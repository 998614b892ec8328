"""Contacts are masked for the language model, and every place is found again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.types import Contact, Mention
from nlp.masking import mask_contacts


def mention(text: str, words: str, value: Contact) -> Mention:
    start = text.index(words)
    return Mention("contact", start, start + len(words), words, value)


def test_a_number_a_name_and_a_link_get_signs_of_their_own() -> None:
    text = "Boat. WhatsApp +44 7700 900123 or @demo_boat, www.example.org/x"
    found = [
        mention(text, "+44 7700 900123", Contact("whatsapp", "+447700900123")),
        mention(text, "@demo_boat", Contact("telegram", "demo_boat")),
        mention(text, "www.example.org/x", Contact("url", "www.example.org/x")),
    ]
    assert mask_contacts(text, found).text == "Boat. WhatsApp  tel  or  @ ,  www "


def test_who_asks_to_be_written_to_stays() -> None:
    text = "DM me"
    found = [mention(text, "DM", Contact("author", "author"))]
    assert mask_contacts(text, found).text == text


@given(st.lists(st.tuples(st.text("ab ", max_size=5), st.text("79", min_size=1, max_size=9))))
def test_a_place_outside_the_signs_is_found_again(pieces: list[tuple[str, str]]) -> None:
    text = "".join(before + number for before, number in pieces) + "end"
    found, at = [], 0
    for before, number in pieces:
        start = at + len(before)
        at = start + len(number)
        found.append(Mention("contact", start, at, number, Contact("phone", "+" + number)))
    masked = mask_contacts(text, found)
    for place, letter in enumerate(masked.text):
        if letter in "ab":
            assert text[masked.at(place)] == letter
    assert masked.at(len(masked.text)) == len(text)
