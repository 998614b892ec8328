"""Gives places their part in a journey from the places and signs beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from nlp.implied_modes import is_boat_crossing
from nlp.links import Link, link_between
from nlp.place_hits import PlaceHit
from nlp.route_evidence import SENTENCE_END, Sentences, count_words, is_listed
from nlp.route_words import Role

_WORD = re.compile(r"[^\W\d_]+")
#: Words between a place and the marker of the next: 'boats [France] every night to [UK]'.
_NEAR = 3
#: A comma, or one more station that is no known place: 'Tehran, Van, Istanbul'.
_ROW = re.compile(r" *,(?: *[^\W\d_]+ *,)? *")
#: Places in a row with commas alone that may be the stations of a way.
_STATIONS = 3
#: Where ways end, of the countries that are also told as stations of them.
_ENDS_OF_WAYS = frozenset((
    "AT", "AU", "BE", "CA", "CH", "DE", "DK", "ES", "EU", "FI", "FR", "GB", "IE", "IT", "LU",
    "NL", "NO", "PT", "SE", "US",
))  # fmt: skip
#: Words between a marked place and one whose part only that mark can tell.
_SAME_CLAUSE = 7


def give_roles(hits: list[PlaceHit], text: str, sentences: Sentences) -> list[PlaceHit]:
    """The hits, with parts for those whose neighbours tell them."""
    roles = [hit.role for hit in hits]
    implied: set[int] = set()  #: ends of chains that no word of their own marks
    links = [link_between(text, hits[i].until, hits[i + 1].begins) for i in range(len(hits) - 1)]
    for begin, last in _chains(hits, links, text, sentences):
        first = begin + _is_heading(hits[begin : last + 1], links[begin])
        if first and roles[first] == "via" and roles[first - 1] == "destination":
            roles[first : last + 1] = ["via"] * (last + 1 - first)  # 'to UK via A – B – C'
        else:
            _role_chain(roles, first, last, implied)
    _role_mirrored(hits, roles, text)
    _pair_between(hits, roles, text)
    _role_stations(hits, roles, text, sentences)
    _end_before_via(hits, roles, text)
    for index in range(len(hits) - 1):
        role = roles[index]
        # 'then Mexico, then America': the end of a stage is no start
        loose = role == "destination" and hits[index].is_weak
        staged = (
            hits[index].is_onward
            and index
            and not SENTENCE_END.search(text[hits[index - 1].until : hits[index].start])
        )
        open_ = role is None or role == "not_route" or (loose and not staged)
        if open_ and _before_destination(hits, roles, index, text):
            gap = text[hits[index].until : hits[index + 1].start]
            if role is not None and (count_words(gap) > 1 or "," in gap):
                continue
            begun = index and roles[index - 1] in ("origin", "via")
            if not begun or SENTENCE_END.search(text[hits[index - 1].until : hits[index].start]):
                roles[index] = "origin"
                _list_before(hits, roles, index, text)
    _end_of_two_origins(hits, roles, text)
    _share_marker_behind(hits, roles, text)
    _follow(hits, roles, text, sentences)
    if _complete_clauses(hits, roles, text, sentences):
        _follow(hits, roles, text, sentences)
    return [
        replace(hit, role=role, marked_before=hit.marked_before and index not in implied)
        for index, (hit, role) in enumerate(zip(hits, roles, strict=True))
    ]


def _pair_between(hits: Sequence[PlaceHit], roles: list[Role | None], text: str) -> None:
    """'between X and Y': a way from the one to the other; without a second place, nothing."""
    for index, hit in enumerate(hits):
        if roles[index] != "between":
            continue
        other = index + 1 if hit.marked_before else index - 1
        roles[index] = None
        if (
            0 <= other < len(hits)
            and roles[other] != "not_route"
            and hits[other].place.country != hit.place.country
        ):
            left, right = min(index, other), max(index, other)
            gap = text[hits[left].until : hits[right].start]
            if count_words(gap) <= 1 and not SENTENCE_END.search(gap):
                roles[left], roles[right] = "origin", "destination"


def is_mirrored(hits: Sequence[PlaceHit], index: int, text: str) -> bool:
    """Whether a place is an end that where it is set out for from follows: 'Italy from Izmir'."""
    if index + 1 >= len(hits):
        return False
    end, start = hits[index], hits[index + 1]
    gap = text[end.until : start.start]
    return (
        start.own_role == "origin"
        and end.own_role in (None, "destination")
        and end.place.country != start.place.country
        and count_words(gap) <= 2  # 'جرمني ته له یونانه': a marker behind, and one before
        and not any(sign in ",;:" or sign.isdigit() for sign in gap)
        and not SENTENCE_END.search(gap)
    )


def _role_mirrored(hits: Sequence[PlaceHit], roles: list[Role | None], text: str) -> None:
    """'Italy from Izmir 8k, France from Athens 4k': of two such pairs both begin with the end."""
    pairs = [index for index in range(len(hits) - 1) if is_mirrored(hits, index, text)]
    for first, second in pairwise(pairs):
        if second == first + 2 and roles[first] != "via":
            for index in (first, second):
                roles[index], roles[index + 1] = "destination", "origin"


def _role_stations(
    hits: Sequence[PlaceHit], roles: list[Role | None], text: str, sentences: Sentences
) -> None:
    """'Kabul, Tehran, Istanbul, Sofia, Munich': a way, where a list begins far from its end.

    A list of countries to choose from begins with one of them; agents 'in Lahore, Erbil and
    Tirana' follow a word.
    """
    first = 0
    for index in range(len(hits)):
        joined = index + 1 < len(hits) and (
            _ROW.fullmatch(text, hits[index].until, hits[index + 1].begins)
            and not hits[index + 1].is_listed
        )
        if joined and roles[index] is None and roles[index + 1] is None:
            continue
        run = hits[first : index + 1]
        if (
            len(run) >= _STATIONS
            and _leads_on(run)
            and not text[: run[0].begins].rstrip(" ")[-1:].isalpha()
            and (sentences.tell_of_travel() or sentences.tell_of_money())
            and not sentences.offer_papers(run[0])
        ):
            for station in range(first + 1, index):
                roles[station] = "via"
            roles[first], roles[index] = "origin", "destination"
        first = index + 1


def _leads_on(stations: Sequence[PlaceHit]) -> bool:
    """Whether a row of places begins before the countries people go to, and ends in one."""
    first, second, *_, last = (hit.place for hit in stations)
    return (
        first.country not in _ENDS_OF_WAYS
        and last.country in _ENDS_OF_WAYS
        and (second.country not in _ENDS_OF_WAYS or is_boat_crossing(first, second))
    )


def _end_of_two_origins(hits: Sequence[PlaceHit], roles: list[Role | None], text: str) -> None:
    """'Leaving Odesa, in a day you are in Chisinau': the second can only be the end.

    So it is in 'Bologna [from] Milan [people], write', of those on the way between the two.
    """
    told = [index for index, role in enumerate(roles) if role in ("origin", "destination")]
    if len(told) != 2:
        return
    first, second = told
    if second + 1 < len(hits) and roles[second + 1] is None:
        return  # 'from Libya Lampedusa 1800, from Turkey Greece 1100'
    gap = text[hits[first].until : hits[second].begins]
    if (
        roles[first] == roles[second] == "origin"
        and hits[second].is_weak
        and (
            hits[first].place.country != hits[second].place.country
            if hits[second].marked_before
            else count_words(gap) == 1
            and "," not in gap
            and not hits[first].marked_before
            and _ends_clause(hits, second, text)
        )
        and not is_listed(gap, hits[second])
        and not SENTENCE_END.search(gap)
    ):
        roles[second] = "destination"


def _ends_clause(hits: Sequence[PlaceHit], index: int, text: str) -> bool:
    """Whether no place follows in the sentence: 'from Egypt, from Libya to Greece' goes on."""
    if index + 1 == len(hits):
        return True
    return SENTENCE_END.search(text[hits[index].until : hits[index + 1].start]) is not None


def _share_marker_behind(hits: Sequence[PlaceHit], roles: list[Role | None], text: str) -> None:
    """'Italy or Spain [to]': a marker behind the last of a list is meant for the whole list."""
    for index in range(len(hits) - 1, 0, -1):
        hit, role = hits[index], roles[index]
        if (
            roles[index - 1] is None
            and role in ("origin", "destination", "via")
            and hit.own_role == role
            and not hit.marked_before
            and is_listed(text[hits[index - 1].until : hit.start], hit)
            and hit.is_listed
            and not (role == "origin" and _has_begun(hits, roles, index - 1, text))
        ):
            roles[index - 1] = role


def _has_begun(
    hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int, text: str
) -> bool:
    """'Belgium from a lorry [to] the UK, and Spain from …': the bare place ends what began."""
    if not index or roles[index - 1] != "origin":
        return False
    gap = text[hits[index - 1].until : hits[index].start]
    return SENTENCE_END.search(gap) is None and "," not in gap


def _follow(
    hits: Sequence[PlaceHit], roles: list[Role | None], text: str, sentences: Sentences
) -> None:
    """A bare place takes the part of the place before it in a list, or ends what it began."""
    for index in range(1, len(hits)):
        if roles[index] is not None:
            continue
        gap = text[hits[index - 1].until : hits[index].start]
        if SENTENCE_END.search(gap):
            continue
        previous = roles[index - 1]
        if previous == "origin" and "," in gap and _is_reached(hits, roles, index):
            roles[index] = "destination"
        elif previous in ("origin", "destination") and is_listed(gap, hits[index]):
            if previous == "destination" or not _is_closed(hits[index - 1], hits[index], gap):
                roles[index] = previous
        elif previous == "destination" and _is_last_leg(
            hits[index - 1], hits[index], gap, sentences
        ):
            roles[index] = "destination"
        elif previous == "via" and hits[index].is_listed and _has_end(hits, roles, index, text):
            roles[index] = "via"
        elif (
            previous in ("origin", "via")
            and count_words(gap) <= 1
            and "," not in gap
            and not _is_within(hits[index - 1], hits[index])
        ):
            on_way = _is_on_way(hits, index, text)
            roles[index] = "via" if on_way else "destination"


def _is_on_way(hits: Sequence[PlaceHit], index: int, text: str) -> bool:
    """'Sylhet from Iran Turkey through to Greece': a marker behind the last of the ways."""
    if index + 1 == len(hits):
        return False
    following = hits[index + 1]
    gap = text[hits[index].until : following.start]
    behind = following.own_role == "via" and not following.marked_before
    return behind and gap.strip() in {"", ","}


def _is_within(country: PlaceHit, town: PlaceHit) -> bool:
    """'Out of Britain: Holyhead, the ferry, Dublin': a town of the country that is left."""
    return country.is_country and country.place.country == town.place.country


def _is_last_leg(left: PlaceHit, right: PlaceHit, gap: str, sentences: Sentences) -> bool:
    """'… then Poland, by car Berlin': a way of travelling to one more place."""
    near = "," in gap and count_words(gap) <= _NEAR
    return near and left.is_onward and sentences.name_way_between(left, right)


def _is_closed(left: PlaceHit, right: PlaceHit, gap: str) -> bool:
    """'Khartoum [you who are in], Libya': a marker behind a place ends the list it stands in."""
    behind = left.own_role == "origin" and not left.marked_before
    return behind and not right.is_listed and count_words(gap.partition(",")[0]) > 0


def _has_end(hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int, text: str) -> bool:
    """'Amritsar to America, via Dubai and Mexico': the end was told before the ways."""
    for other in range(index - 1, max(-1, index - _SAME_CLAUSE), -1):
        if SENTENCE_END.search(text[hits[other].until : hits[index].start]):
            return False
        if roles[other] == "destination":
            return True
    return False


def _is_reached(hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int) -> bool:
    """'Boat from Dunkirk, England in five hours': no second shore to leave from."""
    return (
        not hits[index].is_listed
        and is_boat_crossing(hits[index - 1].place, hits[index].place)
        and "destination" not in roles
    )


def _complete_clauses(
    hits: Sequence[PlaceHit], roles: list[Role | None], text: str, sentences: Sentences
) -> bool:
    """An origin without a destination takes the bare place nearest to it, after it or before.

    Returns:
        Whether any place got a part.
    """
    changed = False
    for index, role in enumerate(roles):
        if role != "origin" or _has_partner(hits, roles, index, text):
            continue
        if hits[index].is_weak and not sentences.speak_of_travel(hits[index]):
            continue  # 'a German course in Kassel for women from Syria'
        for other in (index + 1, index - 1):
            if 0 <= other < len(hits) and roles[other] is None and (
                hits[other].place.country != hits[index].place.country
            ) and not sentences.are_of_papers(hits[other]):  # fmt: skip
                left, right = sorted((hits[index], hits[other]), key=lambda hit: hit.start)
                gap = text[left.until : right.start]
                if not SENTENCE_END.search(gap) and count_words(gap) <= _SAME_CLAUSE:
                    roles[other] = "destination"
                    if (
                        other < index
                        and hits[index].is_weak
                        and _is_crossed(hits[other], hits[index])
                    ):
                        # 'Mostaganem, four hours, you are in Almería'
                        roles[other], roles[index] = "origin", "destination"
                    changed = True
                    break
    return changed


def _is_crossed(left: PlaceHit, right: PlaceHit) -> bool:
    """Whether boats go from the one place to the other, and not back."""
    there, back = (left.place, right.place), (right.place, left.place)
    return is_boat_crossing(*there) and not is_boat_crossing(*back)


def _has_partner(
    hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int, text: str
) -> bool:
    for step in (1, -1):
        other = index + step
        last = index + step * _SAME_CLAUSE  # keeps hostile texts linear
        while 0 <= other < len(hits) and other != last and roles[other] != "destination":
            gap = text[hits[other - 1].until : hits[other].start]
            if step > 0 and roles[other] == "origin" and not is_listed(gap, hits[other]):
                break  # 'Kos from Bodrum 4 places, the Patras lads to Bari'
            other += step
        if 0 <= other < len(hits) and roles[other] == "destination":
            left, right = sorted((hits[index], hits[other]), key=lambda hit: hit.start)
            if not SENTENCE_END.search(text[left.until : right.start]):
                return True
    return False


def _chains(
    hits: Sequence[PlaceHit], links: Sequence[Link], text: str, sentences: Sentences
) -> list[tuple[int, int]]:
    """Runs of places joined by arrows or dashes, as first and last index."""
    chains = []
    start = 0
    for index in range(len(hits)):
        if index < len(links):
            link, pair = links[index], (hits[index], hits[index + 1])
            # Side by side they may be whose papers are sold: 'passports Germany Italy'.
            papers = link in (Link.NONE, Link.LIST) and sentences.speak_of_papers(pair[0])
            papers = papers and not is_boat_crossing(pair[0].place, pair[1].place)
            papers = papers or (
                link is Link.DASH
                and all(one.is_country for one in pair)
                and sentences.are_of_papers(pair[0])
            )
            # 'Italy → France Ventimiglia taxi': where it begins, once more
            arrow = index > start and links[index - 1] in (Link.ARROW, Link.DASH)
            back = link is Link.NONE and arrow and _names_again(hits[start], pair[1])
            if not (papers or back) and _joins(*pair, link, text):
                continue
            towns = not papers and link is Link.NONE and _are_towns(*pair)
            if towns and sentences.name_way(pair[0]):
                continue  # 'taxi Erbil Duhok'
        if index > start:
            chains.append((start, index))
        start = index + 1
    return chains


def _names_again(first: PlaceHit, town: PlaceHit) -> bool:
    return first.is_country and not town.is_country and first.place.country == town.place.country


def _is_heading(chain: Sequence[PlaceHit], link: Link) -> bool:
    """Whether a chain's first place is a picture of where it goes: 'USA 🇺🇸 Tirana – … – USA'."""
    first, last = chain[0], chain[-1]
    if len(chain) == 3 and first.place == last.place:
        return True  # '🇬🇧🌊 🇫🇷➡️🇬🇧'
    same = first.place.country == last.place.country
    return len(chain) > 2 and link is Link.NONE and first.is_country and same


