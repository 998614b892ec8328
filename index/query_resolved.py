"""The clauses of a query that ask more than the index: meanings, places, rates, sounds.

Each function gives a tree, or raises ValueError with a sentence for the analyst;
`index.query` adds the column.
"""

from __future__ import annotations

import difflib
import re

from index.analyser import sought
from index.fields import keyword
from index.habits import respellings
from index.latin import spellings
from index.query_tree import (
    Alike,
    And,
    Between,
    Fuzzy,
    Node,
    Not,
    OnePrice,
    Or,
    Phrase,
    Within,
)
from index.resolve import Resolver

#: `near:` without a distance.
_NEAR_KILOMETRES = 25.0
_MAX_KILOMETRES = 5000.0
_WITHIN = re.compile(
    r"(?P<name>.+?)\s*~\s*(?P<far>\d{1,5}(?:\.\d+)?)\s*(?P<unit>km|mi)?", re.DOTALL
)
_KILOMETRES = {None: 1.0, "km": 1.0, "mi": 1.609344}
#: A single sum in another currency means so much more or less.
_ABOUT = 0.01


def alike(resolver: Resolver, written: str, minimum: float) -> Node:
    """`like:`: a sentence, or a post by its number, which does not find itself."""
    if re.fullmatch(r"\d{1,18}", written):
        number = int(written)
        alike = Alike(f"post {number}", resolver.post(number), minimum)
        return And((alike, Not(Between("id", number, number))))
    return Alike(written, resolver.sentence(written), minimum)


def widened(resolver: Resolver, literal: Phrase, *, translit: bool) -> Node:
    """A word beside what means the same: the place it names, its sounds elsewhere."""
    wider: list[Node] = []
    if not literal.partial:
        wider += named(resolver, "place", " ".join(literal.tokens), bare=True)
    if translit and len(literal.tokens) == 1:
        wider += [Phrase("latin", (heard,)) for heard in spellings(literal.tokens[0])]
    return Or((literal, *wider)) if wider else literal


def respelled(word: Fuzzy) -> Node:
    """A fuzzy word beside its spellings by the habits of its script, which count as none."""
    if not word.distance:
        return word
    others = respellings(word.token)
    return Or((word, *(Phrase(word.field, (other,)) for other in others))) if others else word


def within(resolver: Resolver, written: str, far: float | None = None) -> Node:
    """`near:`: the posts that name a place within a distance of a named one."""
    name = written
    if far is None:
        match = _WITHIN.fullmatch(written)
        far = _NEAR_KILOMETRES
        if match:
            name = match["name"]
            far = float(match["far"]) * _KILOMETRES[match["unit"]]
        elif "~" in written:
            raise ValueError(f"'{written}': write a name and a distance, as in Dunkirk~50km")
    if not 0 < far <= _MAX_KILOMETRES:
        raise ValueError(f"a distance is above 0 and at most {_MAX_KILOMETRES:.0f} km")
    for found in resolver.find_places(name):
        place = found.place
        if place.latitude is not None and place.longitude is not None:
            return Within(place.latitude, place.longitude, round(far, 3))
    raise ValueError(f"no place on the map is known as '{name}'; write a town")


def check_currency(resolver: Resolver, code: str) -> None:
    """Whether prices can be converted to a currency.

    Raises:
        ValueError: there is no table of rates, or the currency is not in it.
    """
    rates = resolver.rates
    if rates is None:
        raise ValueError("prices cannot be converted here: there is no table of rates")
    if code not in rates:
        near = difflib.get_close_matches(code, rates.per_euro, n=1, cutoff=0.3)
        hint = f"did you mean 'price_{near[0].lower()}:'?" if near else "see the table"
        raise ValueError(f"{code} is not in the table of rates; {hint}")


def converted(resolver: Resolver, field: str, sums: Between) -> Node:
    """A range of money, in every currency of the table."""
    assert resolver.rates is not None  # noqa: S101 - `check_currency` saw to it
    code = field.removeprefix("price_").upper()
    low, high = sums.low, sums.high
    if low is not None and low == high:
        low, high = low * (1 - _ABOUT), low * (1 + _ABOUT)
    return OnePrice(
        Or(
            tuple(
                And(
                    (
                        Between("price", least, most, sums.include_low, sums.include_high),
                        Phrase("currency", (other.lower(),)),
                    )
                )
                for other, least, most in resolver.rates.ranges(code, low, high)
            )
        )
    )


def named(resolver: Resolver, field: str, name: str, *, bare: bool = False) -> list[Node]:
    """The likeliest place of this name in any language, as it stands in a field.

    `bare`: the name is a word of the query without a field. An everyday word then means
    itself, and a country is not every place that lies in it.
    """
    for found in resolver.find_places(name)[:1]:
        if found.everyday and bare:
            return []
        if found.country and not bare:
            return [Phrase(field, (keyword(found.place.country),))]
        words = sought(found.place.name)
        target = field if field == "place" else f"{field}_name"
        return [Phrase(target, words.tokens, words.partial)] if words.tokens else []
    return []
