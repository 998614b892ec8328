"""Puts places with a part together to journeys, and leaves out those that nothing speaks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nlp.implied_modes import EUROPE, PASSED_THROUGH, STATIONS, is_boat_crossing, is_shore
from nlp.place_hits import PlaceHit
from nlp.route_evidence import SENTENCE_END, Sentences, count_words, is_listed
from nlp.route_roles import is_mirrored

#: Words and digits between a journey and a place that is named beside it.
_FAR = 3
#: Places looked at on either side of one: a hostile text is a row of thousands.
_NEXT = 8
#: Words between a stop and the next one: 'and then'.
_SECOND_STOP = 2
#: Lines of a price list under a heading, words before the place of that heading, and code
#: points between the place of a line and its price.
_LEAST_LINES, _HEAD_WORDS, _PRICE_NEAR = 2, 4, 30
#: An amount, and not the digit of a word: 'w b3dha'.
_SUM = re.compile(r"(?<![a-z\d])\d{2,}")
#: The end of a sentence that is no end of a line.
_ENDED = re.compile(r"[!?]|\.(?=\s|$)|。")
#: Where the boats over the Channel land, as the gazetteer names it.
_LANDING = frozenset(("Dover", "Folkestone", "Kent", "Ramsgate", "Margate", "Dungeness"))


@dataclass(slots=True)
class Journey:
    """Places of one journey, each list in the order of the text; grows while it is read."""

    origins: list[PlaceHit] = field(default_factory=list)
    via: list[PlaceHit] = field(default_factory=list)
    destinations: list[PlaceHit] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether both ends are known."""
        return bool(self.origins and self.destinations)

    @property
    def hits(self) -> list[PlaceHit]:
        """All its places: origins, places on the way, destinations."""
        return [*self.origins, *self.via, *self.destinations]


def build_journeys(
    hits: Sequence[PlaceHit], text: str, sentences: Sentences, *, reported: bool = False
) -> list[Journey]:
    """The journeys in the order of the text, half ones too; from places with their parts."""
    journeys: list[Journey] = []
    current = Journey()
    until = 0
    stop: PlaceHit | None = None
    aside: int | None = None
    for index, hit in enumerate(hits):
        if hit.role not in ("origin", "via", "destination"):
            continue
        gap = text[until : hit.start]
        if stop is not None and stop.until == until and _is_second_stop(hit, gap):
            current.via.append(hit)
            stop, until = hit, hit.until
            continue
        apart = bool(SENTENCE_END.search(gap))
        if aside is not None and hit.own_role is None and is_listed(text[aside : hit.start], hit):
            aside = hit.until
            continue  # 'to England, by way of Hungary, Austria, Germany'
        aside = None
        if hit.is_onward and current.complete and not _ENDED.search(gap):
            apart = False  # a line for each stage: 'Milan – Paris 400', 'then England 1500'
        if hit.role == "destination" and _ends_pair(current) and is_mirrored(hits, index, text):
            journeys.append(current)
            current = Journey()
        if hit.role == "origin":
            if _is_landing(current, hits, index):
                current.via.append(hit)
                until = hit.until
                continue
            goes_on = current.complete and not apart and current.destinations[-1].place == hit.place
            if goes_on:  # 'Uganda to Dubai, from Dubai to Holland'
                current.via.append(current.destinations.pop())
                until = hit.until
                continue
            if current.complete or (apart and current.hits):
                journeys.append(current)
                current = Journey()
            if current.origins and not is_listed(gap, hit):
                # 'From Dubai fly, from France a car to England'; who was held in a town is
                # told of before the way itself.
                if reported:
                    current = Journey()
                else:
                    current.via.append(hit)
                    until = hit.until
                    continue
            current.origins.append(hit)
        elif hit.role == "via":
            if current.complete and apart:
                journeys.append(current)
                current = Journey()
            stop = hit if current.complete and hit.own_role == "via" else None
            current.via.append(hit)
        elif current.complete and not apart and _is_aside(current, hit, gap, sentences):
            aside = hit.until
            continue
        elif current.complete and _is_told_backwards(current, hit, gap):
            journeys.append(current)
            current = Journey(destinations=[hit])
        else:
            if current.destinations and (apart and (current.complete or "\n" in gap)):
                journeys.append(current)
                current = Journey()
            elif current.destinations and _continues(current, hit, gap):
                current.via += current.destinations
                current.destinations = []
            current.destinations.append(hit)
        until = hit.until
    journeys.append(current)
    for journey in journeys:
        _end_with_last(journey)
    return [journey for journey in journeys if journey.hits]


