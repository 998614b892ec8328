"""Where a post's national telephone numbers may be from.

The source's own region is the surest; then the countries that the post names by themselves,
by a town, a state, their money or an address on the web; then where its language is spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import phonenumbers
from pydantic import BaseModel, ConfigDict, field_validator

from crawler.strict_yaml import load_yaml, validate
from crawler.types import Post
from nlp.identify import Reading
from nlp.language_data import Lang
from nlp.lexicon import Entry, Lexicon
from nlp.normalise import Normalised

_FILE = Path(__file__).with_name("number_places.yml")

#: Where a national number may be from when neither the post nor its language tells: the
#: taskforce's country, then those on the way to it. How its digits are grouped decides more.
_CORRIDOR = ("GB", "FR", "DE", "BE", "NL", "IT", "SE", "IE", "AT", "TR")

#: Currencies that are spent in one country only and named in adverts.
_MONEY_OF = {"GBP": "GB", "SEK": "SE", "TRY": "TR", "PLN": "PL", "RON": "RO", "ALL": "AL"}

_HOST = re.compile(r"(?<=[a-z0-9])\.((?:com|co|net|org|gov|ac)\.)?([a-z]{2})(?![\w-]|\.\w)")
#: Endings of countries that the whole world uses; or words, where a space is missing: '.in'.
_ANYONES = re.compile(
    r"a[cgimt]|b[ey]|c[cdo]|do|es|fm|g[gls]|hn|i[dmnost]|l[aciy]|m[ensuy]|nu|p[am]|re|s[chot]"
    r"|t[klov]|us|v[cg]|ws"
)


@dataclass(frozen=True, slots=True)
class Homes:
    """Regions as two-letter codes, likeliest first."""

    likely: tuple[str, ...]  #: those that the source, the text or its language speaks for
    named: frozenset[str]  #: of these, those of the source and the text
    order: tuple[str, ...]  #: all that may be tried


class HomeFinder:
    """Finds the homes of a post's numbers. Made once."""

    def __init__(self, languages: Mapping[str, Lang]) -> None:
        self._languages = languages
        places = [
            Entry("en", name, region)
            for region, names in load_number_places().places.items()
            for name in names
        ]
        self._countries: Lexicon[str] = Lexicon(
            [
                Entry(code, name, country)
                for code, lang in languages.items()
                for name, country in (*_countries(lang), ("£", "GB"), ("₺", "TR"), ("zł", "PL"))
            ]
        )
        self._places: Lexicon[str] = Lexicon(places)

    def find(
        self,
        normalised: Normalised,
        reading: Reading,
        post: Post,
        countries: tuple[str, ...] = (),
    ) -> Homes:
        """The homes that a post's numbers may have; `countries` are of the places it names."""
        spoken: list[str] = []
        for code in (reading.language, *reading.mixture):
            if code in self._languages:
                spoken += self._languages[code].regions
        named = [
            one.payload
            for lexicon in (self._countries, self._places)
            for one in lexicon.find(normalised, reading.language, reading.mixture)
        ]
        named += (*_of_hosts(normalised.text), *countries)
        likely = tuple(dict.fromkeys((*post.regions, *named, *spoken)))
        order = tuple(dict.fromkeys((*likely, "US", *_CORRIDOR)))
        return Homes(likely, frozenset((*post.regions, *named)), order)


def _countries(lang: Lang) -> Iterator[tuple[str, str]]:
    for name, place in lang.places.items():
        country = place.rpartition(",")[2].strip()
        if country != "EU":
            yield name, country
    for name, currency in lang.prices.currencies.items():
        if currency in _MONEY_OF:
            yield name, _MONEY_OF[currency]


def _of_hosts(text: str) -> Iterator[str]:
    """The countries of addresses like 'example.com.au' and 'example.ca'."""
    for host in _HOST.finditer(text):
        region = {"uk": "GB"}.get(host[2], host[2].upper())
        if region in phonenumbers.SUPPORTED_REGIONS and (
            host[1] or not _ANYONES.fullmatch(host[2])
        ):
            yield region


class NumberPlaces(BaseModel):
    """The file `number_places.yml`: region -> names of its towns and states."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    places: dict[str, tuple[str, ...]]

    @field_validator("places")
    @classmethod
    def _regions_are_known(cls, places: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for region in places:
            if region not in phonenumbers.SUPPORTED_REGIONS:
                raise ValueError(f"{region}: no region with telephone numbers; use a code as AU")
        return places


@lru_cache(maxsize=1)
def load_number_places() -> NumberPlaces:
    """The places that numbers are from.

    Raises:
        ConfigError: the file is not as it should be. With the field.
    """
    return validate(load_yaml(_FILE), NumberPlaces)
