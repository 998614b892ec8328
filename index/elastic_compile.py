"""Turns a query's tree into Elasticsearch's query language.

Only words of the text are scored, as in the SQLite index: everything else has the weight
0. Nothing is used but the server's core: no scripts, no analyser but `whitespace`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import assert_never

import numpy as np

from index.elastic_mapping import Json, sendable, sent_vector
from index.fields import SPOT, WORD_FIELDS
from index.likeness import MAX_ALIKE, alike_leaves
from index.query_tree import (
    TEXT,
    Alike,
    And,
    Between,
    Everything,
    Fuzzy,
    Near,
    Node,
    Not,
    OnePrice,
    OneRoute,
    Or,
    Phrase,
    Wildcard,
    Within,
    iter_leaves,
)

#: So many of the words that begin alike are looked for at the end of a phrase.
MAX_BEGINNINGS = 10_000
#: So many of the words that a pattern stands for speak for the order of the hits.
_RANKED_WORDS = 50
_WHOLE_NUMBERS = frozenset({"id", "posted", "seen"})
_MAX_LONG = 2**63 - 1
_MAX_DOUBLE = 1.7976931348623157e308


def compile_tree(node: Node) -> Json:
    """The query that finds what the tree means, scored by the words of the text."""
    return _compile(_simplified(node), "", by_meaning=bool(alike_leaves(node)))


def knn(node: Alike, most: int = MAX_ALIKE) -> Json:
    """The query for what is alike, the best `most` of a shard at the most."""
    vector = sent_vector(np.frombuffer(node.vector, dtype="<f4"))
    return {
        "knn": {
            "field": "embedding",
            "query_vector": vector,
            "k": most,
            "num_candidates": most,
            "similarity": node.minimum,
        }
    }


def apart(node: Node) -> tuple[Alike | None, Node]:
    """The one clause of likeness that must hold, and what must hold beside it.

    None when there is none, or when others stand beside it or under OR or NOT.
    """
    plain = _simplified(node)
    children = plain.children if isinstance(plain, And) else (plain,)
    found = [child for child in children if isinstance(child, Alike)]
    every = [leaf for leaf in iter_leaves(node, negated=True) if isinstance(leaf, Alike)]
    if len(found) != 1 or len(every) != 1:
        return None, node
    rest = tuple(child for child in children if child is not found[0])
    return found[0], And(rest) if rest else Everything()


def ask_alike(node: Alike, rest: Node, facets: Json | None, most: int) -> Json:
    """The parts of a search for what is alike and holds beside it.

    The aggregation `alike` counts what is alike, whatever else holds: all of it, if that is
    less than `most`. The facets, of what is found, stand in the aggregation `found`.
    """
    asked: Json = {"query": knn(node, most), "aggs": {"alike": {"value_count": {"field": "id"}}}}
    wanted = compile_tree(rest)
    if not isinstance(rest, Everything):
        asked["post_filter"] = wanted
    if facets:
        asked["aggs"]["found"] = {"filter": wanted, "aggs": facets}
    return asked


def _simplified(node: Node, *, negated: bool = False) -> Node:
    """The same with NOT only on leaves and no And in And or Or in Or.

    The server takes thirty levels; a bracket or a NOT must not cost more than one.
    """
    match node:
        case Not(child):
            return _simplified(child, negated=not negated)
        case And(children) | Or(children):
            kind = Or if isinstance(node, And) == negated else And
            flat: list[Node] = []
            for child in children:
                plain = _simplified(child, negated=negated)
                flat += plain.children if isinstance(plain, kind) else [plain]
            return flat[0] if len(flat) == 1 else kind(tuple(flat))
        case _:
            return Not(node) if negated else node


def _compile(node: Node, path: str, *, by_meaning: bool = False) -> Json:
    """`by_meaning`: likeness alone is scored, words of the text are not."""
    match node:
        case Alike():
            return knn(node)
        case Within(latitude, longitude, kilometres):
            spot = {"lat": latitude, "lon": longitude}
            return {"geo_distance": {"distance": f"{kilometres}km", SPOT: spot, "boost": 0}}
        case Everything():
            return {"match_all": {"boost": 0}}
        case Phrase():
            return _phrase(node, path)
        case Near():
            return _near(node, path + node.field)
        case Wildcard(field, pattern):
            value = sendable(pattern).replace("\\", "\\\\")
            return _expanded("wildcard", path + field, {"value": value})
        case Fuzzy(field, token, distance):
            limits = {"fuzziness": distance, "prefix_length": 0, "transpositions": True}
            return _expanded("fuzzy", path + field, {"value": sendable(token), **limits})
        case Between():
            return _between(node, path + node.field)
        case OnePrice(Phrase() as currency):
            return _phrase(currency, path)
        case OnePrice(inner):
            return _nested("prices", _price(inner))
        case OneRoute(And() as inner):
            return _nested("routes", _compile(inner, "routes."))
        case OneRoute(inner):
            return _compile(inner, path)
        case And(children):
            return _all(children, path, by_meaning=by_meaning)
        case Or(children):
            found = [_compile(child, path, by_meaning=by_meaning) for child in children]
            if by_meaning:
                found = [
                    one if _is_scored(child, by_meaning=True) else {"bool": {"filter": [one]}}
                    for one, child in zip(found, children, strict=True)
                ]
            return {"bool": {"should": found, "minimum_should_match": 1}}
        case Not(child):
            return {"bool": {"must_not": [_compile(child, path)], "boost": 0}}
        case _:
            assert_never(node)


def _all(children: Iterable[Node], path: str, *, by_meaning: bool) -> Json:
    clauses: dict[str, list[Json]] = {}
    for child in children:
        if isinstance(child, Not):
            clauses.setdefault("must_not", []).append(_compile(child.child, path))
        else:
            kind = "must" if _is_scored(child, by_meaning=by_meaning) else "filter"
            clauses.setdefault(kind, []).append(_compile(child, path, by_meaning=by_meaning))
    return {"bool": clauses}


def _is_scored(node: Node, *, by_meaning: bool) -> bool:
    match node:
        case And(children) | Or(children):
            return any(_is_scored(child, by_meaning=by_meaning) for child in children)
        case Not():
            return False
        case Alike():
            return True
        case _ if by_meaning:
            return False
        case _:
            return getattr(node, "field", None) == TEXT


def _nested(path: str, query: Json) -> Json:
    return {"nested": {"path": path, "query": query, "score_mode": "none", "boost": 0}}


def _near(node: Near, name: str) -> Json:
    wanted = [{"match": {"query": token, "analyzer": "whitespace"}} for token in node.tokens]
    rule = {"all_of": {"ordered": False, "max_gaps": node.slop, "intervals": wanted}}
    # How close they stand decides whether; how often they stand there, in which order.
    words = {name: {"query": " ".join(node.tokens), "analyzer": "whitespace"}}
    return {"bool": {"filter": [{"intervals": {name: rule}}], "should": [{"match": words}]}}


def _phrase(node: Phrase, path: str) -> Json:
    name = path + node.field
    written = sendable(" ".join(node.tokens))
    if len(node.tokens) == 1 or not _has_words(node.field):
        if node.partial:
            return _expanded("prefix", name, {"value": written})
        return _weighed("term", name, {"value": written})
    arguments: Json = {"query": written, "analyzer": "whitespace"}
    if node.partial:
        arguments["max_expansions"] = MAX_BEGINNINGS
        return _weighed("match_phrase_prefix", name, arguments)
    return _weighed("match_phrase", name, arguments)


def _has_words(field: str) -> bool:
    return field == TEXT or field in WORD_FIELDS


def _weighed(kind: str, name: str, arguments: Json) -> Json:
    return {kind: {name: arguments if name == TEXT else {**arguments, "boost": 0}}}


def _expanded(kind: str, name: str, arguments: Json) -> Json:
    """A query for every word that is like the one given."""
    every: Json = {kind: {name: {**arguments, "rewrite": "constant_score", "boost": 0}}}
    if name != TEXT:
        return every
    # Which posts: all those words. In which order: by the weight of the likeliest.
    ranked = {**arguments, "rewrite": f"top_terms_blended_freqs_{_RANKED_WORDS}"}
    return {"bool": {"filter": [every], "should": [{kind: {name: ranked}}]}}


def _price(node: Node) -> Json:
    """The inner tree of OnePrice, over one price. It holds no NOT."""
    match node:
        case Between():
            return _between(node, "prices.amount")
        case Phrase("currency", (code,)):
            return {"term": {"prices.currency": {"value": sendable(code)}}}
        case And(children):
            return {"bool": {"filter": [_price(child) for child in children]}}
        case Or(children):
            found = [_price(child) for child in children]
            return {"bool": {"should": found, "minimum_should_match": 1}}
        case _:
            raise TypeError(f"not about a price: {node}")


def _between(node: Between, name: str) -> Json:
    bounds: dict[str, float]
    if node.field in _WHOLE_NUMBERS:
        low, high = _whole_bounds(node)
        if low > high:
            return {"match_none": {}}
        bounds = {"gte": low, "lte": high}
    else:
        signs = ("gte" if node.include_low else "gt", "lte" if node.include_high else "lt")
        bounds = {
            sign: min(max(float(bound), -_MAX_DOUBLE), _MAX_DOUBLE)
            for sign, bound in zip(signs, (node.low, node.high), strict=True)
            if bound is not None
        }
    if not bounds:
        return {"exists": {"field": name, "boost": 0}}
    return {"range": {name: {**bounds, "boost": 0}}}


def _whole_bounds(node: Between) -> tuple[int, int]:
    """Both ends of the range, included, within what a `long` can hold."""
    low, high = -_MAX_LONG, _MAX_LONG
    if node.low is not None and node.low > low:
        low = _MAX_LONG if node.low >= _MAX_LONG else math.ceil(node.low)
        low += low == node.low and not node.include_low
    if node.high is not None and node.high < high:
        high = -_MAX_LONG if node.high <= -_MAX_LONG else math.floor(node.high)
        high -= high == node.high and not node.include_high
    return low, high
