"""The query language: Lucene syntax over the words of a post and the fields around it.

`to:GB AND price:[1000 TO 3000] AND "pay after arrival"~2 AND (lorry OR قایق~1) NOT lang:en`

What is worth knowing beyond Lucene's own manual:

- Words beside each other must all be there: `to:GB mode:sea` means both. `+` changes
  nothing then; `-` and `NOT` exclude.
- Inside `a OR b OR +c OR -d`, `+c` must hold and `-d` must not, as in Lucene.
- `price:` and `currency:` clauses that stand side by side speak of the *same* price, and
  `from:`, `via:` and `to:` of the *same* route. Brackets part them:
  `(price:1000 currency:GBP) (price:500 currency:EUR)` asks for two prices.
  A `NOT` always speaks of the whole post.
- `"a b"~2`: both words in any order with at most two other words among them.
- `word~`, `word~1`, `word~2`: so many letters changed, left out, added or swapped;
  without a number none below three letters, one up to five, two above. Letters that
  writers of its script exchange (ق for غ, `sh` for `s`, ы for и) count as no change.
- `like:"boat to England, pay after arrival"`: posts that say much the same, in whatever
  language; `like:"…"~90` asks for a likeness of 0.90 or more instead of the default, and
  `like:42` is like post 42 (and is not post 42). Only offers have a meaning kept.
- `price_gbp:[1000 TO 3000]`: the price in whatever currency, converted by a dated table; a
  single number means about so much (one in a hundred more or less).
- `near:"Dunkirk~50km"` (or `30mi`): posts that name a place at most so far away.
- A name of a place outside quotes finds the posts that name it in any language, and a
  Latin word the same sounds in other scripts; `translit:off` leaves the latter out,
  and so does a query of more than 64 words.
- `field:*` finds the posts that have the field at all; `*` or nothing finds every post.
- Dates are UTC; `posted:2026-03` is the whole month, `posted:[now-7d TO now]` a week. What
  is relative is fixed when the query is parsed.
"""

from __future__ import annotations

import difflib
from datetime import UTC, datetime

import luqum.tree as lucene

from crawler.errors import InvalidQuery
from crawler.types import Query
from index import query_resolved as resolved
from index import query_values as values
from index.fields import QUERY_FIELDS
from index.query_leaves import MAX_PHRASE, MAX_SOUNDED, NUMBERS, PRICE_IN, LeafReader, plain
from index.query_nest import all_of, nest
from index.query_scan import check_size, parse_lucene
from index.query_tree import TEXT, And, Everything, Node, Not, Or
from index.resolve import Resolver

__all__ = ["MAX_DEAR", "MAX_PHRASE", "MAX_SOUNDED", "parse_query"]

#: Clauses of like:, near: and price_gbp: and its kind in one query.
MAX_DEAR = 10


def parse_query(
    text: str, *, now: datetime | None = None, resolver: Resolver | None = None
) -> Query:
    """The query, checked and ready for any backend.

    Args:
        text: Lucene syntax as the module describes it; blank finds everything.
        now: what `now` means in dates; the present moment when left out.
        resolver: knows meanings, places and rates; without it `like:` is refused.

    Raises:
        InvalidQuery: it cannot be understood or asks too much; says what to write instead.
    """
    try:
        if not text.strip() or text.strip() == "*":
            return Query(text, Everything())
        check_size(text)
        reading = _Reading(text, now or datetime.now(UTC), resolver or Resolver())
        tree = reading.read(parse_lucene(text))
    except RecursionError as e:
        raise InvalidQuery(text, "too deeply nested; use fewer brackets and operators") from e
    if tree is None:
        raise InvalidQuery(text, "there is no word or number in it to search for")
    return Query(text, nest(tree))


