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
import re
from collections.abc import Callable
from datetime import UTC, datetime

import luqum.tree as lucene

from crawler.errors import InvalidQuery
from crawler.folding import FOLDS
from crawler.types import Query
from index import query_resolved as resolved
from index import query_values as values
from index.analyser import Sought, sought
from index.fields import PRICE_FIELDS, QUERY_FIELDS, ROUTE_FIELDS, account, keyword
from index.likeness import DEFAULT_MINIMUM
from index.query_scan import check_size, parse_lucene
from index.query_tree import (
    TEXT,
    And,
    Between,
    Everything,
    Fuzzy,
    Near,
    Node,
    Not,
    NumberField,
    OnePrice,
    OneRoute,
    Or,
    Phrase,
    Wildcard,
)
from index.resolve import Resolver

MAX_PHRASE = 200
#: In a query of more words than this, Latin words are not looked for in other scripts: each
#: would be up to 64 more.
MAX_SOUNDED = 64
#: Clauses of like:, near: and price_gbp: and its kind in one query.
MAX_DEAR = 10

#: Fields whose values are one word each, whatever signs stand in them.
_ONE_WORD = ("contact", "author", "source", "platform", "lang", "advertiser")
_DATES = ("posted", "seen")
_NUMBERS = ("price", "id", "probability", *_DATES)
_PRICE_IN = re.compile("price_([a-z]{3})")
_WILDCARD = re.compile(r"(?<!\\)[*?]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NO_STAR = {
    "like": "a sentence in quotes, or the number of a post",
    "near": 'the name of a place and a distance: near:"Dunkirk~50km"',
    "translit": "on or off",
}
_OPERATORS = {"&&": "AND", "||": "OR", "!": "NOT"}


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
    return Query(text, _nest(tree))


