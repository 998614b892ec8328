"""Where in a post the words of a query stand: offsets into the text as it was given."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from rapidfuzz.distance import OSA

from crawler.types import AnalysedPost, Contact, Place, Price, Route
from index.analyser import Token, analyse, tokens
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

_UNSPACED = re.compile(r"\S+")


class Marker:
    """Finds the stretches of posts that one query found.

    Words and phrases, and the mentions whose price, contact or place was asked for.
    Nothing under a NOT is marked, nor are words behind the first `MAX_CHARACTERS`.
    """

    def __init__(self, tree: Node) -> None:
        leaves = list(iter_leaves(tree))
        self._words = [leaf for leaf in leaves if getattr(leaf, "field", None) in (TEXT, "latin")]
        phrases = [leaf for leaf in leaves if isinstance(leaf, Phrase)]
        self._contacts = {
            (leaf.field, leaf.tokens)
            for leaf in phrases
            if leaf.field in ("contact", "contact_tail")
        }
        self._routes = [
            leaf for leaf in phrases if leaf.field.removesuffix("_name") in ("from", "via", "to")
        ]
        self._near = [leaf for leaf in leaves if isinstance(leaf, Within)]
        self._named = [leaf for leaf in phrases if leaf.field == "place"]
        self._prices = list(_conditions(tree))

    def find(self, analysed: AnalysedPost) -> tuple[Span, ...]:
        """The stretches of the post's text, in order, none overlapping."""
        text = analysed.post.text
        spans: list[Span] = []
        if self._words:
            words = _Text(text[:MAX_CHARACTERS])
            for leaf in self._words:
                spans += islice(_spans(leaf, words), MAX_MARKS)
                if len(spans) > MAX_MARKS:
                    break
        if self._contacts or self._routes or self._near or self._named or self._prices:
            spans += self._mentions(analysed)
        within = [span for span in spans if 0 <= span[0] < span[1] <= len(text)]
        return tuple(islice(_merged(within), MAX_MARKS))

    def _mentions(self, analysed: AnalysedPost) -> Iterator[Span]:
        for mention in analysed.advert.mentions:
            match mention.value:
                case Place() as place if self._near or self._named:
                    if self._is_sought(place):
                        yield mention.start, mention.end
                case Contact() as contact if self._contacts:
                    terms = contact_terms(contact)
                    if any((term.field, term.tokens) in self._contacts for term in terms):
                        yield mention.start, mention.end
                case Price() as price:
                    if any(_price_holds(condition, price) for condition in self._prices):
                        yield mention.start, mention.end
                case Route() as route if self._routes or self._near or self._named:
                    for end, place, span in route_ends(route):
                        if span and (
                            self._is_sought(place)
                            or self._is_end(end, place, analysed.post.text[slice(*span)])
                        ):
                            yield span

    def _is_sought(self, place: Place) -> bool:
        if place.latitude is not None and place.longitude is not None:
            here = place.latitude, place.longitude
            if any(leaf.holds(*here) for leaf in self._near):
                return True
        return bool(self._named) and _is_named(self._named, place)

    def _is_end(self, end: str, place: Place, written: str) -> bool:
        asked = [leaf for leaf in self._routes if leaf.field.removesuffix("_name") == end]
        return bool(asked) and _is_named(asked, place, written)


def _is_named(leaves: Iterable[Phrase], place: Place, written: str = "") -> bool:
    """Whether one of them is the place's country, in its name, or in how it was written."""
    names = [_Words([keyword(place.country)]), _Words(tokens(place.name)), _Words(tokens(written))]
    return any(
        True
        for leaf in leaves
        for name in names
        for _ in _phrases(leaf.tokens, name, partial=leaf.partial)
    )


class _Words:
    """Words in their order, and the places of each."""

    def __init__(self, words: Sequence[str]) -> None:
        self.all = words
        self.places: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            self.places.setdefault(word, []).append(at)

    def like(self, test: Callable[[str], bool]) -> Iterator[int]:
        """The places of the words that pass the test."""
        for word, places in self.places.items():
            if test(word):
                yield from places


class _Text(_Words):
    """The words of a text, and where each of them stands."""

    def __init__(self, text: str) -> None:
        # No word holds white space. The words between are mostly known, and where in the
        # text they stand is asked for few of them.
        words: list[str] = []
        self._pieces: list[re.Match[str]] = []
        self._firsts: list[int] = []  # of each piece, the place of its first word
        for piece in _UNSPACED.finditer(text):
            self._pieces.append(piece)
            self._firsts.append(len(words))
            words += tokens(piece.group())
        self._analysed: dict[int, list[Token]] = {}  # of pieces
        super().__init__(words)

    @cached_property
    def heard(self) -> dict[str, list[int]]:
        """The places of the words that sound alike, by their sounds."""
        found: dict[str, list[int]] = {}
        for word, places in self.places.items():
            found.setdefault(sounds(word), []).extend(places)
        return found

    def span(self, at: int) -> Span:
        """Where the word at a place stands in the text."""
        # Pieces without a word begin where the next begins: the last is the word's own.
        number = bisect_right(self._firsts, at) - 1
        piece = self._pieces[number]
        if number not in self._analysed:  # without spaces, a piece may be the whole text
            self._analysed[number] = analyse(piece.group())
        word = self._analysed[number][at - self._firsts[number]]
        return piece.start() + word.start, piece.start() + word.end


def _spans(leaf: Node, words: _Text) -> Iterator[Span]:
    match leaf:
        case Phrase("latin", (heard,)):
            yield from map(words.span, words.heard.get(heard, ()))
        case Phrase(_, sought, partial):
            for at in _phrases(sought, words, partial=partial):
                last = at + len(sought) - 1
                (start, _), (begin, end) = words.span(at), words.span(last)
                # A lone Han character at the head of a pair: only itself is marked.
                word = words.all[last]
                alone = partial and len(sought[-1]) == 1 and len(word) == 2
                pair = alone and end - begin == 2 and not word.isascii()
                yield start, begin + 1 if pair else end
        case Near(_, sought, slop):
            yield from map(words.span, _clumps(sought, words, slop))
        case Wildcard(_, pattern):
            like = wildcard_pattern(pattern)
            yield from map(words.span, words.like(lambda word: like.fullmatch(word) is not None))
        case Fuzzy(_, token, distance):
            near = words.like(lambda w: OSA.distance(token, w, score_cutoff=distance) <= distance)
            yield from map(words.span, near)
        case _:
            return


def _phrases(sought: Sequence[str], words: _Words, *, partial: bool) -> Iterator[int]:
    """The places where the phrase begins."""
    last = len(sought) - 1
    starts: Iterable[int] = words.places.get(sought[0], ())
    if partial and not last:
        starts = words.like(lambda word: word.startswith(sought[0]))
    for at in starts:
        run = words.all[at : at + last + 1]
        if len(run) <= last or any(run[n] != sought[n] for n in range(last)):
            continue
        if run[-1].startswith(sought[last]) if partial else run[-1] == sought[last]:
            yield at


def _clumps(sought: Sequence[str], words: _Words, slop: int) -> Iterator[int]:
    """The places of the words of every stretch that is short enough and has them all."""
    places = sorted(at for word in sought for at in words.places.get(word, ()))
    width = len(sought) + slop
    for n, begin in enumerate(places):
        clump = [at for at in places[n : n + min(width, MAX_MARKS)] if at - begin < width]
        if {words.all[at] for at in clump} == set(sought):
            yield from clump


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