def _ends_pair(journey: Journey) -> bool:
    """Whether the end of a journey is told before its start: 'Italy from Izmir'."""
    return journey.complete and journey.destinations[-1].start < journey.origins[0].start


def _is_landing(journey: Journey, hits: Sequence[PlaceHit], index: int) -> bool:
    """'To England, from Dover a taxi to London': a town of the country that is reached."""
    hit = hits[index]
    country = hit.place.country
    reached = any(
        one.is_country and one.place.country == country for one in journey.destinations[-_NEXT:]
    )
    further = any(
        one.role == "destination" and one.place.country != country
        for one in hits[index + 1 : index + 1 + _NEXT]
    )
    return reached and not hit.is_country and not further


def build_price_list(hits: Sequence[PlaceHit], text: str, sentences: Sentences) -> list[Journey]:
    """'Prices from Turkey:' and a line for each destination; [] if the text is no such list."""
    named = [hit for hit in hits if hit.own_role != "not_route"]
    if len(named) < _LEAST_LINES + 1 or named[0].own_role != "origin":
        return []
    head, *ends = named
    if sentences.offer_papers(head) or not sentences.tell_of_travel():
        return []
    line = text[text.rfind("\n", 0, head.start) + 1 : head.start]
    if count_words(line) > _HEAD_WORDS:
        return []
    last = head
    for hit in ends:
        gap = text[last.until : hit.start]
        if "\n" not in gap or hit.own_role in ("origin", "via"):
            return []
        behind = text[hit.until : hit.until + _PRICE_NEAR].split("\n", maxsplit=1)[0]
        if not any(sign.isdigit() for sign in behind):
            return []
        last = hit
    if any(hit.place.country == head.place.country for hit in ends):
        return []
    return [Journey([head], [], [replace(hit, role="destination")]) for hit in ends]


def _is_second_stop(hit: PlaceHit, gap: str) -> bool:
    """'To England, stop in Dubai and then Rome': the way goes on, and its end is said before."""
    close = count_words(gap) <= _SECOND_STOP and not any(sign in ",;:" for sign in gap)
    return hit.is_onward and close and not SENTENCE_END.search(gap)


def _is_aside(journey: Journey, hit: PlaceHit, gap: str, sentences: Sentences) -> bool:
    """'to England, 8 people held in Vlorë': where 'to' and 'in' are one word."""
    if sentences.name_way_between(journey.destinations[-1], hit):
        return False  # 'to Minsk, a car and a bit of walking to Poland'
    explicit = any(known.marked_before for known in journey.destinations)
    # 'to Italy 12,000, to Spain 14,000': a sum before the comma is that of the end before.
    far = count_words(gap) > _FAR or any(sign.isdigit() for sign in gap.partition(",")[2])
    if is_listed(gap, hit):
        return False  # 'to Germany 3,600, to Austria 3,100'
    return (
        explicit and hit.is_weak and not hit.is_onward and not hit.is_listed and "," in gap and far
    )


def _is_told_backwards(journey: Journey, hit: PlaceHit, gap: str) -> bool:
    """'to Italy those from Slovenia 600, to Germany those from Poland 900': the next journey."""
    begun_last = journey.origins[-1].start > journey.destinations[-1].start
    return begun_last and not hit.is_onward and _SUM.search(gap) is not None


