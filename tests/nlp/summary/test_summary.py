"""The English line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crawler.types import (
    Contact,
    Document,
    Judgement,
    Mention,
    Place,
    Price,
    Route,
    Term,
    Value,
)
from nlp.gazetteer.load import load_gazetteer
from nlp.summary import summarise


def mention(value: Value) -> Mention:
    return Mention("place", 0, 1, "x", value)


@pytest.fixture(scope="module")
def uk() -> Place:
    number = load_gazetteer().country("GB")
    assert number is not None
    return load_gazetteer().places[number]


DUNKIRK = Place("Dunkirk", "FR", 51.03, 2.38)


def test_an_offer_of_a_crossing(uk: Place) -> None:
    mentions = [
        mention(Route(DUNKIRK, (), uk)),
        mention(Price(Decimal(2500), "GBP", "person")),
        mention(Term("pay_on_arrival")),
        mention(Contact("whatsapp", "+447700900123")),
    ]
    judgement = Judgement(True, 0.97, "entry_exit", ("sea",))
    assert summarise(mentions, ("sea",), "into_uk", judgement) == (
        "Crossing by boat · Dunkirk (FR) → GB · £2,500 a person, pay on arrival · "
        "WhatsApp +447700900123"
    )


def test_what_a_price_says_is_not_said_again() -> None:
    mentions = [
        mention(Price(Decimal(2500), "GBP", "person", "on_arrival")),
        mention(Price(Decimal(300), "GBP", None, "discount")),
        mention(Term("pay_on_arrival")),
        mention(Term("discount")),
    ]
    judgement = Judgement(True, 0.97, "entry_exit", ("sea",))
    assert summarise(mentions, ("sea",), "into_uk", judgement) == (
        "Crossing by boat · £2,500 a person, £300 discount, pay on arrival"
    )


def test_an_offer_of_documents() -> None:
    mentions = [
        mention(Document("driving_licence")),
        mention(Document("passport")),
        mention(Price(Decimal("1500.50"), "EUR", "document")),
        mention(Price(Decimal(300), None, None, "deposit")),
        mention(Contact("telegram", "demo_papers")),
    ]
    judgement = Judgement(True, 0.9, "documents", ("driving_licence",))
    assert summarise(mentions, (), None, judgement) == (
        "Driving licence, passport · €1,500.50 a document, 300 deposit · Telegram @demo_papers"
    )


@pytest.mark.parametrize(
    ("judgement", "modes", "direction", "head"),
    [
        (Judgement(True, 0.9, "entry_exit", ("land",)), (), "out_of_uk",
         "Journey out of the UK by road"),
        (Judgement(True, 0.9, "entry_exit"), (), None, "Crossing"),
        (Judgement(True, 0.9, "entry_exit"), ("land", "sea"), None, "Crossing by boat or road"),
        (Judgement(True, 0.9, "abuse_of_legitimate_means", ("sham_marriage",)), (), None,
         "Sham marriage"),
        (Judgement(True, 0.9), (), None, "Offer of a kind that is not told"),
        (Judgement(False, 0.1), (), None, "Not an offer"),
        (None, (), None, "Not judged"),
    ],
)  # fmt: skip
def test_heads(
    judgement: Judgement | None, modes: tuple[str, ...], direction: str | None, head: str
) -> None:
    assert summarise([], modes, direction, judgement) == head  # type: ignore[arg-type]


def test_what_is_no_offer_says_what_it_names() -> None:
    mentions = [
        mention(Place("Calais", "FR", 50.95, 1.86)),
        mention(Price(Decimal(2000), "GBP")),
    ]
    assert summarise(mentions, (), None, Judgement(False, 0.02)) == (
        "Not an offer · mentions Calais (FR), £2,000"
    )


def test_long_lists_are_cut_short(uk: Place) -> None:
    mentions = [mention(Price(Decimal(1000 + number), "USD")) for number in range(5)]
    line = summarise(mentions, (), None, Judgement(False, 0.1))
    assert line == "Not an offer · mentions $1,000, $1,001, $1,002 and 2 more"


def test_half_routes(uk: Place) -> None:
    judgement = Judgement(True, 0.9, "entry_exit")
    to = summarise([mention(Route(None, (), uk))], (), None, judgement)
    assert to == "Crossing · to GB"
    out = summarise([mention(Route(DUNKIRK, (), None))], (), None, judgement)
    assert out == "Crossing · from Dunkirk (FR)"
