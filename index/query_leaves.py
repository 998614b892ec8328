"""Reads one value of a query with its field: a word, a phrase, a range, a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import luqum.tree as lucene

from crawler.errors import InvalidQuery
from crawler.folding import FOLDS
from index import query_resolved as resolved
from index import query_values as values
from index.analyser import Sought, sought
from index.fields import ROUTE_FIELDS, account, keyword
from index.likeness import DEFAULT_MINIMUM
from index.query_tree import (
    TEXT,
    Between,
    Everything,
    Fuzzy,
    Near,
    Node,
    NumberField,
    Or,
    Phrase,
    Wildcard,
)
from index.resolve import Resolver

MAX_PHRASE = 200
#: In a query of more words than this, Latin words are not looked for in other scripts: each
#: would be up to 64 more.
MAX_SOUNDED = 64
#: The fields of numbers, times among them.
NUMBERS = ("price", "id", "probability", "posted", "seen")
PRICE_IN = re.compile("price_([a-z]{3})")

#: Fields whose values are one word each, whatever signs stand in them.
_ONE_WORD = ("contact", "author", "source", "platform", "lang", "advertiser")
_DATES = ("posted", "seen")
_WILDCARD = re.compile(r"(?<!\\)[*?]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NO_STAR = {
    "like": "a sentence in quotes, or the number of a post",
    "near": 'the name of a place and a distance: near:"Dunkirk~50km"',
    "translit": "on or off",
}
_OPERATORS = {"&&": "AND", "||": "OR", "!": "NOT"}


class LeafReader:
    """Turns luqum's leaves into ours. None: words without a letter or digit in them.

    Args:
        text: the whole query, for its faults.
        now: what `now` means in dates.
        resolver: knows meanings, places and rates.
    """

    def __init__(self, text: str, now: datetime, resolver: Resolver) -> None:
        self.text = text
        self.now = now
        self.resolver = resolver
        #: whether Latin words are looked for in other scripts too
        off = re.search(r"(?<![\w:])translit:off\b", text, re.IGNORECASE)
        self.translit = not off and len(text.split()) <= MAX_SOUNDED

    def fault(self, item: lucene.Item, message: str) -> InvalidQuery:
        """The error of a part, with its column."""
        column = item.pos + 1 if getattr(item, "pos", None) is not None else None
        return InvalidQuery(self.text, message, column=column)

    def _guarded(self, item: lucene.Item, read: Callable[[], Node]) -> Node:
        try:
            return read()
        except InvalidQuery:
            raise
        except ValueError as e:
            raise self.fault(item, str(e)) from e

    def word(self, item: lucene.Word, field: str) -> Node | None:
        """A word without quotes: a value, a pattern, or `*`."""
        written = item.value
        if written == "*" and field in _NO_STAR:
            raise self.fault(item, f"'{field}:' needs {_NO_STAR[field]}")
        if written == "*" and PRICE_IN.fullmatch(field):
            field = "price"
        if written == "*":
            return Everything() if field == TEXT else self._has(field)
        if field == TEXT and (written in _OPERATORS or written.startswith("!")):
            operator = _OPERATORS.get(written, "NOT")
            raise self.fault(item, f"write {operator} instead of '{written[:2]}'")
        if re.search(r'(?<!\\)"', written):
            raise self.fault(item, "a quote stands inside a word; put a space before it")
        if field in ("like", "near", "translit"):
            return self.value(item, field, plain(written))
        if _WILDCARD.search(written) and not (field == "contact" and "/" in written):
            return self._wildcard(item, field, written)
        return self.value(item, field, plain(written))

    def _has(self, field: str) -> Node:
        if field in ("id", "seen", "probability"):
            return Everything()
        if field == "author":
            return Or((Phrase("has", ("author",)), Phrase("has", ("author_name",))))
        return Phrase("has", (field,))

    def value(self, item: lucene.Item, field: str, written: str) -> Node | None:
        """A word or a phrase, as the field takes it."""
        if field == TEXT:
            words = self._words(item, written)
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
        return self._guarded(item, lambda: self._field_value(field, written))

    def _field_value(self, field: str, written: str) -> Node:
        if field in _DATES:
            span = values.read_span(written, self.now)
            return values.between_times(field, span, span)
        if field in ("price", "id", "probability"):
            number = self._number(field, written)
            return _between(field, number, number)
        if PRICE_IN.fullmatch(field):
            number = self._number("price", written)
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

    def _number(self, field: str, written: str) -> float:
        number = values.read_number(field, written)
        if field == "id" and not number.is_integer():
            raise ValueError(f"'{written}' is no whole number")
        return number

    def _words(self, item: lucene.Item, written: str) -> Sought:
        words = sought(written)
        if len(words.tokens) > MAX_PHRASE:
            raise self.fault(item, f"a phrase of more than {MAX_PHRASE} words")
        return words

    def in_range(self, item: lucene.Item, field: str) -> Node:
        """A range, closed or open."""
        if field not in NUMBERS and not PRICE_IN.fullmatch(field):
            raise self.fault(item, f"ranges are for {', '.join(NUMBERS)}")
        low, high, include_low, include_high = None, None, True, True
        match item:
            case lucene.Range():
                low, high = self._end(item.low, field), self._end(item.high, field)
                include_low, include_high = item.include_low, item.include_high
            case lucene.From():
                low, include_low = self._end(item.a, field), item.include
            case lucene.To():
                high, include_high = self._end(item.a, field), item.include

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
                None if low is None else self._number(field, low),
                None if high is None else self._number(field, high),
                include_low=include_low,
                include_high=include_high,
            )

        node = self._guarded(item, make)
        if isinstance(node, Between) and None not in (node.low, node.high):
            assert node.low is not None  # noqa: S101 - for the type checker
            assert node.high is not None  # noqa: S101
            if node.low > node.high:
                raise self.fault(item, "the range begins after its end")
        if isinstance(node, Between) and PRICE_IN.fullmatch(field):
            return resolved.converted(self.resolver, field, node)
        return node

    def _end(self, item: lucene.Item, field: str) -> str | None:
        if isinstance(item, lucene.Word | lucene.Phrase):
            written = plain(item.value.strip('"'))
            return None if written == "*" else written
        raise self.fault(item, f"'{item}' is no end of a range of {field}")

    def _wildcard(self, item: lucene.Word, field: str, written: str) -> Node:
        if field in NUMBERS or field in values.CHOICES or field == "currency":
            raise self.fault(item, f"{field} takes no * or ?; write the value, or a range")
        if written[0] in "*?":
            raise self.fault(
                item, "a word cannot begin with * or ?; that would read every word there is"
            )
        if field == "contact":
            written = written.removeprefix("@").removeprefix("+")
        pattern = "".join(
            part if part in "*?" else FOLDS[ord(plain(part)[0])]
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
        """A word with `~`."""
        if field == "near":
            raise self.fault(item, 'put name and distance in quotes: near:"Dunkirk~50km"')
        if field == "translit" or PRICE_IN.fullmatch(field):
            raise self.fault(item, f"{field} takes no '~'")
        if field == "like":
            raise self.fault(item, "put the sentence in quotes before '~': like:\"…\"~90")
        if not isinstance(item.term, lucene.Word):
            raise self.fault(item, "'~' follows a word or a phrase in quotes")
        if field in NUMBERS or field in values.CHOICES or field == "currency":
            raise self.fault(item, f"{field} takes no '~'")
        written = plain(item.term.value)
        words = self._words(item, written).tokens
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
        """A phrase with `~`: nearness, likeness or a distance."""
        if field == "like":
            if not 50 <= item.degree <= 99:
                raise self.fault(item, f"'~{item.degree}': a likeness is ~50 to ~99, in hundredths")
            written = plain(item.term.value[1:-1])
            return self._guarded(
                item, lambda: resolved.alike(self.resolver, written, item.degree / 100)
            )
        if field == "near":
            name = plain(item.term.value[1:-1])
            return self._guarded(
                item, lambda: resolved.within(self.resolver, name, float(item.degree))
            )
        if field != TEXT:
            raise self.fault(item, f"nearness is for the words of the post, not for {field}")
        words = self._words(item, plain(item.term.value[1:-1]))
        apart = tuple(dict.fromkeys(words.tokens))
        if words.partial or len(apart) < 2:
            return Phrase(TEXT, words.tokens, words.partial) if words.tokens else None
        return Near(TEXT, apart, min(item.degree, 10_000))


def plain(written: str) -> str:
    """What was written, without the signs that take the meaning from others."""
    return _ESCAPE.sub(r"\1", written)


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
