"""Turns a query's tree into one FTS5 expression and the SQL conditions beside it.

Whatever the full-text index can answer goes into the expression, the fields' values
too: they lie in the column `terms` as tokens that carry their field's name. Only ranges
and the ties of one price and one route are left to SQL.
"""

# ruff: noqa: S608 - values are bound; only names written here go into the statements
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from index.fields import MAX_ROUTES, SPOT
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

#: Stands between a field's name and a value: no word of a text can hold it.
_SEPARATOR = "\ue000"
#: Ends every value of words, so that no phrase runs from one into the next. A value that
#: is found whole needs none.
GAP = "\ue001"
_NOTHING = '"\ue002"'
# FTS5's tokenizer `ascii` cuts at ASCII signs and at nothing else. Those of handles and
# addresses are moved out of its sight.
_SIGNS = {p: 0xE100 + p for p in range(128) if not chr(p).isalnum()}

Parameter = str | int | float


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the compiler asks of the index."""

    #: the indexed tokens that match, without the field's name
    expand: Callable[[Wildcard | Fuzzy | Within], Iterable[str]]
    #: the posts that are alike, with their cosines
    alike: Callable[[Alike], Mapping[int, float]]


@lru_cache(maxsize=50_000)
def encode_term(field_name: str, token: str) -> str:
    """The token under which a field's value lies in the column `terms`."""
    return (field_name + _SEPARATOR + token).translate(_SIGNS)


def decode_term(field_name: str, term: str) -> str:
    """The value in such a token."""
    value = term[len(encode_term(field_name, "")) :]
    return "".join(chr(ord(c) - 0xE100) if "\ue100" <= c < "\ue180" else c for c in value)


@dataclass(frozen=True, slots=True)
class Compiled:
    """`match` is an FTS5 expression or None; `sql` a condition on `p` (posts) or ''."""

    match: str | None = None
    sql: str = ""
    parameters: tuple[Parameter, ...] = ()
    ranked: bool = False  #: whether words of the text are asked for

    def as_sql(self) -> Compiled:
        """The same with everything in the condition, for use below OR and NOT."""
        if self.match is None:
            return Compiled(None, self.sql or "1", self.parameters)
        inner = "p.id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        condition = f"({inner} AND {self.sql})" if self.sql else inner
        return Compiled(None, condition, (self.match, *self.parameters))


def compile_tree(tree: Node, lookup: Lookup) -> Compiled:
    """The query for SQLite. `lookup` asks the index for what it alone knows."""
    compiled = _compile(tree, lookup)
    ranked = any(_is_text(leaf) for leaf in iter_leaves(tree))
    return Compiled(compiled.match, compiled.sql, compiled.parameters, ranked)


def ranking_matches(tree: Node, lookup: Lookup) -> list[str]:
    """The words of the text that speak for a post: an FTS5 expression each."""
    return [_leaf(leaf, lookup) for leaf in iter_leaves(tree) if _is_text(leaf)]


def _is_text(node: Node) -> bool:
    return getattr(node, "field", None) == TEXT


def _compile(node: Node, lookup: Lookup) -> Compiled:
    match node:
        case Everything():
            return Compiled(None, "")
        case Phrase() | Near() | Wildcard() | Fuzzy() | Within():
            return Compiled(_leaf(node, lookup))
        case Between():
            return _between(node, f"p.{node.field}")
        case Alike():
            ids = json.dumps(sorted(lookup.alike(node)))
            return Compiled(None, "p.id IN (SELECT value FROM json_each(?))", (ids,))
        case OnePrice(inner):
            condition, parameters = _price_condition(inner)
            sql = f"EXISTS (SELECT 1 FROM prices q WHERE q.post = p.id AND {condition})"
            if isinstance(inner, Phrase):
                return Compiled(_leaf(inner, lookup))
            return Compiled(None, sql, parameters)
        case OneRoute(And() as inner):
            legs = _compile(inner, lookup).match or _NOTHING
            sql = f"p.id IN (SELECT rowid / {MAX_ROUTES} FROM legs WHERE legs MATCH ?)"
            return Compiled(legs, sql, (legs,))
        case OneRoute(inner):
            return _compile(inner, lookup)
        case And(children):
            return _and(children, lookup)
        case Or(children):
            return _or([_compile(child, lookup) for child in children])
        case Not(child):
            inner_sql = _compile(child, lookup).as_sql()
            return Compiled(None, f"NOT {_bracketed(inner_sql.sql)}", inner_sql.parameters)
        case _:
            assert_never(node)


