"""Looks things up in the SQLite index: the words a pattern stands for, a facet's values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Literal

from rapidfuzz.distance import OSA

from crawler.errors import InvalidQuery
from crawler.types import Query
from index.fields import FACETS, SPOT
from index.query_tree import TEXT, Fuzzy, Wildcard, Within, wildcard_pattern
from index.sqlite_compile import decode_term, encode_term

#: A word with `*` or `~` that stands for more words than this has to be written out more.
MAX_EXPANSIONS = 2000
#: So many values of a facet are given, the most frequent ones.
MAX_FACET_VALUES = 1000


def name_facet(
    connection: sqlite3.Connection, name: str, counted: list[tuple[int, int]]
) -> tuple[tuple[str, int], ...]:
    """The values of one facet, most frequent first, then by name."""
    number = FACETS.index(name)
    mine = [(n, many) for n, many in counted if n % 32 == number]
    mine.sort(key=lambda pair: -pair[1])
    top = dict(mine[:MAX_FACET_VALUES])
    rows = connection.execute(
        "SELECT id, value FROM facet_values WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([n // 32 for n in top]),),
    )
    named = [(value, top[n * 32 + number]) for n, value in rows]
    return tuple(sorted(named, key=lambda pair: (-pair[1], pair[0])))


def expand(
    connection: sqlite3.Connection, query: Query, leaf: Wildcard | Fuzzy | Within
) -> Iterable[str]:
    """The indexed tokens of the field that a wildcard or a fuzzy word stands for, or near it."""
    if isinstance(leaf, Within):
        return list(_spots(connection, leaf))
    in_text = leaf.field == TEXT
    head = "" if in_text else encode_term(leaf.field, "")
    kind: Literal["body", "terms"] = "body" if in_text else "terms"
    match leaf:
        case Wildcard(_, pattern):
            fixed = min((pattern.find(c) for c in "*?" if c in pattern), default=len(pattern))
            begin = pattern[:fixed] if in_text else encode_term(leaf.field, pattern[:fixed])
            rows = connection.execute(
                "SELECT term FROM vocabulary WHERE term >= ? AND term < ? AND col = ?",
                (begin, begin + "\U0010ffff", kind),
            )
            like = wildcard_pattern(pattern)
            words = (term if in_text else decode_term(leaf.field, term) for (term,) in rows)
            found = [word for word in words if like.fullmatch(word)]
        case Fuzzy(_, token, distance):
            low, high = len(token) - distance, len(token) + distance
            rows = connection.execute(
                "SELECT term FROM vocabulary WHERE term >= ? AND term < ? AND col = ?"
                " AND length(term) BETWEEN ? AND ?",
                (head, head + "\U0010ffff", kind, len(head) + low, len(head) + high),
            )
            words = (term if in_text else decode_term(leaf.field, term) for (term,) in rows)
            found = [
                word
                for word in words
                if OSA.distance(token, word, score_cutoff=distance) <= distance
            ]
    if len(found) > MAX_EXPANSIONS:
        raise InvalidQuery(
            query.text,
            f"a word with * or ~ stands for {len(found):,} words; write more of it"
            f" ({MAX_EXPANSIONS:,} are allowed)",
        )
    return found


def _spots(connection: sqlite3.Connection, leaf: Within) -> Iterator[str]:
    head = encode_term(SPOT, "")
    rows = connection.execute(
        "SELECT term FROM vocabulary WHERE term >= ? AND term < ? AND col = 'terms'",
        (head, head + "\U0010ffff"),
    )
    for (term,) in rows:
        spot = decode_term(SPOT, term)
        latitude, _, longitude = spot.partition(",")
        if leaf.holds(float(latitude), float(longitude)):
            yield spot
