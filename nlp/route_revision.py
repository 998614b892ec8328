"""Journeys as the rules read them, set right where the whole text says otherwise of a place.

The rules know the words around a place; what they do not know they read as nothing, or wrongly.
`nlp.role_model` has read the whole text and says of every place what it is to a journey. Where
both agree the journeys stay as they are; else the places in question are taken out and put where
they belong, and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crawler.types import Mention, Place, Route

#: What a place is to a journey; None is none of these.
Role = Literal["origin", "via", "destination"]
#: The answers of the model, in its order.
ROLES: tuple[Role | None, ...] = (None, "origin", "via", "destination")

Span = tuple[int, int]
#: Journeys of a post that are kept, as many as the rules would make of one.
_MOST = 12


@dataclass(frozen=True, slots=True)
class _Stop:
    span: Span
    place: Place


@dataclass(frozen=True, slots=True)
class _Way:
    """A route with the span of each of its places."""

    origin: _Stop | None
    via: tuple[_Stop, ...]
    destination: _Stop | None

    def stops(self) -> list[tuple[_Stop, Role]]:
        """Its places in order, and what they are."""
        ends: list[tuple[_Stop | None, Role]] = [
            (self.origin, "origin"),
            *((stop, "via") for stop in self.via),
            (self.destination, "destination"),
        ]
        return [(stop, role) for stop, role in ends if stop is not None]

    def without(self, spans: Sequence[Span]) -> _Way:
        """It without its places over these spans."""
        kept = [pair for pair in self.stops() if not _touches(pair[0].span, spans)]
        return _way(kept)

    def distance(self, stop: _Stop) -> int:
        """Code points between a place and the nearest of its own."""
        return min((_gap(own.span, stop.span) for own, _ in self.stops()), default=0)


def _way(stops: Sequence[tuple[_Stop, Role]]) -> _Way:
    of_role: dict[Role, list[_Stop]] = {"origin": [], "via": [], "destination": []}
    for stop, role in stops:
        of_role[role].append(stop)
    origin, destination = of_role["origin"], of_role["destination"]
    return _Way(
        origin[0] if origin else None,
        tuple(of_role["via"]),
        destination[0] if destination else None,
    )


def role_of(place: Mention, routes: Sequence[Route]) -> Role | None:
    """What a place that is mentioned is to these routes; an end of any before a place between."""
    found: set[Role] = set()
    for route in routes:
        for stop, role in _way_of(route).stops():
            if _touches((place.start, place.end), [stop.span]):
                found.add(role)
    for role in ("destination", "origin", "via"):
        if role in found:
            return role
    return None


def revise(routes: Sequence[Route], roles: Mapping[Mention, Role | None]) -> list[Route]:
    """The routes with every place in the role that it is given; others stay as they are.

    Args:
        routes: as the rules read them.
        roles: of places that are mentioned.
    """
    moved = {place: role for place, role in roles.items() if role != role_of(place, routes)}
    if not moved:
        return list(routes)
    taken_out = [(place.start, place.end) for place in moved]
    ways = [way.without(taken_out) for way in map(_way_of, routes)]
    ways = [way for way in ways if way.origin or way.destination]
    order: tuple[Role, ...] = ("origin", "destination", "via")
    for role in order:
        for mention in sorted(moved, key=lambda one: one.start):
            if moved[mention] == role and isinstance(mention.value, Place):
                ways = _put_in(ways, _Stop((mention.start, mention.end), mention.value), role)
    revised = [_route_of(way) for way in ways if way.origin or way.destination]
    return list(dict.fromkeys(revised))[:_MOST]


def _put_in(ways: list[_Way], stop: _Stop, role: Role) -> list[_Way]:
    if role == "via":
        return _put_between(ways, stop)
    other: Role = "destination" if role == "origin" else "origin"
    ends = [_end(way, role) for way in ways]
    if any(end is not None and end.place.country == stop.place.country for end in ends):
        return ways  # 'France, Calais': one end, told twice
    opposite = [_end(way, other) for way in ways]
    if any(end is not None and end.place == stop.place for end in opposite):
        return ways
    if any(end is None for end in ends):
        return [
            way if end is not None else _with_end(way, role, stop)
            for way, end in zip(ways, ends, strict=True)
        ]
    if not ways:
        return [_way([(stop, role)])]
    nearest = min(ways, key=lambda way: way.distance(stop))
    return [*ways, _with_end(nearest, role, stop)]


def _put_between(ways: list[_Way], stop: _Stop) -> list[_Way]:
    if not ways:
        return ways
    nearest = min(range(len(ways)), key=lambda number: ways[number].distance(stop))
    way = ways[nearest]
    if any(own.place.country == stop.place.country for own, _ in way.stops()):
        return ways
    via = tuple(sorted((*way.via, stop), key=lambda one: one.span))
    return [*ways[:nearest], replace(way, via=via), *ways[nearest + 1 :]]


def _with_end(way: _Way, role: Role, stop: _Stop) -> _Way:
    return replace(way, origin=stop) if role == "origin" else replace(way, destination=stop)


def _end(way: _Way, role: Role) -> _Stop | None:
    return way.origin if role == "origin" else way.destination


def _way_of(route: Route) -> _Way:
    places: list[tuple[Place, Role]] = [(place, "via") for place in route.via]
    if route.origin is not None:
        places.insert(0, (route.origin, "origin"))
    if route.destination is not None:
        places.append((route.destination, "destination"))
    # A route has a span for each of its places, in their order.
    return _way(
        [
            (_Stop(span, place), role)
            for span, (place, role) in zip(route.spans, places, strict=True)
        ]
    )


def _route_of(way: _Way) -> Route:
    return Route(
        way.origin.place if way.origin else None,
        tuple(stop.place for stop in way.via),
        way.destination.place if way.destination else None,
        tuple(stop.span for stop, _ in way.stops()),
    )


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _gap(one: Span, other: Span) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)