def _continues(journey: Journey, hit: PlaceHit, gap: str) -> bool:
    """Whether a further destination is the next leg ('then on to Germany'), not a choice."""
    last = journey.destinations[-1]
    if hit.is_onward:
        return hit.place != last.place
    if last.is_onward and hit.own_role is None and not hit.is_listed:
        # 'then Poland, by car Berlin', but not where it began
        known = {one.place.country for one in (*journey.origins, last)}
        return hit.place.country not in known
    if not journey.complete:
        return False
    if not hit.marked_before or is_listed(gap, hit) or any(sign.isdigit() for sign in gap):
        return False
    if hit.is_listed and count_words(gap) <= _SECOND_STOP:
        return False  # 'to Spain or to Italy'
    return hit.place.country != last.place.country


def _end_with_last(journey: Journey) -> None:
    """'A – B – C, then D': D is where it ends, unless a word of its own made C the end."""
    if (
        journey.via
        and journey.destinations
        and not any(hit.marked_before for hit in journey.destinations)
        and journey.via[-1].start > journey.destinations[-1].start
        and journey.via[-1].own_role != "via"
        and not journey.via[-1].is_listed
    ):
        last = journey.via.pop()
        journey.via += journey.destinations
        journey.destinations = [last]


def believed(
    journeys: list[Journey],
    hits: Sequence[PlaceHit],
    sentences: Sentences,
    *,
    reported: bool = False,
    offered: bool = False,
) -> list[Journey]:
    """Drops half journeys without evidence, and completes those whose other end stands apart.

    In a report none is completed: 'police in Durrës held those who sold journeys to Britain'.
    """
    known = {hit.place.country for one in journeys if one.complete for hit in one.hits}
    if any(one.destinations[-1].place.country in EUROPE for one in journeys if one.complete):
        known.add("EU")  # 'To Europe! Lahore > Addis > Spain'
    kept = [
        one
        for one in journeys
        if one.complete or _is_half_believed(one, known, sentences, reported=reported)
    ]
    if len(kept) == 2 and kept[0].complete and _goes_on_later(*kept):
        first, second = kept
        via = [*first.via, *first.destinations, *second.via]
        return [Journey(first.origins, via, second.destinations)]
    if not reported:
        kept = [_begin_apart(one, journeys) for one in kept]
    kept = [_narrow(one) for one in kept]
    if not reported:
        kept = _to_far_end(kept, hits)
        kept += _from_elsewhere(kept, journeys)
    if any(one.complete for one in kept):
        # 'Minsk – Germany … a car from inside Poland': an origin alone says nothing more.
        return [one for one in kept if one.complete or one.destinations]
    if offered and (landed := _landed(hits, sentences)):
        return [Journey(destinations=[replace(hit, role="destination") for hit in landed])]
    bare = [hit for hit in hits if hit.role is None]
    stays = bare if reported else [hit for hit in hits if hit.role is None or _is_stay(hit)]
    joined = _complete_apart(journeys, stays, sentences, reported=reported)
    if joined is not None:
        return [joined]
    if not reported and (halves := _join_halves(kept)):
        return [halves]
    if not kept and offered and (alone := _alone(bare, hits, sentences)):
        return [alone]
    if not kept and len({hit.place.country for hit in bare}) == 1:
        hit = next((hit for hit in bare if hit.is_country), bare[0])
        if sentences.speak_of_going_to(hit):
            kept.append(Journey(destinations=[replace(hit, role="destination")]))
        elif not reported and sentences.speak_of_airport_of(hit):
            kept.append(Journey(origins=[replace(hit, role="origin")]))
    return kept


def _to_far_end(kept: list[Journey], hits: Sequence[PlaceHit]) -> list[Journey]:
    """'America! Delhi to Ecuador by air, cars to Mexico': stages of the way that is named apart."""
    whole = [one for one in kept if one.complete]
    beyond, stations = STATIONS[0]
    ends = [
        hit
        for hit in hits
        if hit.place.country in beyond and hit.role not in ("origin", "not_route")
    ]
    if not whole or not ends or whole[0].origins[0].place.country in beyond | stations:
        return kept
    first = whole[0]
    if any(hit.place.country not in stations for hit in first.destinations):
        return kept
    reached = {hit.place.country for one in kept for hit in one.destinations}
    if reached - beyond - stations:
        return kept
    via = [*first.via, *first.destinations]
    return [Journey(first.origins, via, ends[-1:])]


