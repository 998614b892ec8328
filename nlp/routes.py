"""Joins the places of a post to journeys: origin, places on the way, destination.

What makes a place a part of a journey, in this order: a word or affix of its own ('from',
'-den', 'ናብ'); its position in a row of places joined by arrows or dashes; standing beside a
place that has a part ('France to UK', 'Türkiye'den Yunanistan', 'to Italy, Greece or
Malta'). A journey with one known end is believed only where the sentence speaks of
travelling ('boat to [UK]'), because 'to' and 'in' are one word in many languages. Places
without a part are named and no more: an office, a court, a newsroom.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crawler.types import CodeWord, Direction, Mention, ModeWord, Place, Price, Route
from nlp.links import Link, link_between
from nlp.normalise import Normalised
from nlp.places import PlaceHit
from nlp.route_words import Role

_SENTENCE_END = re.compile(r"[!?\n]|\.(?=\s|$)|。")
_WORD = re.compile(r"[^\W\d_]+")
_AMOUNT = re.compile(r"\d[\d.,]*|[$€£¥]")
#: Words between a place and the marker of the next: 'boats [France] every night to [UK]'.
_NEAR = 3
#: Words between a marked place and one whose part only that mark can tell.
_SAME_CLAUSE = 7
#: Routes of one journey: every origin with every destination.
_MOST = 12


@dataclass(slots=True)
class _Journey:
    origins: list[PlaceHit] = field(default_factory=list)
    via: list[PlaceHit] = field(default_factory=list)
    destinations: list[PlaceHit] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return bool(self.origins and self.destinations)

    @property
    def hits(self) -> list[PlaceHit]:
        return [*self.origins, *self.via, *self.destinations]


def find_routes(
    hits: Sequence[PlaceHit], normalised: Normalised, evidence: Sequence[Mention] = ()
) -> list[Route]:
    """The journeys in the order of the text; spans are offsets of the original.

    Args:
        hits: the places, from `PlaceFinder.find`.
        normalised: the text they were found in.
        evidence: mentions of ways of travelling, code words and prices, which speak for a
            journey, and of documents and services, which speak against one.
    """
    text = normalised.text
    merged = _merge(hits, text)
    sentences = _Sentences(normalised, evidence)
    joined = _give_roles(merged, text, sentences)
    journeys = _believed(_journeys(joined, text), joined, sentences)
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


def direction_of_routes(routes: Sequence[Route], places: Sequence[Place] = ()) -> Direction | None:
    """Into the UK, out of it, or neither; None where nothing tells.

    A post with no journey that names the United Kingdom, and no other country, is taken to
    speak of the way there.
    """
    ends = {_direction(route) for route in routes}
    for direction in ("into_uk", "out_of_uk", "other"):
        if direction in ends:
            return direction
    return "into_uk" if {place.country for place in places} == {"GB"} else None


def _direction(route: Route) -> Direction:
    to_uk = route.destination is not None and route.destination.country == "GB"
    from_uk = route.origin is not None and route.origin.country == "GB"
    if to_uk and not from_uk:
        return "into_uk"
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
    comma = link is Link.LIST and text[last.until : hit.start].strip() == ","
    return link in (Link.NONE, Link.BRACKET) or comma


def _give_roles(hits: list[PlaceHit], text: str, sentences: _Sentences) -> list[PlaceHit]:
    """The hits, with parts for those whose neighbours tell them."""
    roles = [hit.role for hit in hits]
    implied: set[int] = set()  #: ends of chains that no word of their own marks
    links = [link_between(text, hits[i].until, hits[i + 1].start) for i in range(len(hits) - 1)]
    for first, last in _chains(hits, links, text, sentences):
        _role_chain(roles, first, last, implied)
    for index in range(len(hits) - 1):
        if roles[index] is None and _before_destination(hits, roles, index, text):
            roles[index] = "origin"
    for index in range(1, len(hits)):
        if roles[index] is not None:
            continue
        gap = text[hits[index - 1].until : hits[index].start]
        if _SENTENCE_END.search(gap):
            continue
        previous = roles[index - 1]
        if previous in ("origin", "destination") and _is_listed(gap, hits[index]):
            roles[index] = previous
        elif previous in ("origin", "via") and _count_words(gap) <= 1 and "," not in gap:
            roles[index] = "destination"
    _complete_clauses(hits, roles, text)
    return [
        replace(hit, role=role, marked_before=hit.marked_before and index not in implied)
        for index, (hit, role) in enumerate(zip(hits, roles, strict=True))
    ]


def _complete_clauses(hits: Sequence[PlaceHit], roles: list[Role | None], text: str) -> None:
    """An origin without a destination takes the bare place nearest to it, after it or before."""
    for index, role in enumerate(roles):
        if role != "origin" or _has_partner(hits, roles, index, text):
            continue
        for other in (index + 1, index - 1):
            if 0 <= other < len(hits) and roles[other] is None and (
                hits[other].place.country != hits[index].place.country
            ):  # fmt: skip
                left, right = sorted((hits[index], hits[other]), key=lambda hit: hit.start)
                gap = text[left.until : right.start]
                if not _SENTENCE_END.search(gap) and _count_words(gap) <= _SAME_CLAUSE:
                    roles[other] = "destination"
                    break


def _has_partner(
    hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int, text: str
) -> bool:
    for step in (1, -1):
        other = index + step
        last = index + step * _SAME_CLAUSE  # keeps hostile texts linear
        while 0 <= other < len(hits) and other != last and roles[other] != "destination":
            other += step
        if 0 <= other < len(hits) and roles[other] == "destination":
            left, right = sorted((hits[index], hits[other]), key=lambda hit: hit.start)
            if not _SENTENCE_END.search(text[left.until : right.start]):
                return True
    return False


def _chains(
    hits: Sequence[PlaceHit], links: Sequence[Link], text: str, sentences: _Sentences
) -> list[tuple[int, int]]:
    """Runs of places joined by arrows or dashes, as first and last index."""
    chains = []
    start = 0
    for index in range(len(hits)):
        if index < len(links):
            link, pair = links[index], (hits[index], hits[index + 1])
            # Side by side they may be whose papers are sold: 'passports Germany Italy'.
            papers = link is Link.NONE and sentences.speak_of_papers(pair[0].start)
            if not papers and _joins(*pair, link, text):
                continue
        if index > start:
            chains.append((start, index))
        start = index + 1
    return chains


def _joins(left: PlaceHit, right: PlaceHit, link: Link, text: str) -> bool:
    if link is Link.ARROW:
        return True
    if left.place.country == right.place.country:
        return link is Link.DASH and not left.is_country and not right.is_country
    if link is Link.DASH:
        return True
    bare = left.role is None and right.role is None
    if link is Link.NONE:
        return bare  # 'Turkey Bulgaria game', two flags side by side
    if link is Link.LIST and bare and "/" in text[left.until : right.start]:
        # A line of a price list: '– Oran / Spain: 4,500'.
        line = text.rfind("\n", 0, left.start) + 1
        return line > 0 and not _WORD.search(text[line : left.start])
    return False


def _role_chain(roles: list[Role | None], first: int, last: int, implied: set[int]) -> None:
    roles[first] = "via" if _extends(roles, first) else "origin"
    for index in range(first + 1, last):
        roles[index] = "via"
    if roles[last] != "destination":
        implied.add(last)
    roles[last] = "destination"


def _extends(roles: Sequence[Role | None], first: int) -> bool:
    """Whether a chain goes on from a journey that has begun: 'from Turkey to Greece → Italy'."""
    return roles[first] in ("destination", "via") and "origin" in roles[max(0, first - 1) : first]


def _before_destination(
    hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int, text: str
) -> bool:
    """Whether the next place is a destination whose marker follows this place closely."""
    following = hits[index + 1]
    if roles[index + 1] not in ("destination", "via") or not following.marked_before:
        return False
    gap = text[hits[index].until : following.start]
    return not _SENTENCE_END.search(gap) and _count_words(gap) <= _NEAR


def _is_listed(gap: str, hit: PlaceHit) -> bool:
    """Whether only 'or', a comma or a price stands between: the same part once more."""
    rest = _AMOUNT.sub(" ", gap)
    signs = any(sign in rest for sign in ",/&+|")
    return (
        _count_words(rest) <= 1 and (signs or hit.is_listed) and _SENTENCE_END.search(gap) is None
    )


def _count_words(gap: str) -> int:
    """Words in a stretch of text; Chinese is counted at two letters a word."""
    words = [word for word in gap.split() if any(letter.isalpha() for letter in word)]
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in gap)
    return len(words) + han // 2


def _journeys(hits: Sequence[PlaceHit], text: str) -> list[_Journey]:
    journeys: list[_Journey] = []
    current = _Journey()
    until = 0
    for hit in hits:
        if hit.role not in ("origin", "via", "destination"):
            continue
        gap = text[until : hit.start]
        apart = bool(_SENTENCE_END.search(gap))
        if hit.role == "origin":
            goes_on = current.complete and not apart and current.destinations[-1].place == hit.place
            if goes_on:  # 'Uganda to Dubai, from Dubai to Holland'
                current.via.append(current.destinations.pop())
                until = hit.until
                continue
            if current.complete or (apart and current.hits):
                journeys.append(current)
                current = _Journey()
            current.origins.append(hit)
        elif hit.role == "via":
            if current.complete and apart:
                journeys.append(current)
                current = _Journey()
            current.via.append(hit)
        elif current.complete and not apart and _is_aside(current, hit, gap):
            continue
        else:
            if current.destinations and (apart and (current.complete or "\n" in gap)):
                journeys.append(current)
                current = _Journey()
            elif current.complete and _continues(current, hit, gap):
                current.via += current.destinations
                current.destinations = []
            current.destinations.append(hit)
        until = hit.until
    journeys.append(current)
    for journey in journeys:
        _end_with_last(journey)
    return [journey for journey in journeys if journey.hits]


def _is_aside(journey: _Journey, hit: PlaceHit, gap: str) -> bool:
    """'to England, 8 people held in Vlorë': where 'to' and 'in' are one word."""
    explicit = any(known.marked_before for known in journey.destinations)
    far = _count_words(gap) > _SAME_CLAUSE or any(sign.isdigit() for sign in gap)
    return explicit and hit.is_weak and not hit.is_listed and "," in gap and far


def _continues(journey: _Journey, hit: PlaceHit, gap: str) -> bool:
    """Whether a further destination is the next leg ('then on to Germany'), not a choice."""
    if not hit.marked_before or _is_listed(gap, hit) or any(sign.isdigit() for sign in gap):
        return False
    return hit.place.country != journey.destinations[-1].place.country


def _end_with_last(journey: _Journey) -> None:
    """'A – B – C, then D': D is where it ends, unless a word of its own made C the end."""
    if (
        journey.via
        and journey.destinations
        and not any(hit.marked_before for hit in journey.destinations)
        and journey.via[-1].start > journey.destinations[-1].start
    ):
        last = journey.via.pop()
        journey.via += journey.destinations
        journey.destinations = [last]


def _believed(
    journeys: list[_Journey], hits: Sequence[PlaceHit], sentences: _Sentences
) -> list[_Journey]:
    """Drops half journeys without evidence; where there is none at all, tries a bare place."""
    known = {hit.place.country for one in journeys if one.complete for hit in one.hits}
    kept = [one for one in journeys if one.complete or _is_half_believed(one, known, sentences)]
    if not kept:
        bare = [hit for hit in hits if hit.role is None]
        if len({hit.place.country for hit in bare}) == 1:
            hit = next((hit for hit in bare if hit.is_country), None)
            if (
                hit is not None
                and sentences.speak_of_travel(hit.start)
                and not sentences.speak_of_papers(hit.start)
            ):
                kept.append(_Journey(destinations=[replace(hit, role="destination")]))
    return kept


def _is_half_believed(journey: _Journey, known: set[str], sentences: _Sentences) -> bool:
    ends = [*journey.origins, *journey.destinations]
    if not ends or {hit.place.country for hit in ends} & known:
        return False
    start = journey.hits[-1].start
    is_weak = all(hit.is_weak for hit in ends)
    if journey.origins:
        return not is_weak and sentences.speak_of_travel(start)
    if is_weak:
        country = all(hit.is_country for hit in ends)
        told = sentences.speak_of_travel(start) or (country and sentences.tell_prices(start))
        return told and not sentences.speak_of_papers(start)
    return not sentences.speak_of_papers(start) or sentences.speak_of_travel(start)


class _Sentences:
    """What the sentence around a place speaks of."""

    def __init__(self, normalised: Normalised, evidence: Sequence[Mention]) -> None:
        text = normalised.text
        self._bounds = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
        self._travel = set()
        self._prices = set()
        self._papers = set()
        for mention in evidence:
            number = self._number(normalised.at(mention.start))
            if isinstance(mention.value, ModeWord | CodeWord):
                self._travel.add(number)
            elif isinstance(mention.value, Price):
                self._prices.add(number)
            else:
                self._papers.add(number)

    def _number(self, start: int) -> int:
        return bisect_right(self._bounds, start)

    def speak_of_travel(self, start: int) -> bool:
        """Whether the sentence at an index of the folded text has a word of travelling."""
        return self._number(start) in self._travel

    def tell_prices(self, start: int) -> bool:
        """Whether the sentence at an index has a price."""
        return self._number(start) in self._prices

    def speak_of_papers(self, start: int) -> bool:
        """Whether the sentence at an index has a word for a document or a service."""
        return self._number(start) in self._papers


def _routes_of(journey: _Journey, normalised: Normalised) -> list[Route]:
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