class _Reading:
    """Turns luqum's operators into ours. None: words without a letter or digit in them."""

    def __init__(self, text: str, now: datetime, resolver: Resolver) -> None:
        self.resolver = resolver
        self.leaves = LeafReader(text, now, resolver)
        self.dear = 0  # clauses met that cost as much as fifty others

    def read(self, item: lucene.Item, field: str = TEXT) -> Node | None:
        match item:
            case lucene.SearchField():
                return self.search_field(item, field)
            case lucene.BaseGroup():
                if field == "contact" and (number := _spaced_number(item.children[0])):
                    return values.find_contact(number)
                inner = self.read(item.children[0], field)
                # An And of one, so that `_nest` sees where brackets were.
                bracketed = inner is not None and field == TEXT and not isinstance(inner, Or)
                return And((inner,)) if bracketed and inner is not None else inner
            case lucene.OrOperation():
                return self.either(item, field)
            case lucene.AndOperation() | lucene.UnknownOperation():
                return all_of(self.operands(item, field))
            case lucene.Plus() if field == "contact" and isinstance(item.a, lucene.Word):
                return self.read(lucene.Word(f"+{item.a.value}", pos=item.pos), field)
            case lucene.Plus():
                return self.read(item.a, field)
            case lucene.Not() | lucene.Prohibit():
                if field in NUMBERS:
                    raise self.leaves.fault(
                        item, f"{field} takes no negative value; exclude by -{field}:"
                    )
                inner = self.read(item.a, field)
                return None if inner is None else Not(inner)
            case lucene.Range() | lucene.From() | lucene.To():
                return self.leaves.in_range(item, field)
            case lucene.Proximity():
                return self.leaves.near(item, field)
            case lucene.Fuzzy():
                return self.leaves.fuzzy(item, field)
            case lucene.Phrase():
                return self.leaves.value(item, field, plain(item.value[1:-1]))
            case lucene.Word():
                return self.leaves.word(item, field)
            case lucene.Regex():
                raise self.leaves.fault(
                    item,
                    "regular expressions are not searched for; use * and ?, or put quotes "
                    "around an address",
                )
            case lucene.Boost():
                raise self.leaves.fault(item, "'^' (weights) is not used here; leave it out")
            case _:
                raise self.leaves.fault(item, "this part cannot be understood")

    def search_field(self, item: lucene.SearchField, field: str) -> Node | None:
        name = item.name.lower()
        currency = PRICE_IN.fullmatch(name)
        if field != TEXT:
            raise self.leaves.fault(
                item, f"'{name}:' stands inside '{field}:'; give each its own value"
            )
        if item.name == "*" and isinstance(item.expr, lucene.Word) and item.expr.value == "*":
            return Everything()
        if currency:
            try:
                resolved.check_currency(self.resolver, currency[1].upper())
            except ValueError as e:
                raise self.leaves.fault(item, str(e)) from e
        elif name not in QUERY_FIELDS:
            near = difflib.get_close_matches(name, QUERY_FIELDS, n=1, cutoff=0.5)
            if isinstance(item.expr, lucene.Regex):
                hint = "put quotes around an address"
            elif near:
                hint = f"did you mean '{near[0]}:'?"
            else:
                hint = f"the fields are {', '.join(QUERY_FIELDS)}"
            raise self.leaves.fault(item, f"there is no field '{item.name}'; {hint}")
        if currency or name in ("like", "near"):
            self.dear += 1
            if self.dear > MAX_DEAR:
                raise self.leaves.fault(
                    item,
                    f"more than {MAX_DEAR} clauses of like:, near: and converted prices;"
                    " split the query",
                )
        return self.read(item.expr, name)

    def operands(self, item: lucene.BaseOperation, field: str) -> list[Node]:
        """The operands of AND, those of inner ANDs without brackets among them."""
        found: list[Node] = []
        for child in item.children:
            if isinstance(child, lucene.AndOperation | lucene.UnknownOperation):
                found += self.operands(child, field)
            elif (node := self.read(child, field)) is not None and not _is_option(child):
                found.append(node)
        return found

    def either(self, item: lucene.OrOperation, field: str) -> Node | None:
        must: list[Node] = []
        may: list[Node] = []
        for child in item.children:
            node = self.read(child, field)
            if node is None:
                continue
            required = isinstance(child, lucene.Prohibit) or (
                isinstance(child, lucene.Plus) and field != "contact"
            )
            (must if required else may).append(node)
        if not must:
            return None if not may else may[0] if len(may) == 1 else Or(tuple(may))
        if all(isinstance(node, Not) for node in must) and may:
            must.append(may[0] if len(may) == 1 else Or(tuple(may)))
        return all_of(must)  # beside what must hold, the rest is no condition any more


def _is_option(item: lucene.Item) -> bool:
    return isinstance(item, lucene.SearchField) and item.name.lower() == "translit"


def _spaced_number(item: lucene.Item) -> str:
    """`contact:(+44 7700 900123)` is one number, written apart."""
    if not isinstance(item, lucene.UnknownOperation):
        return ""
    parts = [
        f"+{child.a.value}" if isinstance(child, lucene.Plus) else child.value
        for child in item.children
        if isinstance(child, lucene.Word)
        or (isinstance(child, lucene.Plus) and isinstance(child.a, lucene.Word))
    ]
    number = " ".join(parts)
    return number if len(parts) == len(item.children) and values.phone_digits(number) else ""
