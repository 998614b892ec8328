"""Bywords for Great Britain ('pour en face', 'karşıya'): where they stand for it.

Those who send boats seldom name the country. The same words are said of every other shore, so
they are believed only in offers of a crossing, which the caller tells, and only where the post
names no place off the ways over the Channel: from Izmir 'karşıya' is Greece.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.place_hits import PlaceHit

#: Where a post may be that calls Great Britain 'the other side'.
_BESIDE_CHANNEL = frozenset(("BE", "DE", "FR", "GB", "NL"))


def with_bywords(hits: Sequence[PlaceHit]) -> tuple[PlaceHit, ...]:
    """The hits, without bywords where a place elsewhere or Great Britain itself is named."""
    countries = {hit.place.country for hit in hits if not hit.is_byword}
    if "GB" in countries or not countries <= _BESIDE_CHANNEL:
        return without_bywords(hits)
    return tuple(hits)


def without_bywords(hits: Sequence[PlaceHit]) -> tuple[PlaceHit, ...]:
    """The hits that are names."""
    return tuple(hit for hit in hits if not hit.is_byword)
