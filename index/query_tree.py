"""What a query means, free of its spelling: the nodes that every backend compiles.

`index.query` makes the tree; nothing in it comes from luqum or from a server's dialect.

A leaf names a *term field*, where the post's values lie as tokens (`index.fields` says
which there are), or a *number field* for ranges. Tokens are folded already.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

#: The field of the words of the post itself.
TEXT = "text"
#: The mean radius of the earth in kilometres, as Elasticsearch takes it.
EARTH_KM = 6371.0087714
NumberField = Literal["price", "posted", "seen", "id", "probability"]


@dataclass(frozen=True, slots=True)
class Everything:
    """Every post."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """The tokens, one after the other; with `partial`, the last is only a beginning."""

    field: str
    tokens: tuple[str, ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """All the tokens, in any order, with at most `slop` other words among them."""

    field: str
    tokens: tuple[str, ...]  #: no token twice
    slop: int


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A token of this pattern: `*` is any letters or none, `?` is one letter."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A token at most `distance` changes away; swapping two neighbours is one change."""

    field: str
    token: str
    distance: int


@dataclass(frozen=True, slots=True)
class Between:
    """A number in a range; None is an open end. Times are microseconds since 1970, UTC."""

    field: NumberField
    low: float | int | None
    high: float | int | None
    include_low: bool = True
    include_high: bool = True

    def holds(self, number: float) -> bool:
        """Whether the number lies in the range."""
        if self.low is not None and (
            number < self.low or (number == self.low and not self.include_low)
        ):
            return False
        return self.high is None or (
            number < self.high or (number == self.high and self.include_high)
        )


@dataclass(frozen=True, slots=True)
class Alike:
    """A post whose embedding is like this vector: the cosine reaches `minimum`."""

    words: str  #: what the vector was made from, for a person to read
    vector: bytes  #: 384 float32, little-endian, of length 1
    minimum: float


@dataclass(frozen=True, slots=True)
class Within:
    """A post that names a place at most so far from a point on the earth."""

    latitude: float  #: degrees north
    longitude: float  #: degrees east
    kilometres: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies within; along a great circle of the mean earth."""
        north, other = math.radians(self.latitude), math.radians(latitude)
        apart = math.radians(longitude - self.longitude) / 2
        half = math.sin((other - north) / 2) ** 2
        half += math.cos(north) * math.cos(other) * math.sin(apart) ** 2
        return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half))) <= self.kilometres


@dataclass(frozen=True, slots=True)
class OnePrice:
    """There is one price of the post for which the inner tree holds."""

    inner: Node


@dataclass(frozen=True, slots=True)
class OneRoute:
    """There is one route of the post for which the inner tree holds."""

    inner: Node


@dataclass(frozen=True, slots=True)
class And:
    """Every child holds."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one child holds."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    child: Node


Node = (
    Everything
    | Phrase
    | Near
    | Wildcard
    | Fuzzy
    | Between
    | Alike
    | Within
    | OnePrice
    | OneRoute
    | And
    | Or
    | Not
)


def iter_leaves(node: Node, *, negated: bool = False) -> Iterator[Node]:
    """The leaves of the tree; those under a Not only when `negated` is asked for."""
    match node:
        case And(children) | Or(children):
            for child in children:
                yield from iter_leaves(child, negated=negated)
        case OnePrice(inner) | OneRoute(inner):
            yield from iter_leaves(inner, negated=negated)
        case Not(child):
            if negated:
                yield from iter_leaves(child, negated=True)
        case _:
            yield node


def wildcard_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern of a `Wildcard` as a regular expression for `fullmatch`.

    Each part takes its first place and keeps it (atomic groups), which finds every match
    there is and cannot blow up: `a*a*a*a*b` stays linear.
    """
    first, *others = [
        "".join("." if c == "?" else re.escape(c) for c in part) for part in pattern.split("*")
    ]
    if not others:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)
