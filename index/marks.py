"""Where in a post the words of a query stand: offsets into the text as it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA

from crawler.types import AnalysedPost, Contact, Price, Route
from index.analyser import Token, analyse
from index.fields import contact_terms, keyword, route_ends
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
    iter_leaves,
    wildcard_pattern,
)

Span = tuple[int, int]


def find_marks(tree: Node, analysed: AnalysedPost) -> tuple[Span, ...]:
    """The stretches of the post's text that the query found, in order, none overlapping.

    Words and phrases, and the mentions whose price, contact or place was asked for.
    Nothing under a NOT is marked.
    """
    text = analysed.post.text
    words: list[Token] | None = None
    spans: list[Span] = []
    for leaf in iter_leaves(tree):
        if getattr(leaf, "field", None) == TEXT:
            if words is None:
                words = analyse(text)
            spans += _spans(leaf, words)
    spans += _mentions(tree, analysed)
    return tuple(_merged([span for span in spans if 0 <= span[0] < span[1] <= len(text)]))


def _spans(leaf: Node, words: Sequence[Token]) -> Iterator[Span]:
    match leaf:
        case Phrase(_, sought, partial):
            yield from _phrases(sought, words, partial=partial)
        case Near(_, sought, slop):
            yield from _clumps(sought, words, slop)
        case Wildcard(_, pattern):
            like = wildcard_pattern(pattern)
            yield from ((w.start, w.end) for w in words if like.fullmatch(w.text))
        case Fuzzy(_, token, distance):
            for word in words:
                if OSA.distance(token, word.text, score_cutoff=distance) <= distance:
                    yield word.start, word.end
        case _:
            return


def _phrases(sought: Sequence[str], words: Sequence[Token], *, partial: bool) -> Iterator[Span]:
    first = sought[0]
    last = len(sought) - 1
    for at in range(len(words) - last):
        if last and words[at].text != first:
            continue
        middle = all(words[at + n].text == sought[n] for n in range(last))
        end = words[at + last]
        if middle and (end.text.startswith(sought[last]) if partial else end.text == sought[last]):
            # A lone Han character at the head of a pair: only itself is marked.
            length = len(sought[last]) if partial and len(end.text) == 2 else 0
            yield words[at].start, end.start + length if length == 1 else end.end


def _clumps(sought: Sequence[str], words: Sequence[Token], slop: int) -> Iterator[Span]:
    """The words of every stretch that is short enough and has them all."""
    places = [(at, word) for at, word in enumerate(words) if word.text in sought]
    width = len(sought) + slop
    for n, (at, _) in enumerate(places):
        clump = [word for other, word in places[n : n + width] if other - at < width]
        if {word.text for word in clump} == set(sought):
            yield from ((word.start, word.end) for word in clump)


def _mentions(tree: Node, analysed: AnalysedPost) -> Iterator[Span]:
    conditions = list(_conditions(tree))
    leaves = [leaf for leaf in iter_leaves(tree) if isinstance(leaf, Phrase)]
    contacts = {
        (leaf.field, leaf.tokens) for leaf in leaves if leaf.field in ("contact", "contact_tail")
    }
    routes = [leaf for leaf in leaves if leaf.field.removesuffix("_name") in ("from", "via", "to")]
    for mention in analysed.advert.mentions:
        match mention.value:
            case Contact() as contact if contacts:
                if any((term.field, term.tokens) in contacts for term in contact_terms(contact)):
                    yield mention.start, mention.end
            case Price() as price:
                if any(_price_holds(condition, price) for condition in conditions):
                    yield mention.start, mention.end
            case Route() as route if routes:
                for end, place, span in route_ends(route):
                    named = [Token(keyword(place.country), 0, 0)], analyse(place.name)
                    if span and any(
                        leaf.field.removesuffix("_name") == end
                        and any(True for _ in _phrases(leaf.tokens, names, partial=leaf.partial))
                        for leaf in routes
                        for names in (*named, analyse(analysed.post.text[slice(*span)]))
                    ):
                        yield span


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
