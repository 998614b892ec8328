"""The corpus is read with its marks made into offsets, and its faults are told."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from nlp.corpus_file import load_corpus, load_families, parse_line

FAMILIES = load_families()


def parse(text: str, **more: object) -> object:
    line = json.dumps({"family": "sea-01", "text": text, **more})
    return parse_line(line, "en", FAMILIES)


def test_marks_become_offsets() -> None:
    line = {
        "family": "sea-01",
        "text": "From [[Dunkirk|origin|FR]] to [[UK|destination|GB]] "
        "[[£4k|price|4000 GBP person]], "
        "[[Oran|origin2|DZ]]–[[Spain|destination2|ES]] [[@x_demo|telegram|x_demo]]",
    }
    text = parse_line(json.dumps(line), "en", FAMILIES)
    assert text.text == "From Dunkirk to UK £4k, Oran–Spain @x_demo"
    (price,) = text.prices
    assert (text.text[price.start : price.end], price.amount, price.per) == (
        "£4k", Decimal(4000), "person",
    )  # fmt: skip
    assert [(one.origin, one.destination) for one in text.routes] == [("FR", "GB"), ("DZ", "ES")]
    assert text.contacts[0].value == "x_demo"
    assert (text.offer, text.area, text.id) == (True, "entry_exit", "en/sea-01")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[x|colour|red]]", "not known"),
        ("[[5|price|five GBP]]", "not a number"),
        ("[[5|price|5 pounds]]", "three capitals"),
        ("[[5|price|5 GBP lorry]]", "not one of"),
        ("[[x|origin|France]]", "country code"),
        ("[[x|origin", "mark that is not"),
        ("", "has no text"),
    ],
)
def test_a_bad_line_says_what_is_wrong(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse(text)


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match="nobody"):
        parse_line('{"family": "nobody", "text": "x"}', "en", FAMILIES)


def test_the_corpus_itself_is_sound() -> None:
    texts = load_corpus()
    assert len({text.id for text in texts}) == len(texts)
    assert {text.part for text in texts} == {"train", "dev", "test"}