def _from_elsewhere(kept: Sequence[Journey], journeys: Sequence[Journey]) -> list[Journey]:
    """'Those in Paris a lorry to London 4,000, those in Brussels 4,300': to the same end.

    Only within Europe, where people wait in several places for one way. Those who are called
    from afar ('lads of Gujrat, write') are at home.
    """
    whole = [one for one in kept if one.complete]
    if len(whole) != 1 or len(whole[0].destinations) != 1:
        return []
    end = whole[0].destinations[0]
    known = {hit.place.country for hit in whole[0].hits}
    if not known <= EUROPE:
        return []
    return [
        Journey([hit], [], [end])
        for one in journeys
        if not (one.via or one.destinations)
        for hit in one.origins
        if hit.own_role == "origin"
        and hit.is_weak
        and not hit.marked_before
        and hit.start > end.start
        and hit.place.country in EUROPE - known
    ]


def _is_stay(hit: PlaceHit) -> bool:
    """'Who sits in Calais?': in, where the language has a word of its own for it."""
    return hit.role == "not_route" and hit.is_weak


def _join_halves(kept: Sequence[Journey]) -> Journey | None:
    """'Need to be in Spain? Back of a lorry out of Kent': one half has the start, one the end."""
    if len(kept) != 2:
        return None
    first, second = sorted(kept, key=lambda one: not one.origins)
    if not first.origins or second.origins or not second.destinations:
        return None
    if {hit.place.country for hit in first.origins} & {
        hit.place.country for hit in second.destinations
    }:
        return None
    return Journey(first.origins, [*first.via, *second.via], second.destinations)


def _alone(
    bare: Sequence[PlaceHit], hits: Sequence[PlaceHit], sentences: Sentences
) -> Journey | None:
    """'Thursday the sea is glass. Dunkirk, write early': of an offer that names one place."""
    if len(hits) != 1 or sentences.name_papers():
        return None
    hit = hits[0]
    if is_shore(hit.place) and (bare or hit.role == "origin"):
        return Journey(origins=[replace(hit, role="origin")])
    if bare and hit.is_country and hit.place.country == "GB" and sentences.tell_of_ways((hit,)):
        return Journey(destinations=[replace(hit, role="destination")])
    return None


def _begin_apart(journey: Journey, journeys: Sequence[Journey]) -> Journey:
    """'First to Minsk by plane, then by car to Germany. From Addis 8,000': where all begins."""
    if not (journey.destinations and journey.destinations[-1].is_onward):
        return journey
    if any(hit.own_role == "origin" for hit in journey.origins):
        return journey
    starts = [one for one in journeys if one.origins and not (one.via or one.destinations)]
    named = {hit.place.country for hit in journey.hits}
    if len(starts) != 1 or any(
        hit.own_role != "origin" or hit.place.country in named for hit in starts[0].origins
    ):
        return journey
    via = [*journey.origins, *journey.via]
    return replace(journey, origins=starts[0].origins, via=via)


