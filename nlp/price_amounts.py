"""An amount while it is being read: a number that may turn out to be a price."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from crawler.types import Per, PriceRole
from nlp.normalise import Normalised
from nlp.numbers import Number

#: Short forms of 'thousand' and 'million' that are written with a full stop.
_ABBREVIATED = re.compile(r"(?:tys|tsd|mio|mln|mld|тыс|тис|млн|млрд)\.(?= ?[^\W_])")
_LONGEST = 5


@dataclass(slots=True, eq=False)
class Amount:
    """A number of the folded text, and what has been found out about it so far."""

    number: Number
    start: int
    end: int
    value: Decimal
    currency: str | None = None
    after: int = 0  #: where what follows it begins
    sure: bool = False  #: money is named, or something else says that it is a price
    per: Per | None = None
    role: PriceRole = "price"
    range_of: int = 0  #: amounts of one range share a number above 0


def past_number(normalised: Normalised, end: int) -> int:
    """Where what follows a number begins: behind the full stop of '210 tys. km'."""
    text = normalised.text
    if text[end : end + 1] != ".":
        return end
    short = _ABBREVIATED.search(text, max(end - _LONGEST + 1, 0), end + 3)
    if short is None or short.end() != end + 1:
        return end
    following = normalised.original[normalised.starts[end] + 1 :][:2].lstrip()
    return end if following[:1].isupper() else end + 1


def ends_item(text: str, end: int) -> bool:
    """Whether nothing that is counted follows: the end of a line or clause, or a symbol."""
    rest = text[end : end + 12].lstrip(" ")
    return not rest or not (rest[0].isalnum() or rest[0] in "%:")


def next_word(text: str, end: int) -> str:
    """The word that follows an index, '' if something else does."""
    match = re.match(r" ?([^\W\d_]+)", text[end : end + 24])
    return match[1] if match else ""
