"""The words and affixes that mark the places of a journey, language by language.

From `routes:` of the language files. 'from', 'إلى' stand before their place; those listed
under `after` behind it ('से'); '-den' is written onto its end and 'ከ-' onto its beginning;
`endings` are case endings (or, with the hyphen behind, proclitics such as 'و-') that say
nothing of the place's part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal

from nlp.disk_cache import from_cache
from nlp.language_data import Lang, language_files, load_languages
from nlp.normalise import Normalised, fold
from nlp.tokeniser import iter_words

Role = Literal["origin", "via", "destination", "between", "not_route"]


@dataclass(frozen=True)
class Cues:
    """Phrases by their first word, or by its first two letters if it is open (`*`)."""

    whole: Mapping[str, tuple[tuple[tuple[str, ...], bool], ...]] = field(default_factory=dict)
    open: Mapping[str, tuple[tuple[tuple[str, ...], bool], ...]] = field(default_factory=dict)

    def ends(self, words: Sequence[str], index: int) -> Iterator[int]:
        """For each phrase that begins at a token, the index behind its last token."""
        word = words[index]
        for phrase, is_open in (*self.whole.get(word, ()), *self.open.get(word[:2], ())):
            end = index + len(phrase)
            said = tuple(words[index:end])
            opened = is_open and len(said) == len(phrase) and said[:-1] == phrase[:-1]
            if said == phrase or (opened and said[-1].startswith(phrase[-1])):
                yield end


@dataclass(frozen=True)
class RouteWords:
    """The markers of one language, folded. Affixes are longest first."""

    before: Mapping[tuple[str, ...], Role] = field(default_factory=dict)
    after: Mapping[tuple[str, ...], Role] = field(default_factory=dict)
    beginnings: tuple[tuple[str, Role], ...] = ()  #: markers with a trailing `*`
    #: those of them that stand behind their place: all tokens, the last one's beginning
    beginnings_after: tuple[tuple[tuple[str, ...], Role], ...] = ()
    prefixes: tuple[tuple[str, Role | None], ...] = ()
    suffixes: tuple[tuple[str, Role | None], ...] = ()
    #: endings before which a name changes, longest first, and what it may end in then
    changed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    longest: int = 1  #: words in the longest marker
    weak: frozenset[str] = frozenset()  #: markers that may also mean 'in' or 'of', folded
    alternatives: frozenset[str] = frozenset()  #: 'and', 'or', folded
    fillers: frozenset[str] = frozenset()  #: words between a place and its marker, folded
    onward: frozenset[tuple[str, ...]] = frozenset()  #: 'then', 'from there', folded
    arrival: Cues = field(default_factory=Cues)  #: 'you ring from', 'drink tea'
    travel: frozenset[str] = frozenset()  #: words that speak of a journey, folded
    travel_beginnings: tuple[str, ...] = ()  #: those with a trailing `*`
    travel_phrases: tuple[str, ...] = ()  #: those of several tokens
    arrived: Cues = field(default_factory=Cues)  #: 'drinking tea in'
    here: Cues = field(default_factory=Cues)  #: 'I am in'
    thanks: Cues = field(default_factory=Cues)  #: 'thank you'
    once_there: Cues = field(default_factory=Cues)  #: 'you stand in', 'ring us from'
    paying: Cues = field(default_factory=Cues)  #: 'pay', 'deposit'
    instead: Cues = field(default_factory=Cues)  #: 'instead of'
    tongues: Cues = field(default_factory=Cues)  #: words of translating
    waiting: Cues = field(default_factory=Cues)  #: 'are stuck', behind the place and who


@lru_cache(maxsize=1)
def load_route_words() -> Mapping[str, RouteWords]:
    """The markers of every language by its code.

    Raises:
        ConfigError: a language file has faults.
    """
    plain = from_cache("route-words", language_files(), _read_route_words)
    return {code: _from_plain(*own) for code, own in plain.items()}


def _read_route_words() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    return {
        code: _to_plain(make_route_words(language)) for code, language in load_languages().items()
    }


def _to_plain(words: RouteWords) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same in plain types, for `from_cache`: its fields, and apart from them its cues."""
    values = {one.name: getattr(words, one.name) for one in fields(words)}
    cues = {name: vars(value) for name, value in values.items() if isinstance(value, Cues)}
    return {name: value for name, value in values.items() if name not in cues}, cues


def _from_plain(values: dict[str, Any], cues: dict[str, Any]) -> RouteWords:
    return RouteWords(**(values | {name: Cues(**own) for name, own in cues.items()}))