def _narrow(journey: Journey) -> Journey:
    """Of destinations named together, the ones that are the end; the others are on the way.

    'Europe, from Yerevan to France' ends in France, 'from Dubai to Iran, Turkey, Europe' in
    Europe, and 'from Delhi to Serbia and Germany' in Germany.
    """
    ends = journey.destinations
    if len(ends) < 2:
        return journey
    # 'To England by way of Ireland. Fly to Dublin, then a ferry': a stage told once more.
    stages = {hit.place.country for hit in journey.via if hit.own_role == "via"}
    if beyond_stages := [hit for hit in ends if hit.place.country not in stages]:
        ends = beyond_stages
        journey = replace(journey, destinations=ends)
    last = ends[-1].place.country
    if {hit.place.country for hit in ends} == {"EU", "GB"} and any(hit.is_listed for hit in ends):
        return journey  # 'all ways to Europe and the UK', which is no part of it
    if any(hit.place.country == "EU" for hit in ends):
        within = [hit for hit in ends if hit.place.country in EUROPE - {"TR"}]
        if within:
            return replace(journey, destinations=within)
        on_way = (
            [hit for hit in ends if hit.place.country != "EU"]
            if last == "EU" and journey.origins
            else []
        )
    else:
        afar = bool(journey.origins) and journey.origins[0].place.country not in EUROPE - {"TR"}
        beyond = last in EUROPE and last not in PASSED_THROUGH
        on_way = [hit for hit in ends if hit.place.country in PASSED_THROUGH and afar and beyond]
        on_way = on_way or _stations(journey)
    if not on_way:
        return journey
    rest = [hit for hit in ends if hit not in on_way]
    if not journey.origins and all(
        hit.is_weak and rest and is_boat_crossing(hit.place, rest[-1].place) for hit in on_way
    ):  # 'we stand in Calais, I want to be in England'
        return replace(
            journey, origins=on_way[:1], via=[*journey.via, *on_way[1:]], destinations=rest
        )
    return replace(journey, via=[*journey.via, *on_way], destinations=rest)


def _stations(journey: Journey) -> list[PlaceHit]:
    """Of 'Delhi to America, as far as Mexico by air' the second: who names both goes on.

    A choice ('Mexico or America') leaves none out.
    """
    ends = journey.destinations
    if any(hit.is_listed for hit in ends):
        return []
    countries = {hit.place.country for hit in ends}
    begun = {hit.place.country for hit in journey.origins}
    on_way: set[str] = set()
    for beyond, stations in STATIONS:
        if countries & beyond - begun:
            on_way |= countries & stations - beyond
    return [hit for hit in ends if hit.place.country in on_way and hit.own_role == "destination"]


def _landed(hits: Sequence[PlaceHit], sentences: Sentences) -> list[PlaceHit]:
    """'Last night's group is in Dover': where boats land, in a post that names no other place."""
    landed = [hit for hit in hits if hit.place.name in _LANDING]
    told = sentences.tell_no_papers() and not sentences.tell_of_money()
    return landed[:1] if told and len(landed) == len(hits) else []


def _goes_on_later(first: Journey, second: Journey) -> bool:
    """'Iran Turkey Greece, then that boat. … I made it to England': one journey."""
    ends = [hit for hit in first.destinations if not hit.is_onward]
    implied = not any(hit.marked_before or hit.own_role == "destination" for hit in ends)
    return implied and len(first.destinations) == 1 and not second.origins


