"""What a query means: its tree, and what each backend is asked. For `foreland search --explain`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.types import Query
from index import elastic_compile, sqlite_compile
from index.query_tree import (
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
)
from index.request import tree_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def explain(query: Query) -> str:
    """Several lines: the tree, the SQLite form, the Elasticsearch form.

    Words with `*` or `~` stand as they were written where SQLite would look them up first.
    """
    tree = tree_of(query)
    compiled = sqlite_compile.compile_tree(tree, sqlite_compile.Lookup(_pattern, _nobody))
    lines = ["meaning", *(f"  {line}" for line in _lines(tree, 0))]
    lines += ["sqlite", f"  MATCH {_shown(compiled.match or '-')}"]
    lines.append(f"  WHERE {_shown(compiled.sql or '-')}")
    if compiled.sql:
        lines.append(f"  with {json.dumps(compiled.parameters, ensure_ascii=False)}")
    asked = json.dumps(_shortened(elastic_compile.compile_tree(tree)), ensure_ascii=False, indent=2)
    lines += ["elasticsearch", *(f"  {line}" for line in asked.splitlines())]
    return "\n".join(lines)


def _lines(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    children: tuple[Node, ...] = ()
    match node:
        case And(children) if depth and not any(map(_has_children, children)):
            name, children = " and ".join(map(_leaf, children)), ()
        case And(children):
            name = "all of"
        case Or(children):
            name = "any of"
        case Not(child):
            name, children = "not", (child,)
        case OnePrice(inner):
            name, children = "one price", (inner,)
        case OneRoute(inner):
            name, children = "one route", (inner,)
        case _:
            name = _leaf(node)
    yield indent + name
    for child in children:
        yield from _lines(child, depth + 1)


def _has_children(node: Node) -> bool:
    return isinstance(node, And | Or | Not | OnePrice | OneRoute)


def _leaf(node: Node) -> str:
    match node:
        case Everything():
            return "every post"
        case Phrase(field, tokens, partial):
            return f"{field}: {' '.join(tokens)}{' and what begins so' if partial else ''}"
        case Near(field, tokens, slop):
            return f"{field}: {' '.join(tokens)} in any order, {slop} other words among them"
        case Wildcard(field, pattern):
            return f"{field}: words like {pattern}"
        case Fuzzy(field, token, distance):
            return f"{field}: words at most {distance} changes from {token}"
        case Between(field, low, high, include_low, include_high):
            signs = "[" if include_low else "{", "]" if include_high else "}"
            return f"{field}: {signs[0]}{_end(field, low)} to {_end(field, high)}{signs[1]}"
        case Alike(words, _, minimum):
            return f"meaning like {words!r}, cosine at least {minimum:.2f}"
        case Within(latitude, longitude, kilometres):
            return f"a place within {kilometres:g} km of {latitude:.4f}, {longitude:.4f}"
        case _:
            return type(node).__name__


def _end(field: str, number: float | None) -> str:
    if number is None:
        return "any"
    if field in ("posted", "seen"):
        try:
            moment = _EPOCH + timedelta(microseconds=number)
        except OverflowError:
            return f"{number:g}"
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{number:.10g}"


def _pattern(leaf: Wildcard | Fuzzy | Within) -> Iterable[str]:
    match leaf:
        case Wildcard(_, pattern):
            return (pattern,)
        case Fuzzy(_, token, distance):
            return (f"{token}~{distance}",)
        case Within():
            return ("spots within",)


def _nobody(leaf: Alike) -> Mapping[int, float]:
    del leaf
    return {}


def _shown(text: str) -> str:
    """SQLite's terms with readable signs in place of those of private use."""
    shown = []
    for character in text:
        point = ord(character)
        if 0xE100 <= point < 0xE180:
            character = chr(point - 0xE100)  # noqa: PLW2901
        elif character == "\ue000":
            character = ":"  # noqa: PLW2901
        elif character == "\ue002":
            character = "(nothing)"  # noqa: PLW2901
        shown.append(character)
    return "".join(shown)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: f"({len(inner)} numbers)" if key == "query_vector" else _shortened(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return value