def iter_travel(normalised: Normalised, words: Iterable[RouteWords]) -> Iterator[int]:
    """Where words that speak of a journey begin, in the folded text; in no order."""
    tokens = normalised.tokens
    for one in words:
        single, beginnings = one.travel, one.travel_beginnings
        for word, start in zip(tokens.words, tokens.starts, strict=True):
            if word in single or (beginnings and word.startswith(beginnings)):
                yield start
        for phrase in one.travel_phrases:
            start = normalised.text.find(phrase)
            while start >= 0:
                yield start
                start = normalised.text.find(phrase, start + len(phrase))


def make_route_words(language: Lang) -> RouteWords:
    """The markers of a language file."""
    routes = language.routes
    behind = {iter_words(fold(words)).words for words in routes.after}
    both = {iter_words(fold(words)).words for words in routes.both}
    stems_behind = {words for words in routes.after if words.endswith("*")}
    before: dict[tuple[str, ...], Role] = {}
    after: dict[tuple[str, ...], Role] = {}
    beginnings: list[tuple[str, Role]] = []
    beginnings_after: list[tuple[tuple[str, ...], Role]] = []
    prefixes: dict[str, Role | None] = {}
    suffixes: dict[str, Role | None] = {}
    lists: tuple[tuple[Role, Iterable[str]], ...] = (
        ("not_route", routes.not_route),
        ("between", routes.between),
        ("via", routes.via),
        ("destination", (*routes.destination, *routes.onward)),
        ("origin", routes.origin),
    )
    for role, entries in lists:
        for entry in entries:
            if entry in stems_behind:
                beginnings_after.append((iter_words(fold(entry[:-1])).words, role))
            elif entry.endswith("*"):
                beginnings.append((fold(entry[:-1]), role))
            elif entry.startswith("-"):
                # Of '-ya kadar' the ending alone tells the part; 'kadar' only repeats it.
                suffixes.setdefault(fold(entry[1:]).split(" ")[0].strip("'"), role)
            elif entry.endswith("-"):
                prefixes.setdefault(fold(entry[:-1]), role)
            elif words := iter_words(fold(entry)).words:
                if words in behind or words in both:
                    after[words] = role
                if words in both or words not in behind:
                    before[words] = role
    for entry in routes.endings:
        if entry.endswith("-"):
            prefixes.setdefault(fold(entry[:-1]), None)
        else:
            suffixes.setdefault(fold(entry).strip("-'"), None)
    travel = [fold(one) for one in routes.travel]
    phrases = [one for one in travel if len(iter_words(one)) > 1 and not one.endswith("*")]
    prefixes.pop("", None)
    suffixes.pop("", None)
    return RouteWords(
        before,
        after,
        tuple(beginnings),
        tuple(beginnings_after),
        tuple(sorted(prefixes.items(), key=lambda one: -len(one[0]))),
        tuple(sorted(suffixes.items(), key=lambda one: -len(one[0]))),
        tuple(
            (fold(ending), tuple(map(fold, routes.changed[ending])))
            for ending in sorted(routes.changed, key=lambda one: -len(one))
        ),
        max(map(len, (*before, *after)), default=1),
        frozenset(
            " ".join(iter_words(fold(word.strip("-"))).words)
            for word in (*routes.weak, *routes.onward)
        ),
        frozenset(fold(word) for word in routes.alternatives),
        frozenset(fold(word) for word in routes.fillers),
        frozenset(iter_words(fold(one)).words for one in routes.onward),
        _cues(routes.arrival),
        frozenset(one for one in travel if not one.endswith("*") and one not in phrases),
        tuple(one[:-1] for one in travel if one.endswith("*")),
        tuple(phrases),
        *map(
            _cues,
            (
                *(routes.arrived, routes.here, routes.thanks),
                *(routes.once_there, routes.paying, routes.instead, routes.tongues),
                routes.waiting,
            ),
        ),
    )


def _cues(entries: Iterable[str]) -> Cues:
    whole: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    opened: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for entry in entries:
        is_open = entry.endswith("*")
        words = iter_words(fold(entry.removesuffix("*"))).words
        if words:
            # Of an open single word only the beginning is known.
            alone = is_open and len(words) == 1
            into, key = (opened, words[0][:2]) if alone else (whole, words[0])
            into.setdefault(key, []).append((words, is_open))
    return Cues(
        {key: tuple(phrases) for key, phrases in whole.items()},
        {key: tuple(phrases) for key, phrases in opened.items()},
    )
