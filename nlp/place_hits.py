"""A place met in a text, before and after it is known which it is."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.types import Place
from nlp.gazetteer.load import Named
from nlp.route_words import Role


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place met in a text. Offsets are those of the folded text."""

    start: int
    end: int
    first: int  #: index of its first token
    last: int  #: index of its last token, with its affix and the marker behind it
    until: int  #: where its affix ends
    place: Place
    role: Role | None = None
    marked_before: bool = False  #: the role comes from words before the name
    is_weak: bool = False  #: its marker may also mean 'in' or 'of'
    is_listed: bool = False  #: 'and' or 'or' stands before it
    is_country: bool = False
    begins: int = 0  #: where its first token starts, with what is written onto it
    own_role: Role | None = None  #: the part its own marker or affix gives it
    is_onward: bool = False  #: 'then', 'from there' stands before it: the next leg
    is_byword: bool = False  #: 'pour en face': no name, and a place only in offers of a crossing


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of words that may be the name of a place. Offsets are those of the folded text."""

    start: int
    end: int
    first: int
    last: int
    named: Named
    role: Role | None
    loose: bool  #: a guess at a case form: needs a capital or a marker
    is_code: bool = False  #: 'FR': only beside an arrow
