"""Where in a post the words of a query stand: offsets into the text as it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from rapidfuzz.distance import OSA

from crawler.types import AnalysedPost, Contact, Place, Price, Route
from index.analyser import Token, analyse
from index.fields import contact_terms, keyword, route_ends
from index.latin import sounds
from index.query_tree import (
    TEXT,
    And,
    Between,
    Fuzzy,
    Near,
    Node,
    OnePrice,
    OneRoute,
    Or,
    Phrase,
    Wildcard,
    Within,
    iter_leaves,
    wildcard_pattern,
)

Span = tuple[int, int]
#: Marks are for the eye: so much of a giant text, and so many of them.
MAX_CHARACTERS = 200_000
MAX_MARKS = 1000


def find_marks(tree: Node, analysed: AnalysedPost) -> tuple[Span, ...]:
    """The stretches of the post's text that the query found, in order, none overlapping.

    Words and phrases, and the mentions whose price, contact or place was asked for.
    Nothing under a NOT is marked, nor are words behind the first `MAX_CHARACTERS`.
    """
    text = analysed.post.text
    words: _Words | None = None
    spans: list[Span] = []
    for leaf in iter_leaves(tree):
        if getattr(leaf, "field", None) in (TEXT, "latin"):
            if words is None:
                words = _Words(analyse(text[:MAX_CHARACTERS]))
            spans += islice(_spans(leaf, words), MAX_MARKS)
            if len(spans) > MAX_MARKS:
                break
    spans += _mentions(tree, analysed)
    within = [span for span in spans if 0 <= span[0] < span[1] <= len(text)]
    return tuple(islice(_merged(within), MAX_MARKS))


class _Words:
    """The words of a text, and where each of them stands."""

    def __init__(self, words: Sequence[Token]) -> None:
        self.all = words
        self.places: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            self.places.setdefault(word.text, []).append(at)

    def like(self, test: Callable[[str], bool]) -> Iterator[int]:
        """The places of the words that pass the test."""
        for word, places in self.places.items():
            if test(word):
                yield from places


def _spans(leaf: Node, words: _Words) -> Iterator[Span]:
    match leaf:
        case Phrase("latin", (heard,)):
            for at in words.like(lambda word: sounds(word) == heard):
                yield words.all[at].start, words.all[at].end
        case Phrase(_, sought, partial):
            yield from _phrases(sought, words, partial=partial)
        case Near(_, sought, slop):
            yield from _clumps(sought, words, slop)
        case Wildcard(_, pattern):
            like = wildcard_pattern(pattern)
            for at in words.like(lambda word: like.fullmatch(word) is not None):
                yield words.all[at].start, words.all[at].end
        case Fuzzy(_, token, distance):
            for at in words.like(
                lambda w: OSA.distance(token, w, score_cutoff=distance) <= distance
            ):
                yield words.all[at].start, words.all[at].end
        case _:
            return


def _phrases(sought: Sequence[str], words: _Words, *, partial: bool) -> Iterator[Span]:
    last = len(sought) - 1
    starts: Iterable[int] = words.places.get(sought[0], ())
    if partial and not last:
        starts = words.like(lambda word: word.startswith(sought[0]))
    for at in starts:
        run = words.all[at : at + last + 1]
        if len(run) <= last or any(run[n].text != sought[n] for n in range(last)):
            continue
        end = run[-1]
        if end.text.startswith(sought[last]) if partial else end.text == sought[last]:
            # A lone Han character at the head of a pair: only itself is marked.
            alone = partial and len(sought[last]) == 1 and len(end.text) == 2
            pair = alone and end.end - end.start == 2 and not end.text.isascii()
            yield run[0].start, end.start + 1 if pair else end.end


def _clumps(sought: Sequence[str], words: _Words, slop: int) -> Iterator[Span]:
    """The words of every stretch that is short enough and has them all."""
    places = sorted(at for word in sought for at in words.places.get(word, ()))
    width = len(sought) + slop
    for n, begin in enumerate(places):
        clump = [at for at in places[n : n + min(width, MAX_MARKS)] if at - begin < width]
        if {words.all[at].text for at in clump} == set(sought):
            yield from ((words.all[at].start, words.all[at].end) for at in clump)


def _mentions(tree: Node, analysed: AnalysedPost) -> Iterator[Span]:
    conditions = list(_conditions(tree))
    leaves = [leaf for leaf in iter_leaves(tree) if isinstance(leaf, Phrase)]
    contacts = {
        (leaf.field, leaf.tokens) for leaf in leaves if leaf.field in ("contact", "contact_tail")
    }
    routes = [leaf for leaf in leaves if leaf.field.removesuffix("_name") in ("from", "via", "to")]
    near = [leaf for leaf in iter_leaves(tree) if isinstance(leaf, Within)]
    named = [leaf for leaf in leaves if leaf.field == "place"]
    for mention in analysed.advert.mentions:
        match mention.value:
            case Place() as place if near or named:
                if _is_sought(place, near, named):
                    yield mention.start, mention.end
            case Contact() as contact if contacts:
                if any((term.field, term.tokens) in contacts for term in contact_terms(contact)):
                    yield mention.start, mention.end
            case Price() as price:
                if any(_price_holds(condition, price) for condition in conditions):
                    yield mention.start, mention.end
            case Route() as route if routes or near or named:
                for end, place, span in route_ends(route):
                    country = [Token(keyword(place.country), 0, 0)]
                    written = analyse(analysed.post.text[slice(*span)]) if span else []
                    names = [_Words(n) for n in (country, analyse(place.name), written)]
                    if (span and _is_sought(place, near, named)) or (
                        span
                        and any(
                            leaf.field.removesuffix("_name") == end
                            and any(True for _ in _phrases(leaf.tokens, name, partial=leaf.partial))
                            for leaf in routes
                            for name in names
                        )
                    ):
                        yield span


def _is_sought(place: Place, near: Sequence[Within], named: Sequence[Phrase]) -> bool:
    if place.latitude is not None and place.longitude is not None:
        here = place.latitude, place.longitude
        if any(leaf.holds(*here) for leaf in near):
            return True
    names = [_Words([Token(keyword(place.country), 0, 0)]), _Words(analyse(place.name))]
    return any(
        True
        for leaf in named
        for name in names
        for _ in _phrases(leaf.tokens, name, partial=leaf.partial)
    )


def _conditions(tree: Node) -> Iterator[Node]:
    match tree:
        case OnePrice(inner):
            yield inner
        case And(children) | Or(children):
            for child in children:
                yield from _conditions(child)
        case OneRoute():
            return
        case _:
            return


def _price_holds(condition: Node, price: Price) -> bool:
    match condition:
        case Between():
            return condition.holds(float(price.amount))
        case Phrase(_, (code,)):
            return (price.currency or "").lower() == code
        case And(children):
            return all(_price_holds(child, price) for child in children)
        case Or(children):
            return any(_price_holds(child, price) for child in children)
        case _:
            return False


def _merged(spans: list[Span]) -> Iterator[Span]:
    """Overlapping spans as one; neighbours stay apart."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current and start < current[1]:
            current = current[0], max(current[1], end)
            continue
        if current:
            yield current
        current = start, end
    if current:
        yield current