def _are_towns(left: PlaceHit, right: PlaceHit) -> bool:
    """Whether two towns of one country stand side by side, and nothing marks either."""
    bare = left.role is None and right.role is None and not right.is_listed
    return bare and not (left.is_country or right.is_country) and left.place != right.place


def _joins(left: PlaceHit, right: PlaceHit, link: Link, text: str) -> bool:
    if link is Link.ARROW:
        return True
    if left.place.country == right.place.country:
        return link is Link.DASH and not left.is_country and not right.is_country
    if link is Link.DASH:
        return True
    bare = left.role is None and right.role is None
    if link is Link.NONE:
        return bare and not right.is_listed  # 'Turkey Bulgaria game', two flags side by side
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


def _end_before_via(hits: Sequence[PlaceHit], roles: list[Role | None], text: str) -> None:
    """'to Germany by way of Lithuania': the place before the way is the end if none follows."""
    for index in range(len(hits) - 1):
        follows = index + 2 < len(hits) and not SENTENCE_END.search(
            text[hits[index + 1].until : hits[index + 2].start]
        )
        via = roles[index] is None and roles[index + 1] == "via" and hits[index + 1].role == "via"
        if via and not follows and hits[index + 1].marked_before:
            gap = text[hits[index].until : hits[index + 1].start]
            if not SENTENCE_END.search(gap) and count_words(gap) <= _NEAR:
                roles[index] = "destination"


def _list_before(hits: Sequence[PlaceHit], roles: list[Role | None], index: int, text: str) -> None:
    """'Bamako, Nouadhibou, then Las Palmas': stations in their order, the first the origin."""
    if not hits[index + 1].is_onward:
        return
    while index and roles[index - 1] is None:
        left, right = hits[index - 1], hits[index]
        if text[left.until : right.begins].strip() != ",":
            return
        roles[index - 1], roles[index] = "origin", "via"
        index -= 1


def _before_destination(
    hits: Sequence[PlaceHit], roles: Sequence[Role | None], index: int, text: str
) -> bool:
    """Whether the next place is a destination whose marker follows this place closely."""
    following = hits[index + 1]
    if roles[index + 1] not in ("destination", "via") or not following.marked_before:
        return False
    gap = text[hits[index].until : following.start]
    return not SENTENCE_END.search(gap) and count_words(gap) <= _NEAR
