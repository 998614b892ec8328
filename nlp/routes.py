"""Joins the places of a post to journeys: origin, places on the way, destination.

What makes a place a part of a journey, in this order: a word or affix of its own ('from',
'-den', 'ናብ'); its position in a row of places joined by arrows or dashes; standing beside a
place that has a part ('France to UK', 'Türkiye'den Yunanistan', 'to Italy, Greece or
Malta'). A journey with one known end is believed only where the sentence speaks of
travelling ('boat to [UK]'), because 'to' and 'in' are one word in many languages. Places
without a part are named and no more: an office, a court, a newsroom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.types import Direction, Mention, Mode, Place, Route
from nlp.arrivals import with_arrivals
from nlp.implied_modes import ISLANDS
from nlp.journeys import Journey, believed, build_journeys, build_price_list
from nlp.links import Link, is_picture, link_between
from nlp.normalise import Normalised
from nlp.place_hits import PlaceHit
from nlp.route_evidence import Sentences
from nlp.route_roles import give_roles
from nlp.route_words import RouteWords

#: Towns that boats and lorries to the United Kingdom leave from.
_CHANNEL_TOWNS = frozenset(
    (
        *("Dunkirk", "Calais", "Loon-Plage", "Grande-Synthe", "Gravelines", "Boulogne"),
        *("Wimereux", "Ouistreham", "Cherbourg", "Dieppe", "Caen", "De Panne", "Zeebrugge"),
        *("Ostend", "Hoek van Holland"),
    )
)
#: Parts of a country from which one sets out for the rest of it.
_FAR_PARTS = ISLANDS | {"Ceuta", "Melilla"}
#: Routes of one journey: every origin with every destination.
_MOST = 12


def find_routes(
    hits: Sequence[PlaceHit],
    normalised: Normalised,
    evidence: Sequence[Mention] = (),
    words: Sequence[RouteWords] = (),
    *,
    modes: Sequence[Mode] = (),
    reported: bool = False,
    offered: bool = False,
) -> list[Route]:
    """The journeys in the order of the text; spans are offsets of the original.

    Args:
        hits: the places, from `PlaceFinder.find`.
        normalised: the text they were found in.
        evidence: mentions of ways of travelling, code words and prices, which speak for a
            journey, and of documents and services, which speak against one.
        words: the route words of the text's languages.
        modes: the ways of travelling that the text hints at, if only by words that are not
            in the evidence ('airport', 'driver').
        reported: whether the text tells of others' journeys: then a place that stands apart
            is where something happened, and no end of the journey.
        offered: whether its words are those of an offer: then a port over the Channel that is
            named alone is where a group has landed.
    """
    text = normalised.text
    merged = _merge(hits, text)
    sentences = Sentences(normalised, evidence, words, modes=modes)
    joined = give_roles(with_arrivals(merged, normalised, words, sentences), text, sentences)
    journeys = build_price_list(joined, text, sentences) or believed(
        build_journeys(joined, text, sentences, reported=reported),
        joined,
        sentences,
        reported=reported,
        offered=offered,
    )
    journeys = [_without_own_country(one) for one in journeys]
    routes = [route for journey in journeys for route in _routes_of(journey, normalised)]
    return list(dict.fromkeys(routes))


def route_mentions(routes: Sequence[Route], text: str) -> list[Mention]:
    """The journeys as mentions over all their places."""
    mentions = []
    for route in routes:
        start = min(span[0] for span in route.spans)
        end = max(span[1] for span in route.spans)
        mentions.append(Mention("route", start, end, text[start:end], route))
    return mentions


def implied_arrival(mentions: Sequence[Mention]) -> list[Mention]:
    """The journey of an offer into the UK whose words join no places: to the first one there.

    'Who wants to wake up in England?' and 'pay when you ring us from Dover' name the end of a
    journey as no grammar of routes can tell, but what is offered does. None where a journey was
    found, or nothing in the UK is named.
    """
    if any(mention.label == "route" for mention in mentions):
        return []
    for mention in mentions:
        place = mention.value
        if isinstance(place, Place) and place.country == "GB":
            span = (mention.start, mention.end)
            return [replace(mention, label="route", value=Route(None, (), place, spans=(span,)))]
    return []


def direction_of_routes(routes: Sequence[Route], places: Sequence[Place] = ()) -> Direction | None:
    """Into the UK, out of it, or neither; None where nothing tells.

    Of several journeys the one that touches the United Kingdom counts. A post with no journey
    that names the United Kingdom, and no other country, is taken to speak of the way there;
    so is one that names no end but a town on the Channel.
    """
    ends = {_direction(route) for route in routes}
    for direction in ("into_uk", "out_of_uk", "other"):
        if direction in ends:
            return direction
    countries = {place.country for place in places}
    if countries == {"GB"} or any(place.name in _CHANNEL_TOWNS for place in places):
        return "into_uk"
    return "other" if countries and "GB" not in countries else None


def _direction(route: Route) -> Direction:
    to_uk = route.destination is not None and route.destination.country == "GB"
    from_uk = route.origin is not None and route.origin.country == "GB"
    if to_uk and not from_uk:
        return "into_uk"
    if route.destination is None and route.origin is not None and not from_uk:
        from_channel = route.origin.name in _CHANNEL_TOWNS or route.origin.name == "France"
        return "into_uk" if from_channel else "other"
    return "out_of_uk" if from_uk and not to_uk else "other"


def _merge(hits: Sequence[PlaceHit], text: str) -> list[PlaceHit]:
    """A town and its country beside it, or a name and its flag, become one place."""
    merged: list[PlaceHit] = []
    for hit in hits:
        last = merged[-1] if merged else None
        if last is None or not _is_one_place(last, hit, text):
            merged.append(hit)
            continue
        named = hit if last.is_country and not hit.is_country else last
        merged[-1] = replace(
            named,
            # The span stays that of the name; what follows is judged from the end of both.
            end=hit.end if named is hit else last.end,
            last=hit.last,
            until=hit.until,
            first=last.first,
            role=last.role or hit.role,
            marked_before=last.marked_before or hit.marked_before,
            is_weak=last.is_weak or hit.is_weak,
        )
    return merged


def _is_one_place(last: PlaceHit, hit: PlaceHit, text: str) -> bool:
    if last.place.country != hit.place.country or not (last.is_country or hit.is_country):
        return False
    if last.role is not None and hit.role is not None and last.role != hit.role:
        return False
    link = link_between(text, last.until, hit.start)
    if last.place == hit.place and is_picture(text[last.until : hit.start]):
        return True  # 'England ☕🇬🇧'
    comma = link is Link.LIST and text[last.until : hit.start].strip() == ","
    return link in (Link.NONE, Link.BRACKET) or comma


def _without_own_country(journey: Journey) -> Journey:
    """'From the forest at Białowieża to Poland': who is in a country does not set out for it."""
    begun = {hit.place.country for hit in journey.origins}
    apart = any(hit.place.name in _FAR_PARTS for hit in journey.origins)
    home = [hit for hit in journey.destinations if hit.is_country and {hit.place.country} == begun]
    if not home or apart:
        return journey
    rest = [hit for hit in journey.destinations if hit not in home]
    return replace(journey, destinations=rest) if rest else replace(journey, origins=[])


def _routes_of(journey: Journey, normalised: Normalised) -> list[Route]:
    routes: list[Route] = []
    origins: list[PlaceHit | None] = [*journey.origins] or [None]
    destinations: list[PlaceHit | None] = [*journey.destinations] or [None]
    for origin in origins:
        for destination in destinations:
            if len(routes) >= _MOST:
                return routes
            parts = [hit for hit in (origin, *journey.via, destination) if hit is not None]
            routes.append(
                Route(
                    origin.place if origin else None,
                    tuple(hit.place for hit in journey.via),
                    destination.place if destination else None,
                    tuple(normalised.span(hit.start, hit.end) for hit in parts),
                )
            )
    return routes
