"""The way of travelling that a journey implies where no word names it.

Adverts often give the route alone ('Calais – Dover, no waves until Thursday'). Between these
countries one way of travelling is what is sold; where several are, nothing is implied. That
they are is a judgement of the trade's usual ways, checked on the corpus; it is no rule of
geography.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.types import CodeWord, Document, Mention, Mode, Place, Price, Route, Service

_ACROSS_THE_CHANNEL = frozenset(("FR", "BE", "NL"))
#: Journeys over a sea: from these countries to those.
_OVER_SEA = (
    (
        frozenset(("MA", "DZ", "TN", "LY", "EG", "EH", "MR", "SN", "GM", "GN")),
        frozenset(("ES", "IT", "MT", "GR")),
    ),
    (frozenset(("LB", "SY", "TR")), frozenset(("IT", "CY"))),
    (frozenset(("GR", "AL", "ME")), frozenset(("IT",))),
    (frozenset(("DJ", "ER", "SO")), frozenset(("YE", "SA"))),
    (frozenset(("KM", "MG")), frozenset(("YT",))),
    (frozenset(("BD", "MM")), frozenset(("MY", "ID", "TH"))),
    (frozenset(("ID", "LK")), frozenset(("AU",))),
    (frozenset(("DO", "HT", "CU", "BS")), frozenset(("PR", "US"))),
)
#: Reached from one another on foot or by car: the eastern and Balkan ways, and within Europe.
_OVERLAND = frozenset((
    "AF", "PK", "IR", "IQ", "SY", "TR", "BG", "GR", "MK", "AL", "XK", "ME", "RS", "BA",
    "HR", "SI", "HU", "AT", "DE", "PL", "BY", "LT", "LV", "CZ", "SK", "RO", "MD", "UA",
    "IT", "FR", "CH", "ES", "PT", "BE", "NL", "LU", "DK", "SE", "NO", "FI", "EE", "RU",
))  # fmt: skip
#: Reached from one another by lorry or on foot in Africa.
_AFRICA_OVERLAND = frozenset((
    "ER", "ET", "DJ", "SO", "SD", "SS", "EG", "LY", "TD", "NE", "NG", "ML", "BF", "DZ", "TN",
    "MA", "MR", "SN", "GM", "GN", "KE", "UG", "RW", "BI", "TZ", "MW", "ZM", "ZW", "MZ", "BW",
    "ZA", "CD",
))  # fmt: skip
#: From these, 'Europe' is over the next land border.
_BESIDE_EU = frozenset(("BA", "BY", "MD", "ME", "MK", "RS", "RU", "UA", "XK", "AL"))
#: What is reached by boat wherever the journey began, as the gazetteer names it.
ISLANDS = frozenset((
    "Lampedusa", "Pantelleria", "Linosa", "Sicily", "Sardinia", "Lesbos", "Mytilene", "Samos",
    "Chios", "Kos", "Rhodes", "Leros", "Symi", "Kalymnos", "Farmakonisi", "Agathonisi", "Crete",
    "Gavdos", "Canary Islands", "Gran Canaria", "Balearic Islands", "Mayotte",
))  # fmt: skip
#: Of those, the ones that a journey only passes through: half a route is enough.
PASSED_THROUGH = frozenset(("BA", "BG", "BY", "HR", "HU", "ME", "MK", "RS", "SI"))
_AMERICAS = frozenset((
    "CA", "US", "MX", "GT", "BZ", "HN", "SV", "NI", "CR", "PA", "CO", "EC", "PE", "VE",
    "BR", "BO", "CL", "AR", "GY", "SR",
))  # fmt: skip
#: Of two ends named together, where the way to those countries leads through these.
STATIONS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset(("US", "CA")), _AMERICAS - {"US", "CA"}),
    (frozenset(("GB",)), frozenset(("FR", "BE", "NL"))),
    (frozenset(("AU", "NZ")), frozenset(("FJ", "ID", "MY", "TH"))),
    (frozenset(("MY",)), frozenset(("TH", "MM"))),
    (frozenset(("IT", "ES", "GR", "DE", "FR", "GB")), frozenset(("LY", "EG", "TR", "MA", "IR"))),
    (frozenset(("TR",)), frozenset(("IR",))),
)
_OVERSEAS = _AMERICAS | {"AU", "NZ", "JP"}
#: Ways from these to the United Kingdom are sold whole: over land, and a boat at their end.
_WHOLE_WAY = frozenset(("AF", "IQ", "IR", "PK", "SY", "TR"))
#: From these, and from overseas, the first stretch to Europe or Turkey is flown.
_FLOWN_FROM = frozenset((
    "IN", "NP", "BD", "LK", "CN", "PH", "CU", "DO", "HT", "AE", "SA", "QA", "OM", "KW",
    "BI", "RW", "UG", "CD", "CG", "CM", "KE", "TZ", "AO", "ZA", "ZW", "GH", "NG", "CI",
))  # fmt: skip
#: What 'Europe' may mean, and what borders on it.
EUROPE = _OVERLAND - {"AF", "PK", "IR", "IQ", "SY"} | {"CY", "GB", "IE", "MT", "GE", "AM", "AZ"}
#: Latitudes and longitudes of the coast from Boulogne to Dunkirk.
_CHANNEL_COAST = ((50.6, 51.1), (1.5, 2.6))

_SEA_GLOSS = re.compile(r"\b(?:boats?|sea|burning|Channel)\b")
_AIR_GLOSS = re.compile(r"\b(?:air|airport|flight)\b")
_LAND_GLOSS = re.compile(
    r"\b(?:attempts?|vehicle|lorry|lorries|cab|stages|on foot|border|irregular)\b"
)


def implied_modes(routes: Sequence[Route], mentions: Sequence[Mention] = ()) -> tuple[Mode, ...]:
    """The ways of travelling that a post implies, each once, in the order of its journeys.

    Args:
        routes: its journeys.
        mentions: what else was found in it. With somebody's passport people fly; papers and
            services mean that half a route is no journey; a code word may say the way.
    """
    values = [mention.value for mention in mentions]
    papers = any(isinstance(value, Document | Service) for value in values)
    passport = any(isinstance(value, Document) and value.kind == "passport" for value in values)
    priced = any(isinstance(value, Price) for value in values)
    modes = [mode for route in routes for mode in _implied(route, papers, passport, priced)]
    if not modes and not routes and not papers:
        places = [value for value in values if isinstance(value, Place)]
        modes = ["sea"] if any(_on_channel_coast(place) for place in places) else []
    if not modes and not papers:
        glosses = [value.gloss for value in values if isinstance(value, CodeWord)]
        modes = [mode for gloss in glosses for mode in [_of_gloss(gloss)] if mode][:1]
    return tuple(dict.fromkeys(modes))


def is_shore(place: Place) -> bool:
    """Whether a town is one that boats over the Channel leave from."""
    return place.country in _ACROSS_THE_CHANNEL and _on_channel_coast(place)


def is_boat_crossing(start: Place, end: Place) -> bool:
    """Whether boats are what takes people from a town to a country, or to a town there."""
    return (end.country == "GB" and _on_channel_coast(start)) or any(
        start.country in a and end.country in b for a, b in _OVER_SEA
    )


def _implied(route: Route, papers: bool, passport: bool, priced: bool) -> tuple[Mode, ...]:
    if route.origin is None or route.destination is None:
        half = None if papers else _of_half(route.origin, route.destination, priced)
        return (half,) if half else ()
    start, end = route.origin.country, route.destination.country
    flown = passport and start != end and not {start, end} & PASSED_THROUGH
    if end == "GB" and start in _WHOLE_WAY and not flown:
        return ("land", "sea")
    first = route.via[0].country if route.via else end
    if start in _FLOWN_FROM and first in EUROPE and end in EUROPE:
        onward = bool(route.via) and first != end and {first, end} <= _OVERLAND
        return ("air", "land") if onward else ("air",)
    mode = _of_both(route.origin, route.destination, route.via, flown)
    return (mode,) if mode else ()


def _of_both(origin: Place, destination: Place, via: Sequence[Place], flown: bool) -> Mode | None:
    start, end = origin.country, destination.country
    if end == "GB" and start in _ACROSS_THE_CHANNEL:
        return "sea"
    if start == "GB" and (end in _ACROSS_THE_CHANNEL or end == "IE"):
        # Boats come over the Channel; who goes back hides in a lorry or a car.
        return "land"
    if flown:
        return "air"
    if start in _OVERSEAS or end in _OVERSEAS or {one.country for one in via} & _AMERICAS:
        if any(start in a and end in b for a, b in _OVER_SEA):
            return "sea"
        return "land" if start in _AMERICAS and end in _AMERICAS else "air"
    last = via[-1].country if via else start
    if any(left in a and end in b for a, b in _OVER_SEA for left in (start, last)):
        return "sea"
    if start == "TR" and end == "GR":
        # The land border is the Evros; the islands and the mainland behind them are by boat.
        edges = (destination.name, origin.name)
        return "land" if edges[0] == "Evros" or edges[1] == "Edirne" else "sea"
    if destination.name in ISLANDS:
        return "sea"
    if start != end and any(start in one and end in one for one in (_OVERLAND, _AFRICA_OVERLAND)):
        return "land"
    if end == "EU" and start in _BESIDE_EU:
        return "land"
    return None


def _of_half(origin: Place | None, destination: Place | None, priced: bool) -> Mode | None:
    """The way of a journey of which one end is said, where that end says it."""
    if destination is not None and destination.country == "GB":
        # 'All safe in England, next group Friday' is the talk of those who send boats; a
        # sum 'to England' is asked for every way of getting there.
        return None if priced else "sea"
    if destination is not None and destination.name in ISLANDS:
        return "sea"
    place = destination or origin
    if place is None:
        return None
    if place.country in PASSED_THROUGH:
        return "land"
    return "sea" if _on_channel_coast(place) else None


def _on_channel_coast(place: Place) -> bool:
    """Whether a place is where the boats to England leave from."""
    if place.latitude is None or place.longitude is None:
        return False
    (south, north), (west, east) = _CHANNEL_COAST
    return south <= place.latitude <= north and west <= place.longitude <= east


def _of_gloss(gloss: str) -> Mode | None:
    """The way that the meaning of a code word says: one of the three, and no other."""
    said: list[Mode] = []
    if _SEA_GLOSS.search(gloss):
        said.append("sea")
    if _AIR_GLOSS.search(gloss):
        said.append("air")
    if not said and _LAND_GLOSS.search(gloss):
        said.append("land")
    return said[0] if len(said) == 1 else None