def _and(children: Iterable[Node], lookup: Lookup) -> Compiled:
    wanted: list[str] = []
    unwanted: list[str] = []
    conditions: list[str] = []
    parameters: list[Parameter] = []
    for child in children:
        negated = isinstance(child, Not)
        part = _compile(child.child if isinstance(child, Not) else child, lookup)
        if part.match is not None and not part.sql:
            (unwanted if negated else wanted).append(f"({part.match})")
            continue
        if negated:
            part = part.as_sql()
            conditions.append(f"NOT {_bracketed(part.sql)}")
        else:
            if part.match is not None:
                wanted.append(f"({part.match})")
            if part.sql:
                conditions.append(part.sql)
        parameters += part.parameters
    if unwanted and not wanted:
        conditions.append("p.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
        parameters.append(" OR ".join(unwanted))
        unwanted = []
    expression = " AND ".join(wanted) or None
    if unwanted:
        expression = f"({expression}) NOT ({' OR '.join(unwanted)})"
    return Compiled(expression, " AND ".join(conditions), tuple(parameters))


def _or(parts: list[Compiled]) -> Compiled:
    if any(part.match is None and not part.sql for part in parts):
        return Compiled(None, "")  # one of them finds everything
    words = [f"({part.match})" for part in parts if part.match is not None and not part.sql]
    if len(words) == len(parts):
        return Compiled(" OR ".join(words))
    rest = [part.as_sql() for part in parts if part.sql]
    if words:
        rest.append(Compiled(" OR ".join(words)).as_sql())
    condition = " OR ".join(_bracketed(part.sql) for part in rest)
    return Compiled(None, f"({condition})", tuple(p for part in rest for p in part.parameters))


def _leaf(node: Node, lookup: Lookup) -> str:
    match node:
        case Phrase(name, words, partial):
            phrase = _quoted(" ".join(_encoded(name, word) for word in words))
            return f"{_column(name)} : {phrase}{' *' if partial else ''}"
        case Near(name, words, slop):
            # FTS5 counts every word between the first and the last, the sought ones too.
            near = " ".join(_quoted(_encoded(name, word)) for word in words)
            return f"{_column(name)} : NEAR({near}, {slop + len(words) - 2})"
        case Wildcard() | Fuzzy():
            found = [_quoted(_encoded(node.field, token)) for token in lookup.expand(node)]
            return f"{_column(node.field)} : ({' OR '.join(found) or _NOTHING})"
        case Within():
            found = [_quoted(encode_term(SPOT, spot)) for spot in lookup.expand(node)]
            return f"terms : ({' OR '.join(found) or _NOTHING})"
        case _:
            raise TypeError(f"no leaf of words: {node}")


def _column(name: str) -> str:
    return "body" if name == TEXT else "terms"


def _encoded(name: str, token: str) -> str:
    return token if name == TEXT else encode_term(name, token)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _bracketed(sql: str) -> str:
    return f"({sql})"


def _between(node: Between, column: str) -> Compiled:
    conditions = [f"{column} IS NOT NULL"]
    parameters: list[Parameter] = []
    for bound, sign in (
        (node.low, ">=" if node.include_low else ">"),
        (node.high, "<=" if node.include_high else "<"),
    ):
        if bound is not None:
            conditions.append(f"{column} {sign} ?")
            parameters.append(bound)
    return Compiled(None, f"({' AND '.join(conditions)})", tuple(parameters))


def _price_condition(node: Node) -> tuple[str, tuple[Parameter, ...]]:
    """The inner tree of OnePrice over one row `q` of prices. It holds no NOT."""
    match node:
        case Between():
            part = _between(node, "q.amount")
            return part.sql, part.parameters
        case Phrase("currency", (code,)):
            return "(q.currency IS NOT NULL AND q.currency = ?)", (code,)
        case And(children) | Or(children):
            parts = [_price_condition(child) for child in children]
            joined = (" AND " if isinstance(node, And) else " OR ").join(sql for sql, _ in parts)
            return f"({joined})", tuple(p for _, parameters in parts for p in parameters)
        case _:
            raise TypeError(f"not about a price: {node}")
