"""Places that what is said of them makes an end of the journey, where no grammar of routes does.

'You pay when you stand in England' and 'the money waits until you ring us from Dover' name where
the journey ends, though 'in' says only where something is and 'from' marks an origin elsewhere;
so does 'I am drinking tea in Birmingham' in a post that speaks of the way there. 'August in Italy
instead of Zarzis' names the shore that is left. Where the verb ends the clause ('in Tunis the
lads who since May are stuck'), it makes the place before it one that people set out from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from nlp.normalise import Normalised
from nlp.place_hits import PlaceHit
from nlp.route_evidence import SENTENCE_END, Sentences, count_words
from nlp.route_words import Cues, Role, RouteWords

#: Words between a cue and the place behind it, and between a place and the cue behind it.
_BEHIND, _BEFORE = 4, 2
#: Words between 'instead of' and the place that is left: 'of', 'of freezing in'.
_LEFT = 3
#: Words between a place and the verb of those who are stuck there: 'in the lads of our village'.
_STUCK = 6


def with_arrivals(
    hits: Sequence[PlaceHit],
    normalised: Normalised,
    words: Sequence[RouteWords],
    sentences: Sentences,
) -> list[PlaceHit]:
    """The hits, those said to be where one arrives or what one leaves with that part."""
    marked = list(hits)
    arrived = [*_places_of(normalised, (one.arrived for one in words))]
    thanks = min(_places_of(normalised, (one.thanks for one in words)), default=None)
    here = [*_places_of(normalised, (one.here for one in words))]
    if thanks is not None:  # thanks behind it are those of someone who asks
        arrived += [one for one in here if one > thanks]
    elif sentences.tell_no_papers():
        for _, end in here:
            found = _place_behind(hits, normalised.text, end, 0)
            if found is not None and _goes_from(hits, found, normalised.text):
                marked[found] = _as(hits[found], "origin")
    for start, end in arrived:
        found = _place_at(hits, normalised.text, start, end)
        if found is not None and sentences.tell_of_travel():
            marked[found] = _as_end(hits[found])
    for _, end in _places_of(normalised, (one.instead for one in words)):
        found = _place_behind(hits, normalised.text, end, _LEFT)
        if found and hits[found].place.country != hits[found - 1].place.country:
            # 'to Italy instead of Greece' is a choice; towns are where people wait.
            left, other = hits[found], hits[found - 1]
            marked[found] = _as(left, "not_route" if left.is_country else "origin")
            if other.role in (None, "not_route") and not left.is_country:
                marked[found - 1] = _as(other, "destination")
    for start, end in _places_of(normalised, (one.once_there for one in words)):
        found = _place_at(hits, normalised.text, start, end)
        # 'when you are in our shop in Madrid': where the money is, and no end
        office = (
            found is not None
            and hits[found].role == "not_route"
            and not hits[found].is_weak
            and bool(normalised.text[end : hits[found].start].strip())
        )
        if found is not None and not office and _is_paid(normalised, words, hits[found], start):
            marked[found] = _as_end(hits[found])
    for start, _ in _places_of(normalised, (one.waiting for one in words)):
        found = _place_before(hits, normalised.text, start, _STUCK)
        if found is not None and hits[found].role in (None, "not_route"):
            stuck = replace(_as(hits[found], "origin"), marked_before=False)
            marked[found] = stuck if sentences.tell_of_travel() else hits[found]
    for start, end in _places_of(normalised, (one.tongues for one in words)):
        for index, hit in enumerate(hits):
            gap = normalised.text[min(end, hit.until) : max(start, hit.start)]
            if hit.is_country and SENTENCE_END.search(gap) is None:
                marked[index] = replace(hit, role="not_route", own_role="not_route")
    return marked


def _as(hit: PlaceHit, role: Role) -> PlaceHit:
    """The place with a part that only the sense of the sentence gives it."""
    return replace(hit, role=role, own_role=role, marked_before=True, is_weak=True)


def _as_end(hit: PlaceHit) -> PlaceHit:
    return replace(_as(hit, "destination"), is_weak=False)


def _goes_from(hits: Sequence[PlaceHit], index: int, text: str) -> bool:
    """'I am in Ventimiglia, who takes us to Nice?': whether another country is named as the end."""
    if index + 1 == len(hits):
        return False
    here, following = hits[index], hits[index + 1]
    near = len(SENTENCE_END.findall(text[here.until : following.start])) <= 1
    return (
        near and following.role == "destination" and following.place.country != here.place.country
    )


def _place_at(hits: Sequence[PlaceHit], text: str, start: int, end: int) -> int | None:
    found = _place_behind(hits, text, end, _BEHIND)
    if found is not None:
        return found
    for index in range(len(hits) - 1, -1, -1):
        if hits[index].until <= start:
            gap = text[hits[index].until : start]
            close = count_words(gap) <= _BEFORE and SENTENCE_END.search(gap) is None
            return index if close and "," not in gap else None
    return None


def _place_before(hits: Sequence[PlaceHit], text: str, start: int, words: int) -> int | None:
    for index in range(len(hits) - 1, -1, -1):
        if hits[index].until <= start:
            gap = text[hits[index].until : start]
            close = count_words(gap) <= words and SENTENCE_END.search(gap) is None
            return index if close and "," not in gap else None
    return None


def _place_behind(hits: Sequence[PlaceHit], text: str, end: int, words: int) -> int | None:
    for index, hit in enumerate(hits):
        if hit.start >= end:
            gap = text[end : hit.start]
            close = count_words(gap) <= words and SENTENCE_END.search(gap) is None
            return index if close else None
    return None


def _is_paid(
    normalised: Normalised, words: Sequence[RouteWords], hit: PlaceHit, start: int
) -> bool:
    """Whether the sentence of a condition speaks of paying."""
    first, last = min(start, hit.start), max(start, hit.until)
    text = normalised.text
    for paid, _ in _places_of(normalised, (one.paying for one in words)):
        left, right = min(paid, first), max(paid, last)
        if SENTENCE_END.search(text[left:right]) is None:
            return True
    return False


def _places_of(normalised: Normalised, cues: Iterable[Cues]) -> Iterator[tuple[int, int]]:
    """Where phrases of these lists stand, as start and end in the folded text."""
    tokens = normalised.tokens
    for one in cues:
        for index in range(len(tokens.words)):
            for end in one.ends(tokens.words, index):
                yield tokens.starts[index], tokens.ends[end - 1]
