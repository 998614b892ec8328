"""Bywords for where the way leads ('pour en face', 'karşıya', "pa'l norte"): where they hold.

Those who send boats seldom name the country. The same words are said of every other shore, so
they are believed only in offers of a crossing, which the caller tells, and only where the post
names no place off the ways over the Channel: from Izmir 'karşıya' is Greece. 'The north' is the
United States in offers of a way over land that name no place but on the way there.
"""

from __future__ import annotations

from collections.abc import Sequence

from crawler.types import Mode
from nlp.place_hits import PlaceHit

#: Where a post may be that calls a country so.
_BESIDE = {
    "GB": frozenset(("BE", "DE", "FR", "GB", "NL")),
    "US": frozenset(("CO", "EC", "GT", "HN", "MX", "NI", "PA", "SV", "VE")),
}
#: How one goes there.
_WAYS: dict[str, Mode] = {"GB": "sea", "US": "land"}


def with_bywords(hits: Sequence[PlaceHit], modes: Sequence[Mode]) -> tuple[PlaceHit, ...]:
    """The hits, without bywords of another way or where the post names a place off it."""
    countries = {hit.place.country for hit in hits if not hit.is_byword}
    kept = {
        country
        for country, beside in _BESIDE.items()
        if _WAYS[country] in modes and country not in countries and countries <= beside
    }
    return tuple(hit for hit in hits if not hit.is_byword or hit.place.country in kept)


def without_bywords(hits: Sequence[PlaceHit]) -> tuple[PlaceHit, ...]:
    """The hits that are names."""
    return tuple(hit for hit in hits if not hit.is_byword)
