"""The way of travelling that a journey implies where no word names it.

Adverts often give the route alone ('Calais – Dover, no waves until Thursday'). Between these
countries one way of travelling is what is sold; where several are, nothing is implied.
"""

from __future__ import annotations

from collections.abc import Sequence

from crawler.types import Mode, Place, Route

_ACROSS_THE_CHANNEL = frozenset(("FR", "BE", "NL"))
_NORTH_AFRICA = frozenset(("MA", "DZ", "TN", "LY", "EG", "EH", "MR", "SN", "GM"))
_SOUTHERN_EUROPE = frozenset(("ES", "IT", "MT", "GR"))
_LEVANT = frozenset(("LB", "SY", "TR"))
#: Reached from one another on foot or by car, along the eastern and the Balkan route.
_OVERLAND = frozenset(
    (
        "AF",
        "PK",
        "IR",
        "IQ",
        "SY",
        "TR",
        "BG",
        "GR",
        "MK",
        "AL",
        "XK",
        "ME",
        "RS",
        "BA",
        "HR",
        "SI",
        "HU",
        "AT",
        "DE",
        "PL",
        "BY",
        "LT",
        "LV",
        "CZ",
        "SK",
        "RO",
        "MD",
        "UA",
    )
)


def implied_modes(routes: Sequence[Route]) -> tuple[Mode, ...]:
    """The ways of travelling of journeys with both ends, each once, in their order."""
    modes = [
        mode
        for route in routes
        if route.origin is not None and route.destination is not None
        for mode in [_implied(route.origin, route.destination)]
        if mode is not None
    ]
    return tuple(dict.fromkeys(modes))


def _implied(origin: Place, destination: Place) -> Mode | None:
    start, end = origin.country, destination.country
    if "GB" in (start, end):
        other = end if start == "GB" else start
        return "sea" if other in _ACROSS_THE_CHANNEL else None
    if start in _NORTH_AFRICA and end in _SOUTHERN_EUROPE:
        return "sea"
    if start in _LEVANT and end in ("IT", "CY"):
        return "sea"
    if start == "TR" and end == "GR":
        # The land border is the Evros; the islands and the mainland behind them are by boat.
        return "land" if destination.name == "Evros" or origin.name == "Edirne" else "sea"
    if start != end and start in _OVERLAND and end in _OVERLAND:
        return "land"
    return None
