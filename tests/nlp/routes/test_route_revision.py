"""Journeys are set right by what the whole text makes of their places, and only those."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.types import Mention, Place, Route
from nlp.route_revision import ROLES, Role, revise, role_of

TEXT = "Tirana Milan Calais Dover Berlin"
COUNTRIES = {"Tirana": "AL", "Milan": "IT", "Calais": "FR", "Dover": "GB", "Berlin": "DE"}


def place(name: str) -> Mention:
    start = TEXT.index(name)
    return Mention("place", start, start + len(name), name, Place(name, COUNTRIES[name]))


def route(origin: str | None, *via: str, to: str | None) -> Route:
    names = [name for name in (origin, *via, to) if name]
    spans = tuple((place(name).start, place(name).end) for name in names)
    stops = {name: Place(name, COUNTRIES[name]) for name in names}
    return Route(
        stops.get(origin or ""),
        tuple(stops[name] for name in via),
        stops.get(to or ""),
        spans,
    )


def roles(**given: Role | None) -> Mapping[Mention, Role | None]:
    return {place(name): role for name, role in given.items()}


AS_READ = [route("Tirana", "Milan", to="Dover")]


def test_a_journey_that_is_agreed_on_stays() -> None:
    agreed = roles(Tirana="origin", Milan="via", Dover="destination", Berlin=None)
    assert revise(AS_READ, agreed) == AS_READ


def test_several_journeys_that_are_agreed_on_stay_in_their_order() -> None:
    both = [route("Tirana", to="Milan"), route("Calais", to="Dover")]
    agreed = roles(Tirana="origin", Milan="destination", Calais="origin", Dover="destination")
    assert revise(both, agreed) == both


def test_where_nothing_was_read_the_places_make_a_journey() -> None:
    found = roles(Tirana="origin", Milan="via", Dover="destination")
    assert revise([], found) == AS_READ


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"Milan": None}, [route("Tirana", to="Dover")]),
        ({"Tirana": None}, [route(None, "Milan", to="Dover")]),
        ({"Dover": None}, [route("Tirana", "Milan", to=None)]),
        ({"Calais": "via"}, [route("Tirana", "Milan", "Calais", to="Dover")]),
        ({"Milan": "origin", "Tirana": None}, [route("Milan", to="Dover")]),
        ({"Milan": "destination", "Dover": None}, [route("Tirana", to="Milan")]),
        ({"Berlin": "destination"}, [AS_READ[0], route("Tirana", "Milan", to="Berlin")]),
        ({"Calais": "origin"}, [AS_READ[0], route("Calais", "Milan", to="Dover")]),
        ({"Tirana": None, "Milan": None, "Dover": None}, []),
        ({"Tirana": None, "Dover": None}, []),  # a place on the way alone is no journey
    ],
)
def test_what_is_said_of_a_place_is_put_right(
    said: dict[str, Role | None], wanted: list[Route]
) -> None:
    assert revise(AS_READ, roles(**said)) == wanted


def test_an_origin_is_that_of_every_journey_that_lacks_one() -> None:
    prices = [route(None, to="Milan"), route(None, to="Berlin")]
    found = revise(prices, roles(Tirana="origin", Milan="destination", Berlin="destination"))
    assert found == [route("Tirana", to="Milan"), route("Tirana", to="Berlin")]


def test_a_new_end_goes_to_the_journey_nearest_to_it() -> None:
    both = [route("Tirana", to="Milan"), route("Calais", to="Dover")]
    found = revise(both, roles(Berlin="destination"))
    assert found == [*both, route("Calais", to="Berlin")]


def test_a_country_beside_its_town_is_no_second_end() -> None:
    france = Mention("place", 40, 46, "France", Place("France", "FR"))
    one = [route("Calais", to="Dover")]
    assert revise(one, {**roles(Calais="origin", Dover="destination"), france: "origin"}) == one


def test_role_of_a_place_is_an_end_before_a_stop() -> None:
    routes = [route("Tirana", "Milan", to="Dover"), route("Milan", to="Berlin")]
    assert role_of(place("Milan"), routes) == "origin"
    assert role_of(place("Calais"), routes) is None


@given(st.dictionaries(st.sampled_from(sorted(COUNTRIES)), st.sampled_from(ROLES)), st.booleans())
def test_every_place_ends_up_as_it_was_said_or_nowhere(
    given_roles: dict[str, Role | None], begun: bool
) -> None:
    said = roles(**given_roles)
    revised = revise(AS_READ if begun else [], said)
    for mention, role in said.items():
        assert role_of(mention, revised) in (role, None)
    for one in revised:
        count = (one.origin is not None) + len(one.via) + (one.destination is not None)
        assert len(one.spans) == count
        assert one.origin or one.destination
