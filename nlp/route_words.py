"""The words and affixes that mark the places of a journey, language by language.

From `routes:` of the language files. 'from', 'إلى' stand before their place; those listed
under `after` behind it ('से'); '-den' is written onto its end and 'ከ-' onto its beginning;
`endings` are case endings (or, with the hyphen behind, proclitics such as 'و-') that say
nothing of the place's part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nlp.language_data import Lang
from nlp.normalise import fold
from nlp.tokeniser import iter_words

Role = Literal["origin", "via", "destination", "not_route"]


@dataclass(frozen=True)
class RouteWords:
    """The markers of one language, folded. Affixes are longest first."""

    before: Mapping[tuple[str, ...], Role] = field(default_factory=dict)
    after: Mapping[tuple[str, ...], Role] = field(default_factory=dict)
    beginnings: tuple[tuple[str, Role], ...] = ()  #: markers with a trailing `*`
    prefixes: tuple[tuple[str, Role | None], ...] = ()
    suffixes: tuple[tuple[str, Role | None], ...] = ()
    longest: int = 1  #: words in the longest marker
    weak: frozenset[str] = frozenset()  #: markers that may also mean 'in' or 'of', folded
    alternatives: frozenset[str] = frozenset()  #: 'and', 'or', folded


def make_route_words(language: Lang) -> RouteWords:
    """The markers of a language file."""
    routes = language.routes
    behind = {iter_words(fold(words)).words for words in routes.after}
    before: dict[tuple[str, ...], Role] = {}
    after: dict[tuple[str, ...], Role] = {}
    beginnings: list[tuple[str, Role]] = []
    prefixes: dict[str, Role | None] = {}
    suffixes: dict[str, Role | None] = {}
    lists: tuple[tuple[Role, Iterable[str]], ...] = (
        ("not_route", routes.not_route),
        ("via", routes.via),
        ("destination", routes.destination),
        ("origin", routes.origin),
    )
    for role, entries in lists:
        for entry in entries:
            if entry.endswith("*"):
                beginnings.append((fold(entry[:-1]), role))
            elif entry.startswith("-"):
                # Of '-ya kadar' the ending alone tells the part; 'kadar' only repeats it.
                suffixes.setdefault(fold(entry[1:]).split(" ")[0].strip("'"), role)
            elif entry.endswith("-"):
                prefixes.setdefault(fold(entry[:-1]), role)
            elif words := iter_words(fold(entry)).words:
                (after if words in behind else before)[words] = role
    for entry in routes.endings:
        if entry.endswith("-"):
            prefixes.setdefault(fold(entry[:-1]), None)
        else:
            suffixes.setdefault(fold(entry).strip("-'"), None)
    prefixes.pop("", None)
    suffixes.pop("", None)
    return RouteWords(
        before,
        after,
        tuple(beginnings),
        tuple(sorted(prefixes.items(), key=lambda one: -len(one[0]))),
        tuple(sorted(suffixes.items(), key=lambda one: -len(one[0]))),
        max(map(len, (*before, *after)), default=1),
        frozenset(" ".join(iter_words(fold(word.strip("-"))).words) for word in routes.weak),
        frozenset(fold(word) for word in routes.alternatives),
    )
