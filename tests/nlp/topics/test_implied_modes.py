"""The way of travelling that a journey, a paper or a code word implies."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crawler.types import CodeWord, Document, Mention, Place, Price, Route, Service, Value
from nlp.implied_modes import implied_modes

DUNKIRK = Place("Dunkirk", "FR", 51.03, 2.38)
PARIS = Place("Paris", "FR", 48.85, 2.35)


def mention(value: Value) -> Mention:
    return Mention("place", 0, 1, "x", value)


def route(*countries: str | None) -> Route:
    places = [Place(code, code) if code else None for code in countries]
    via = tuple(place for place in places[1:-1] if place)
    return Route(places[0], via, places[-1])


@pytest.mark.parametrize(
    ("countries", "mode"),
    [
        (("FR", "GB"), "sea"),
        (("GB", "FR"), "land"),
        (("GB", "IE"), "land"),
        (("LY", "IT"), "sea"),
        (("SD", "LY", "IT"), "sea"),
        (("RS", "AT"), "land"),
        (("IT", "FR"), "land"),
        (("MX", "US"), "land"),
        (("TR", "BR", "US"), "air"),
        (("VN", "GB"), None),
        (("RS", None), "land"),
        ((None, "GB"), "sea"),
        ((None, "DE"), None),
    ],
)
def test_of_a_route(countries: tuple[str | None, ...], mode: str | None) -> None:
    assert implied_modes([route(*countries)]) == ((mode,) if mode else ())


def test_a_passport_between_far_ends_is_for_a_flight() -> None:
    passport = [mention(Document("passport"))]
    assert implied_modes([route("GR", "DE")], passport) == ("air",)
    assert implied_modes([route("FR", "GB")], passport) == ("sea",)


def test_half_a_route_beside_papers_or_services_is_no_journey() -> None:
    assert implied_modes([route(None, "GB")], [mention(Document("visa"))]) == ()
    assert implied_modes([route(None, "GB")], [mention(Service("false_sponsorship"))]) == ()


def test_a_sum_to_england_says_no_way() -> None:
    assert implied_modes([route(None, "GB")], [mention(Price(Decimal(900), "GBP"))]) == ()


def test_the_channel_coast_alone() -> None:
    assert implied_modes([], [mention(DUNKIRK)]) == ("sea",)
    assert implied_modes([], [mention(PARIS)]) == ()


def test_of_a_code_word() -> None:
    assert implied_modes([], [mention(CodeWord("an attempt at a crossing"))]) == ("land",)
    assert implied_modes([], [mention(CodeWord("an irregular sea crossing"))]) == ("sea",)
    vague = CodeWord("the dear and safer way, often in the cab or by air")
    assert implied_modes([], [mention(vague)]) == ("air",)
    assert implied_modes([], [mention(CodeWord("forging of documents"))]) == ()
