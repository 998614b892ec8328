"""National numbers go to the country that the text, its language or their shape speaks for."""

from __future__ import annotations

import phonenumbers
import pytest
from pydantic import ValidationError

from crawler.types import Contact, Post
from nlp.contacts import load_contact_finder
from nlp.contacts.homes import HomeFinder, NumberPlaces, load_number_places
from nlp.identify import identify
from nlp.language_data import load_languages
from nlp.normalise import normalise
from nlp.pipeline import COMPONENTS, Analyser


def find(text: str, *regions: str) -> list[Contact]:
    post = Post(1, 1, "test", "forum", "1", text, regions=regions)
    mentions = load_contact_finder().find(normalise(text), identify(text), post)
    return [mention.value for mention in mentions if isinstance(mention.value, Contact)]


def numbers(text: str, *regions: str) -> list[str]:
    return [one.value for one in find(text, *regions) if one.value.startswith("+")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please call me today on 803-555-0165", "+18035550165"),
        ("I am here now (647) 555-0197 all day", "+16475550197"),
        ("I am here all day 318.555.0168 and the night", "+13185550168"),
        ("the place is open 8035550165 come and see", "+18035550165"),
        ("text me at 587*555*0141 when you are ready", "+15875550141"),
        ("talk to me at 646/555/01Four Three", "+16465550143"),
        ("come and see us, six02 fivefivefive zeroone4three ok 24", "+16025550143"),
        ("for a good time with you 3tothree 5five5 zeroone8seven today", "+13235550187"),
        ("write to me nine seven three five five five zero 1 43 please", "+19735550143"),
        ("when you are ready 7 0 8 - 5 5 5 - 0 1 9 6 thank you", "+17085550196"),
        ("call me @347 5550-165 please", "+13475550165"),
        ("we run all the weekend8035550165 for you", "+18035550165"),
    ],
)
def test_american_numbers_by_their_shape(text: str, expected: str) -> None:
    assert numbers(text) == [expected]


def test_american_numbers_again_and_again_and_in_a_row() -> None:
    assert numbers("ready to go 7085550196 7085550196 7085550196")[-1] == "+17085550196"
    assert numbers("call 803-555-0165/909-555-0196") == ["+18035550165", "+19095550196"]
    text = "708 Five Five Five 0196 and then 708 Five Five Five 0196"
    assert set(numbers(text)) == {"+17085550196"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In Melbourne, call reception on 03 5550 1234", ["+61355501234"]),
        ("Direct line 0491 5701 56, new in Melbourne", ["+61491570156"]),
        ("See www.example.com.au or call 0491 570 156", ["+61491570156"]),
        ("Call in London 07700 900123", ["+447700900123"]),
    ],
)
def test_places_and_hosts_say_where_a_number_is_from(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


def test_two_numbers_with_a_slash_between_and_odd_groups() -> None:
    text = "Sydney: call 04915701 56/ 0491570 157"
    assert numbers(text) == ["+61491570156", "+61491570157"]


def test_the_other_readings_are_kept() -> None:
    (number,) = find("call 0491 570 156 in Sydney")
    assert number.value == "+61491570156"
    assert "+32491570156" in number.alternatives


def test_the_source_and_the_language_go_before_the_american_shape() -> None:
    assert numbers("chiamami subito al 333 555 0143 per il viaggio, grazie mille") == [
        "+393335550143"
    ]
    assert numbers("347 555 0143", "IT") == ["+393475550143"]


@pytest.mark.parametrize(
    "text",
    [
        "the order number 8035550165 is late again",
        "my order id: 212-555-0143 has arrived today",
        "this is the item #2125550143 of the list",
        "see https://example.org/item/2125550143 for the item",
        "the rooms are 250 300 4500 for all of them",
        "the zip is 90210-4321 and not 10001",
        "they have paid 2345678901 dong for the house",
        "it was 11-17-2025/11-28-2025 for the most of us",
        "the book is ISBN-10 0306406152 and it is good",
        "the code AB8035550165 is on the box",
        "it starts at 40.712776 -74.005974 on the map",
        "the time stamp is 1764370800 in the file",
        "someone came to 80 for 1500 and two for 3",
    ],
)
def test_what_only_looks_like_an_american_number(text: str) -> None:
    assert numbers(text) == []


def test_words_that_sound_as_digits_count_beside_digits_only() -> None:
    assert numbers("call me to win for free 07700 900123") == ["+447700900123"]


def test_hosts_that_the_whole_world_uses_name_no_country() -> None:
    def named(text: str) -> frozenset[str]:
        post = Post(1, 1, "test", "forum", "1", text)
        return HomeFinder(load_languages()).find(normalise(text), identify(text), post).named

    assert named("see example.co.nz") == {"NZ"}
    assert named("see example.ca and example.io") == {"CA"}
    assert named("see example.me, example.com") == frozenset()


def test_the_file_of_places() -> None:
    places = load_number_places().places
    assert set(places) <= phonenumbers.SUPPORTED_REGIONS
    names = [name for of_region in places.values() for name in of_region]
    assert len(names) == len(set(names)), "a name of two countries says nothing"
    with pytest.raises(ValidationError, match="no region"):
        NumberPlaces(places={"XX": ("nowhere",)})


def read(text: str) -> list[str]:
    """The contacts that the whole reading finds, as the places of the text are known there."""
    post = Post(1, 1, "test", "forum", "1", text)
    (advert,) = Analyser([name for name in COMPONENTS if name != "offer"]).analyse([post])
    return [one.value.value for one in advert.mentions if isinstance(one.value, Contact)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sala weselna w Slough, wolne soboty, cena od £2,900. 020 7946 0183", "+442079460183"),
        ("صرافی رسمی در لندن، هر روز تا ساعت شش باز است. 020 7946 0914", "+442079460914"),
        ("লেস্টারে বাংলা ক্লাস, প্রতি শনিবার। 0116 496 0135", "+441164960135"),
        ("伦敦搬家公司，周末不加价。电话 020 7946 0274", "+442079460274"),
    ],
)
def test_a_landline_is_of_the_town_that_the_post_names_in_its_own_script(
    text: str, expected: str
) -> None:
    assert read(text) == [expected]


def test_what_follows_qq_is_no_telephone_number() -> None:
    assert read("代办签证材料，全套打折，扣扣 3109944127") == ["3109944127"]
