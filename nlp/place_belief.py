"""Tells names from words that look like names: capitals, markers, arrows, addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from nlp.gazetteer.load import Named
from nlp.links import Link, link_between
from nlp.normalise import Normalised
from nlp.place_hits import Candidate, PlaceHit

#: Towns below this are not believed in lower case unless a marker stands at them.
_SMALL = 100_000
#: The same for what is written in lower case where names have capitals.
_KNOWN = 500_000
_INSIDE_ADDRESSES = frozenset("@_./-:")
_ADDRESS_BEFORE = "abcdefghijklmnopqrstuvwxyz0123456789@_./:#-"
#: How much of an address is looked at before and behind a name.
_NEAR_BEFORE, _NEAR_AFTER = 60, 100
_ADDRESS_AFTER = re.compile(r"[a-z0-9@_./:-]*")
#: A name, a dot and a top-level domain that adverts are written under.
_DOMAIN = re.compile(
    r"[a-z0-9]\.(?:com|org|net|info|biz|uk|eu|de|fr|it|es|pl|ro|ru|tr|ir|vn|me|io|co|ly|app)\b"
)
#: From the last token of a place to the first of the next where one word stands between.
_MARKER_BETWEEN = 2
#: No Vietnamese syllable is longer (nghiêng).
_SYLLABLE = 7
#: What a Vietnamese syllable looks like without its marks.
_VIETNAMESE = re.compile(
    "(?:ngh?|[cgknpt]h|gi|qu|tr|[bcdghklmnrstvx])?[aeiouy]{1,3}(?:ch|n[gh]|[cmnpt])?"
)


def believe(
    hits: Sequence[tuple[Candidate, int, PlaceHit]],
    normalised: Normalised,
    language: str,
    tonal_names: Collection[str],
) -> list[PlaceHit]:
    """The hits that are names.

    Args:
        hits: what was found, in order: how it is written, people who live there, the place.
        normalised: the text.
        language: our code.
        tonal_names: names in Vietnamese with all their marks, believed in lower case.
    """
    text = normalised.text
    # Folded, half of the language's syllables are the name of some town.
    vietnamese = language == "vi"
    # 'đảo Kos', 'el paso Ceuta': the name behind it says which is meant.
    hits = [
        one
        for position, one in enumerate(hits)
        if not (one[0].named.slang and (one[0].named.wary or one[0].named.toward))
        or position + 1 == len(hits)
        or text[one[2].until : hits[position + 1][2].start].strip()
    ]
    believed = []
    for position, (candidate, population, hit) in enumerate(hits):
        linked = any(
            0 <= other < len(hits)
            and link_between(text, hits[min(position, other)][2].until,
                             hits[max(position, other)][2].start)
            in (Link.ARROW, Link.DASH)
            for other in (position - 1, position + 1)
        )  # fmt: skip
        first, last = normalised.span(hit.start, hit.end)
        written = normalised.original[first:last]
        capital = not written[:1].islower()
        marked = hit.role not in (None, "not_route")
        if _is_in_address(text, hit.start, hit.end):
            keep = False
        elif candidate.is_code:
            # 'TR çıkışlı': a marker behind it is said of places alone.
            keep = linked or (marked and not hit.marked_before and not hit.is_weak)
        elif vietnamese and candidate.named.slang and not (written.isascii() or written.istitle()):
            keep = written.casefold() in tonal_names  # 'ba lần' is no Ba Lan, 'mẹ' no Mễ
            if candidate.named.wary:
                keep = keep and (linked or _is_meant(text, candidate.named, hit, written))
        elif candidate.named.wary and "\u3400" <= written <= "\u9fff" and written != "英":
            keep = linked  # '法 → 英': beside no arrow it is 'law'
        elif candidate.named.wary:
            leads = position + 1 < len(hits) and _leads_to(hit, hits[position + 1][2])
            leads = leads and not _begins_sentence(text, hit.start)
            # Those who write Vietnamese all in lower case mean England by 'pháp sang anh'.
            leads = leads or (position > 0 and _leads_to(hits[position - 1][2], hit))
            leads = leads and (capital or vietnamese)
            keep = linked or leads or _is_meant(text, candidate.named, hit, written)
        elif vietnamese and not capital and not written.isascii() and " " not in written:
            keep = written.casefold() in tonal_names
        elif vietnamese and not hit.is_country and hit.place.country != "VN":
            keep = written.casefold() in tonal_names or (
                written.isascii()
                and (
                    capital
                    or len(written) > _SYLLABLE
                    or (_is_foreign(written) and (population >= _KNOWN or marked or linked))
                )
            )
        elif len(written) <= 2 and written.isascii():
            keep = written.isupper() or written.lower() == "uk"
            keep = keep or (vietnamese and candidate.named.slang and (marked or linked))
            keep = keep and not text[max(0, hit.start - 2) : hit.start].strip().isdigit()
        elif candidate.loose:
            keep = capital or marked or linked
        elif population < (_SMALL if capital else _KNOWN):
            # A script without capitals shows no names: the small towns of the world are half
            # of its everyday words ('مهاجران' is a town, and migrants).
            shown = capital and written.lower() != written.upper()
            begins = position + 1 < len(hits) and _leads_to(hit, hits[position + 1][2])
            keep = shown or marked or linked or begins or candidate.named.slang
        else:
            keep = True
        if keep:
            believed.append(hit)
    return believed


def _is_in_address(text: str, start: int, end: int) -> bool:
    """Whether a name is part of a handle, an e-mail address or a domain: 'gov.uk'."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before not in _INSIDE_ADDRESSES and after not in _INSIDE_ADDRESSES:
        return False
    near = text[max(0, start - _NEAR_BEFORE) : start]
    begins = start - len(near) + len(near.rstrip(_ADDRESS_BEFORE))
    found = _ADDRESS_AFTER.match(text, end, end + _NEAR_AFTER)
    run = text[begins : found.end() if found else end]
    if run.startswith("#"):
        return False
    return "@" in run or "_" in run or "://" in run or _DOMAIN.search(run) is not None


def _is_meant(text: str, named: Named, hit: PlaceHit, written: str) -> bool:
    """Whether a name that is an everyday word too stands as a name: capital and marker."""
    marked = hit.role not in (None, "not_route")
    if written.lower() == written.upper():  # a script without capitals
        return marked and not hit.is_weak
    if written.islower():
        return named.slang and marked
    return marked or (hit.is_country and not _begins_sentence(text, hit.start))


def _leads_to(hit: PlaceHit, following: PlaceHit) -> bool:
    """Whether only the marker of a destination stands between: 'Kent to Calais'."""
    return (
        following.role == "destination"
        and following.marked_before
        and following.first - hit.last == _MARKER_BETWEEN
    )


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 8) : start].rstrip(" \"'(")
    return not before or before[-1] in ".!?\n:-"


def _is_foreign(written: str) -> bool:
    """Whether a word without tones has the shape of no syllable of Vietnamese: 'dover'."""
    return not all(_VIETNAMESE.fullmatch(word) for word in written.lower().split())