def _complete_apart(
    halves: Sequence[Journey], bare: Sequence[PlaceHit], sentences: Sentences, *, reported: bool
) -> Journey | None:
    """One journey of ends that stand apart: 'Calais people, pack your bag. England 1500'."""
    origins = [hit for one in halves for hit in one.origins]
    strong = [one for one in halves if one.via and one.destinations and not one.origins]
    destinations = [
        hit
        for one in halves
        for hit in one.destinations
        if not hit.is_weak or (one in strong and hit.is_onward)
    ]
    via = [hit for one in halves for hit in one.via]
    marked = {hit.place.country for hit in (*origins, *destinations)}
    if reported:
        # What a report tells of is joined only where both ends are marked, or where boats go.
        if destinations and not origins and not via:
            origins = _start_of_crossing(bare, destinations)
        elif len(origins) == 1 and not (origins[0].is_weak or destinations or via):
            destinations = _end_of_crossing(bare, origins[0])
        marked = {hit.place.country for hit in (*origins, *destinations)}
        told = origins and destinations and len(marked) > 1
        return Journey(origins, via, destinations) if told else None
    # 'in' and 'to' are one word in many languages: such a place may be either end.
    # In 'to Dublin or London' the one is no more the start than the other.
    open_ends = [
        hit
        for one in halves
        if bare or not any(hit.is_listed and not hit.is_weak for hit in one.destinations)
        for hit in one.destinations
        if hit.is_weak
    ]
    others = [hit for hit in (*open_ends, *bare) if hit.place.country not in marked]
    others.sort(key=lambda hit: hit.start)
    told = [hit for hit in others if hit.own_role == "destination"]
    if origins and len({hit.place.country for hit in told}) == 1:
        others = told  # 'people of Essen, in Lille you pay half, the rest from London'
    countries = list(dict.fromkeys(hit.place.country for hit in others))
    journey = None
    if origins and destinations:
        journey = Journey(origins, via, destinations) if len(marked) > 1 else None
    elif len(countries) == 1 and origins:
        journey = Journey(origins, via, [others[0]])
    elif len(countries) == 1 and destinations:
        # Where it begins is said first; a place behind is where it went wrong or who sells.
        before = others[0].start < destinations[0].start or sentences.in_one_breath(
            destinations[-1], others[0]
        )
        journey = Journey([others[0]], via, destinations) if before else None
    elif len(countries) == 2 and not marked:
        second = next(hit for hit in others if hit.place.country == countries[1])
        reversed_ = others[0].role is not None and second.role is None
        first = others[0]
        if _is_stay(second):  # 'to England by boat, we sit in Calais'
            first, second = second, first
            reversed_ = second.own_role != "destination"
        if second.is_listed or reversed_:
            return None
        usual = is_boat_crossing(first.place, second.place)
        if usual or sentences.tell_of_ways((first, second)):
            journey = Journey([first], [], [second])
    if journey is None:
        return None
    if is_boat_crossing(journey.origins[0].place, journey.destinations[-1].place):
        return journey if sentences.tell_no_papers() else None
    if all(map(sentences.tell_of_journey, journey.hits)):
        return journey
    # 'Italy … London by plane, on a passport of ours', but 'a European passport'.
    flown = sentences.tell_of_flight() and journey.origins[0].place.country != "EU"
    return journey if flown else None


def _start_of_crossing(
    bare: Sequence[PlaceHit], destinations: Sequence[PlaceHit]
) -> list[PlaceHit]:
    """'A dinghy capsized off Calais, they had paid to get to England': the shore, if it is one."""
    end = destinations[0]
    starts = [
        hit
        for hit in bare
        if hit.start < end.start and is_boat_crossing(hit.place, end.place) and not hit.is_country
    ]
    return starts[:1] if len({hit.place.country for hit in starts}) == 1 else []


def _end_of_crossing(bare: Sequence[PlaceHit], origin: PlaceHit) -> list[PlaceHit]:
    """'Capsized off Lampedusa, they had left from Sfax': where such boats go, if it is told."""
    ends = [hit for hit in bare if is_boat_crossing(origin.place, hit.place)]
    return ends[:1] if len({hit.place.country for hit in bare}) == 1 else []


def _is_half_believed(
    journey: Journey, known: set[str], sentences: Sentences, *, reported: bool
) -> bool:
    ends = [*journey.origins, *journey.destinations]
    if not ends or {hit.place.country for hit in ends} & known:
        return False
    last = journey.hits[-1]
    is_weak = all(hit.is_weak for hit in ends) and not (journey.via and ends[-1].is_onward)
    if journey.origins:
        return not is_weak and sentences.speak_of_travel(last)
    if is_weak:
        country = all(hit.is_country for hit in ends)
        if reported and not country:
            return False  # where something happened: 'in' and 'to' are one word
        told = sentences.speak_of_travel(last) or (country and sentences.tell_prices(last))
        # 'By air to London on the passport of your double'
        flown = sentences.name_way(last) and sentences.tell_of_flight()
        flown = flown and sentences.tell_of_money() and not journey.via
        return told and (flown or not sentences.speak_of_papers(last))
    return not sentences.offer_papers(last) or sentences.speak_of_travel(last)