class _Reading:
    """Turns luqum's nodes into ours. None: words without a letter or digit in them."""

    def __init__(self, text: str, now: datetime, resolver: Resolver) -> None:
        self.text = text
        self.now = now
        self.resolver = resolver
        #: whether Latin words are looked for in other scripts too
        off = re.search(r"(?<![\w:])translit:off\b", text, re.IGNORECASE)
        self.translit = not off and len(text.split()) <= MAX_SOUNDED
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
                return _all(self.operands(item, field))
            case lucene.Plus() if field == "contact" and isinstance(item.a, lucene.Word):
                return self.read(lucene.Word(f"+{item.a.value}", pos=item.pos), field)
            case lucene.Plus():
                return self.read(item.a, field)
            case lucene.Not() | lucene.Prohibit():
                if field in _NUMBERS:
                    raise self.fault(item, f"{field} takes no negative value; exclude by -{field}:")
                inner = self.read(item.a, field)
                return None if inner is None else Not(inner)
            case lucene.Range() | lucene.From() | lucene.To():
                return self.in_range(item, field)
            case lucene.Proximity():
                return self.near(item, field)
            case lucene.Fuzzy():
                return self.fuzzy(item, field)
            case lucene.Phrase():
                return self.value(item, field, _plain(item.value[1:-1]))
            case lucene.Word():
                return self.word(item, field)
            case lucene.Regex():
                raise self.fault(
                    item,
                    "regular expressions are not searched for; use * and ?, or put quotes "
                    "around an address",
                )
            case lucene.Boost():
                raise self.fault(item, "'^' (weights) is not used here; leave it out")
            case _:
                raise self.fault(item, "this part cannot be understood")

    def fault(self, item: lucene.Item, message: str) -> InvalidQuery:
        column = item.pos + 1 if getattr(item, "pos", None) is not None else None
        return InvalidQuery(self.text, message, column=column)

    def guarded(self, item: lucene.Item, read: Callable[[], Node]) -> Node:
        try:
            return read()
        except InvalidQuery:
            raise
        except ValueError as e:
            raise self.fault(item, str(e)) from e

    # operators

    def search_field(self, item: lucene.SearchField, field: str) -> Node | None:
        name = item.name.lower()
        currency = _PRICE_IN.fullmatch(name)
        if field != TEXT:
            raise self.fault(item, f"'{name}:' stands inside '{field}:'; give each its own value")
        if item.name == "*" and isinstance(item.expr, lucene.Word) and item.expr.value == "*":
            return Everything()
        if currency:
            try:
                resolved.check_currency(self.resolver, currency[1].upper())
            except ValueError as e:
                raise self.fault(item, str(e)) from e
        elif name not in QUERY_FIELDS:
            near = difflib.get_close_matches(name, QUERY_FIELDS, n=1, cutoff=0.5)
            if isinstance(item.expr, lucene.Regex):
                hint = "put quotes around an address"
            elif near:
                hint = f"did you mean '{near[0]}:'?"
            else:
                hint = f"the fields are {', '.join(QUERY_FIELDS)}"
            raise self.fault(item, f"there is no field '{item.name}'; {hint}")
        if currency or name in ("like", "near"):
            self.dear += 1
            if self.dear > MAX_DEAR:
                raise self.fault(
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
        return _all(must)  # beside what must hold, the rest is no condition any more

    # values

    def word(self, item: lucene.Word, field: str) -> Node | None:
        written = item.value
        if written == "*" and field in _NO_STAR:
            raise self.fault(item, f"'{field}:' needs {_NO_STAR[field]}")
        if written == "*" and _PRICE_IN.fullmatch(field):
            field = "price"
        if written == "*":
            return Everything() if field == TEXT else self.has(field)
        if field == TEXT and (written in _OPERATORS or written.startswith("!")):
            operator = _OPERATORS.get(written, "NOT")
            raise self.fault(item, f"write {operator} instead of '{written[:2]}'")
        if re.search(r'(?<!\\)"', written):
            raise self.fault(item, "a quote stands inside a word; put a space before it")
        if field in ("like", "near", "translit"):
            return self.value(item, field, _plain(written))
        if _WILDCARD.search(written) and not (field == "contact" and "/" in written):
            return self.wildcard(item, field, written)
        return self.value(item, field, _plain(written))

    def has(self, field: str) -> Node:
        if field in ("id", "seen", "probability"):
            return Everything()
        if field == "author":
            return Or((Phrase("has", ("author",)), Phrase("has", ("author_name",))))
        return Phrase("has", (field,))

    def value(self, item: lucene.Item, field: str, written: str) -> Node | None:
        if field == TEXT:
            words = self.words(item, written)
            if not words.tokens:
                return None
            literal = Phrase(TEXT, words.tokens, words.partial)
            return (
                resolved.widened(self.resolver, literal, translit=self.translit)
                if isinstance(item, lucene.Word)
                else literal
            )
        if not written.strip():
            raise self.fault(item, f"'{field}:' needs a value")
        return self.guarded(item, lambda: self.field_value(field, written))

    def field_value(self, field: str, written: str) -> Node:
        if field in _DATES:
            span = values.read_span(written, self.now)
            return values.between_times(field, span, span)
        if field in ("price", "id", "probability"):
            number = self.number(field, written)
            return _between(field, number, number)
        if _PRICE_IN.fullmatch(field):
            number = self.number("price", written)
            return resolved.converted(self.resolver, field, _between("price", number, number))
        if field == "near":
            return resolved.within(self.resolver, written)
        if field == "translit":
            if keyword(written) not in ("on", "off"):
                raise ValueError(f"'{written}': translit is on or off")
            return Everything()
        if field == "place":
            return values.find_place(field, written, resolved.named(self.resolver, field, written))
        if field in values.CHOICES:
            return values.choose(field, written)
        if field == "currency":
            return values.read_currency(written)
        if field == "contact":
            return values.find_contact(written)
        if field == "author":
            return values.find_author(written)
        if field == "like":
            return resolved.alike(self.resolver, written, DEFAULT_MINIMUM)
        if field in ROUTE_FIELDS:
            return values.find_place(field, written, resolved.named(self.resolver, field, written))
        return Phrase(field, (keyword(written),))

    def number(self, field: str, written: str) -> float:
        number = values.read_number(field, written)
        if field == "id" and not number.is_integer():
            raise ValueError(f"'{written}' is no whole number")
        return number

    def words(self, item: lucene.Item, written: str) -> Sought:
        words = sought(written)
        if len(words.tokens) > MAX_PHRASE:
            raise self.fault(item, f"a phrase of more than {MAX_PHRASE} words")
        return words

    def in_range(self, item: lucene.Item, field: str) -> Node:
        if field not in _NUMBERS and not _PRICE_IN.fullmatch(field):
            raise self.fault(item, f"ranges are for {', '.join(_NUMBERS)}")
        low, high, include_low, include_high = None, None, True, True
        match item:
            case lucene.Range():
                low, high = self.end(item.low, field), self.end(item.high, field)
                include_low, include_high = item.include_low, item.include_high
            case lucene.From():
                low, include_low = self.end(item.a, field), item.include
            case lucene.To():
                high, include_high = self.end(item.a, field), item.include

        def make() -> Node:
            if field in _DATES:
                return values.between_times(
                    field,
                    None if low is None else values.read_span(low, self.now),
                    None if high is None else values.read_span(high, self.now),
                    include_low=include_low,
                    include_high=include_high,
                )
            return _between(
                field,
                None if low is None else self.number(field, low),
                None if high is None else self.number(field, high),
                include_low=include_low,
                include_high=include_high,
            )

        node = self.guarded(item, make)
        if isinstance(node, Between) and None not in (node.low, node.high):
            assert node.low is not None  # noqa: S101 - for the type checker
            assert node.high is not None  # noqa: S101
            if node.low > node.high:
                raise self.fault(item, "the range begins after its end")
        if isinstance(node, Between) and _PRICE_IN.fullmatch(field):
            return resolved.converted(self.resolver, field, node)
        return node

    def end(self, item: lucene.Item, field: str) -> str | None:
        if isinstance(item, lucene.Word | lucene.Phrase):
            written = _plain(item.value.strip('"'))
            return None if written == "*" else written
        raise self.fault(item, f"'{item}' is no end of a range of {field}")

    def wildcard(self, item: lucene.Word, field: str, written: str) -> Node:
        if field in _NUMBERS or field in values.CHOICES or field == "currency":
            raise self.fault(item, f"{field} takes no * or ?; write the value, or a range")
        if written[0] in "*?":
            raise self.fault(
                item, "a word cannot begin with * or ?; that would read every word there is"
            )
        if field == "contact":
            written = written.removeprefix("@").removeprefix("+")
        pattern = "".join(
            part if part in "*?" else FOLDS[ord(_plain(part)[0])]
            for part in re.findall(r"\\.|[^\\]", written, re.DOTALL)
        )
        inside = pattern.replace("*", "").replace("?", "")
        target = {
            "author": "author",
            "from": "from_name",
            "to": "to_name",
            "via": "via_name",
        }.get(field, field)
        if not inside or not (field in _ONE_WORD or len(sought(inside).tokens) == 1):
            raise self.fault(item, "* and ? stand inside one word, of letters and digits")
        simple = pattern.endswith("*") and not _WILDCARD.search(pattern[:-1])

        def leaf(name: str) -> Node:
            return Phrase(name, (pattern[:-1],), True) if simple else Wildcard(name, pattern)

        if field == "author":
            return Or((leaf("author"), leaf("author_name")))
        return leaf(target)

    def fuzzy(self, item: lucene.Fuzzy, field: str) -> Node:
        if field == "near":
            raise self.fault(item, 'put name and distance in quotes: near:"Dunkirk~50km"')
        if field == "translit" or _PRICE_IN.fullmatch(field):
            raise self.fault(item, f"{field} takes no '~'")
        if field == "like":
            raise self.fault(item, "put the sentence in quotes before '~': like:\"…\"~90")
        if not isinstance(item.term, lucene.Word):
            raise self.fault(item, "'~' follows a word or a phrase in quotes")
        if field in _NUMBERS or field in values.CHOICES or field == "currency":
            raise self.fault(item, f"{field} takes no '~'")
        written = _plain(item.term.value)
        words = self.words(item, written).tokens
        whole = account(written) if field in _ONE_WORD else ""
        if len(words) != 1 and not whole:
            raise self.fault(item, "'~' after several words; put them in quotes for nearness")
        token = whole or words[0]
        degree = item.degree
        if item._implicit_degree:  # noqa: SLF001 - luqum keeps it nowhere else
            distance = 0 if len(token) < 3 else 1 if len(token) < 6 else 2
        elif degree in (0, 1, 2):
            distance = int(degree)
        else:
            raise self.fault(item, f"'~{degree}': write ~1 or ~2, the letters that may differ")
        if field in ("from", "to", "via"):
            return resolved.respelled(Fuzzy(f"{field}_name", token, distance))
        if field in (TEXT, "place"):
            return resolved.respelled(Fuzzy(field, token, distance))
        if field == "author" and len(words) == 1:
            return Or((Fuzzy(field, token, distance), Fuzzy("author_name", words[0], distance)))
        return Fuzzy(field, token, distance)

    def near(self, item: lucene.Proximity, field: str) -> Node | None:
        if field == "like":
            if not 50 <= item.degree <= 99:
                raise self.fault(item, f"'~{item.degree}': a likeness is ~50 to ~99, in hundredths")
            written = _plain(item.term.value[1:-1])
            return self.guarded(
                item, lambda: resolved.alike(self.resolver, written, item.degree / 100)
            )
        if field == "near":
            name = _plain(item.term.value[1:-1])
            return self.guarded(
                item, lambda: resolved.within(self.resolver, name, float(item.degree))
            )
        if field != TEXT:
            raise self.fault(item, f"nearness is for the words of the post, not for {field}")
        words = self.words(item, _plain(item.term.value[1:-1]))
        apart = tuple(dict.fromkeys(words.tokens))
        if words.partial or len(apart) < 2:
            return Phrase(TEXT, words.tokens, words.partial) if words.tokens else None
        return Near(TEXT, apart, min(item.degree, 10_000))


def _is_option(item: lucene.Item) -> bool:
    return isinstance(item, lucene.SearchField) and item.name.lower() == "translit"


def _plain(written: str) -> str:
    return _ESCAPE.sub(r"\1", written)


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


def _between(
    field: str,
    low: float | None,
    high: float | None,
    *,
    include_low: bool = True,
    include_high: bool = True,
) -> Between:
    name: NumberField = (
        "id" if field == "id" else "probability" if field == "probability" else "price"
    )
    return Between(name, low, high, include_low, include_high)


def _all(nodes: list[Node]) -> Node | None:
    return None if not nodes else nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _belongs(node: Node, fields: frozenset[str]) -> bool:
    """Whether a node without AND and NOT speaks of these fields only."""
    if isinstance(node, And | Not):
        return False
    if isinstance(node, Or):
        return all(_belongs(child, fields) for child in node.children)
    return getattr(node, "field", None) in fields


def _nest(node: Node) -> Node:
    """Ties the clauses of one price, and of one route, together."""
    if _belongs(node, PRICE_FIELDS):
        return OnePrice(node)
    if _belongs(node, ROUTE_FIELDS):
        return OneRoute(node)
    if isinstance(node, Not):
        return Not(_nest(node.child))
    if isinstance(node, Or):
        return Or(tuple(_nest(child) for child in node.children))
    if not isinstance(node, And):
        return node
    prices = [child for child in node.children if _belongs(child, PRICE_FIELDS)]
    routes = [child for child in node.children if _belongs(child, ROUTE_FIELDS)]
    tied = {id(child) for child in (*prices, *routes)}
    children = [_nest(child) for child in node.children if id(child) not in tied]
    if prices:
        children.append(OnePrice(_all(prices) or Everything()))
    if routes:
        children.append(OneRoute(_all(routes) or Everything()))
    return children[0] if len(children) == 1 else And(tuple(children))
