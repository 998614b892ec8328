"""Reads the gazetteer and answers what a run of words may be the name of.

It is read once a process: 0.2 s, about 30 MB. A lookup is one dictionary access.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from crawler.errors import ResourceMissing
from crawler.types import Place
from nlp.disk_cache import from_cache
from nlp.language_data import Lang, language_files, load_languages
from nlp.normalise import fold
from nlp.tokeniser import iter_words

DATA = Path(__file__).parent / "places.tsv.gz"

#: Above any town: countries win over towns of the same name.
COUNTRY_POPULATION = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Named:
    """What a name may stand for, likeliest first."""

    places: tuple[int, ...]
    wary: bool = False  #: it is also an everyday word
    slang: bool = False  #: from a language file
    toward: bool = False  #: the words say "to there" themselves: 'pour en face'


def _fields(named: Named) -> tuple[tuple[int, ...], bool, bool, bool]:
    return named.places, named.wary, named.slang, named.toward


def name_key(name: str) -> str:
    """The form names are looked up by: folded words with one space between."""
    return " ".join(iter_words(fold(name).replace(".", "")).words)


@dataclass(frozen=True)
class Gazetteer:
    """Places and their names. Built by `load_gazetteer`."""

    places: tuple[Place, ...]
    populations: tuple[int, ...]
    _names: dict[str, str] = field(repr=False)
    _longest: dict[str, int] = field(repr=False)
    _slang: dict[str, dict[str, Named]] = field(repr=False)
    _open: dict[str, dict[str, list[tuple[str, Named]]]] = field(repr=False)
    _words: dict[str, tuple[frozenset[str], tuple[str, ...]]] = field(repr=False)

    def is_word(self, key: str, languages: tuple[str, ...]) -> bool:
        """Whether a text of these languages means no place by it (`not_places`)."""
        for language in languages:
            known = self._words.get(language)
            if known is not None and (key in known[0] or (known[1] and key.startswith(known[1]))):
                return True
        return False

    def __len__(self) -> int:
        """Names."""
        return len(self._names)

    def take_every(self, nth: int) -> Gazetteer:
        """One with every nth name only, to measure what names cost."""
        names = dict(islice(self._names.items(), 0, None, nth))
        return replace(self, _names=names)

    def lookup(self, key: str, languages: tuple[str, ...]) -> Named | None:
        """What a key of `name_key` stands for in a text of these languages, or None.

        Slang counts in the languages it was listed for; English slang counts everywhere.
        """
        slang = self._slang.get(key)
        if slang is not None:
            for language in (*languages, "en"):
                if language in slang:
                    return slang[language]
            if languages[0] == "und":
                return next(iter(slang.values()))
        raw = self._names.get(key)
        if raw is None:
            return None
        numbers, wary, bound = raw.split("\t")
        if bound and not set(bound.split()).intersection(languages):
            return None
        return Named(tuple(map(int, numbers.split())), wary == "w")

    def lookup_open(self, key: str, languages: tuple[str, ...]) -> tuple[Named, int] | None:
        """As `lookup` for entries with a trailing `*` in the languages' own lists.

        Returns:
            What it stands for, and the length of the entry without its ending.
        """
        for language in languages:
            for beginning, named in self._open.get(language, {}).get(key[:3], ()):
                if key.startswith(beginning):
                    return named, len(beginning)
        return None

    def is_open(self, key: str, languages: tuple[str, ...]) -> bool:
        """Whether `lookup_open` has anything to compare with a key."""
        return any(key[:3] in self._open.get(language, ()) for language in languages)

    def longest(self, word: str) -> int:
        """Words in the longest name that begins with the word; 0 if there is none."""
        return self._longest.get(word, 0)

    def longest_of(self, first: str, second: str) -> int:
        """Words in the longest name that may begin with these two; at least 2.

        The second may have an ending, which only the last word of a name has.
        """
        return self._longest.get(f"{first} {second}", 2)

    def country(self, code: str) -> int | None:
        """The number of a country (or 'EU') by its code, None if there is none."""
        return self._countries.get(code)

    def is_country(self, place: Place) -> bool:
        """Whether it is a country (or 'EU') and not a place in one."""
        number = self.country(place.country)
        return number is not None and self.places[number] == place

    def as_plain(self) -> tuple[Any, ...]:
        """The same in plain types, for `from_cache`."""
        return (
            [(one.name, one.country, one.latitude, one.longitude) for one in self.places],
            self.populations,
            self._names,
            self._longest,
            {
                key: {language: _fields(named) for language, named in own.items()}
                for key, own in self._slang.items()
            },
            {
                language: {
                    key: [(beginning, _fields(named)) for beginning, named in some]
                    for key, some in own.items()
                }
                for language, own in self._open.items()
            },
            self._words,
        )

    @classmethod
    def of_plain(cls, plain: tuple[Any, ...]) -> Gazetteer:
        """The gazetteer that `as_plain` was asked of."""
        places, populations, names, longest, slang, open_, words = plain
        return cls(
            tuple([Place(*one) for one in places]),
            populations,
            names,
            longest,
            {
                key: {language: Named(*named) for language, named in own.items()}
                for key, own in slang.items()
            },
            {
                language: {
                    key: [(beginning, Named(*named)) for beginning, named in some]
                    for key, some in own.items()
                }
                for language, own in open_.items()
            },
            words,
        )

    @cached_property
    def _countries(self) -> dict[str, int]:
        return {
            place.country: number
            for number, place in enumerate(self.places)
            if self.populations[number] >= COUNTRY_POPULATION
        }


@lru_cache(maxsize=1)
def load_gazetteer() -> Gazetteer:
    """The shipped gazetteer with the places of every language file.

    Raises:
        ResourceMissing: the data file is not there or damaged.
        ConfigError: a language file has faults.
    """
    return Gazetteer.of_plain(from_cache("gazetteer", [DATA, *language_files()], _read_gazetteer))


def _read_gazetteer() -> tuple[Any, ...]:
    try:
        text = gzip.decompress(DATA.read_bytes()).decode()
    except (OSError, EOFError) as error:
        message = f"{DATA}: {error}; install again, or run `python -m nlp.gazetteer.build`"
        raise ResourceMissing(message) from error
    return make_gazetteer(text, load_languages()).as_plain()


def find_named(name: str) -> list[tuple[Place, bool, bool]]:
    """The places a name may mean in any language, likeliest first.

    Each with whether it is a country, and whether the name is also an everyday word.
    """
    gazetteer = load_gazetteer()
    key = name_key(name)
    if not key:
        return []
    everywhere = gazetteer.lookup(key, ("und",))
    named = everywhere or gazetteer.lookup(key, ("und", *load_languages()))
    if named is None:
        return []
    found = [gazetteer.places[number] for number in named.places]
    return [(place, gazetteer.is_country(place), named.wary) for place in found]


def make_gazetteer(text: str, languages: Mapping[str, Lang]) -> Gazetteer:
    """A gazetteer from the text of a data file and the places of language files."""
    top, _, bottom = text.partition("\n\n")
    places: list[Place] = []
    populations: list[int] = []
    for line in top.split("\n"):
        name, country, latitude, longitude, population = line.split("\t")
        at = (float(latitude), float(longitude)) if latitude else (None, None)
        places.append(Place(name, country, *at))
        populations.append(int(population))
    names: dict[str, str] = {}
    longest: dict[str, int] = {}
    for line in bottom.split("\n"):
        key, _, rest = line.partition("\t")
        names[key] = rest
        if " " in key:
            _count_words(key, longest)
        else:
            longest.setdefault(key, 1)
    maker = _SlangMaker(places, populations, names, longest)
    for code, language in languages.items():
        for words, target in language.places.items():
            maker.add(code, words, target)
    no_places = {
        code: (
            frozenset(name_key(one) for one in language.not_places if not one.endswith("*")),
            tuple(name_key(one[:-1]) for one in language.not_places if one.endswith("*")),
        )
        for code, language in languages.items()
        if language.not_places
    }
    for exact, open_ in no_places.values():
        for key in (*exact, *open_):
            if key.count(" ") > 1:  # as long as a name, so that it is looked for
                _count_words(key, longest)
    return Gazetteer(
        tuple(places), tuple(populations), names, longest, maker.slang, maker.beginnings, no_places
    )


def _count_words(key: str, longest: dict[str, int]) -> None:
    count = key.count(" ") + 1
    first, _, rest = key.partition(" ")
    if count > longest.get(first, 0):
        longest[first] = count
    if count > 2:
        two = f"{first} {rest.partition(' ')[0]}"
        if count > longest.get(two, 0):
            longest[two] = count


class _SlangMaker:
    """Adds the places of language files, with the coordinates of those that are known."""

    def __init__(
        self,
        places: list[Place],
        populations: list[int],
        names: dict[str, str],
        longest: dict[str, int],
    ) -> None:
        self.places = places
        self.populations = populations
        self.names = names
        self.longest = longest
        self.slang: dict[str, dict[str, Named]] = {}
        self.beginnings: dict[str, dict[str, list[tuple[str, Named]]]] = {}
        self._made: dict[str, int] = {
            place.country: number
            for number, place in enumerate(places)
            if populations[number] >= COUNTRY_POPULATION
        }

    def add(self, language: str, words: str, target: str) -> None:
        named = Named(
            (self._number(target.rstrip("?>")),),
            wary=target.endswith("?"),
            slang=True,
            toward=target.endswith(">"),
        )
        key = name_key(words.strip("*"))
        if not key:
            return
        if words.endswith("*"):
            beginnings = self.beginnings.setdefault(language, {}).setdefault(key[:3], [])
            beginnings.append((key, named))
            beginnings.sort(key=lambda one: -len(one[0]))
            if " " in key:
                _count_words(key, self.longest)
        self.slang.setdefault(key, {})[language] = named
        _count_words(key, self.longest)

    def _number(self, target: str) -> int:
        number = self._made.get(target)
        if number is None:
            name, _, country = target.rpartition(", ")
            raw = self.names.get(name_key(name or country))
            candidates = [int(one) for one in raw.split("\t")[0].split()] if raw else []
            known = [one for one in candidates if self.places[one].country == country]
            if known:
                number = known[0]
            else:
                number = len(self.places)
                self.places.append(Place(name or country, country))
                self.populations.append(0)
            self._made[target] = number
        return number
