"""The names of places as people write them, in a phrase of each language: `names/<code>.yml`.

`names` are tried as they stand and, in scripts with capitals, in lower case too, as most
adverts are typed. `capitalised` are everyday words in lower case and tried as they stand.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from crawler.strict_yaml import load_yaml, validate
from nlp.language_data import load_languages
from nlp.normalise import normalise
from nlp.places import load_place_finder

FOLDER = Path(__file__).parent / "names"


class Names(BaseModel):
    """Names by the country they must give, and phrases with `{}` where one stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mark: Literal["fresh"]
    carriers: tuple[str, ...] = Field(min_length=3)
    names: dict[str, tuple[str, ...]]
    capitalised: dict[str, tuple[str, ...]] = {}


@lru_cache(maxsize=1)
def load_names() -> dict[str, Names]:
    return {path.stem: validate(load_yaml(path), Names) for path in sorted(FOLDER.glob("*.yml"))}


def test_every_language_has_names() -> None:
    assert set(load_names()) == set(load_languages())


@pytest.mark.parametrize(
    ("language", "country"),
    [(code, country) for code, one in load_names().items() for country in one.names],
)
def test_names_give_their_country(language: str, country: str) -> None:
    forms = load_names()[language].names[country]
    assert _misread(language, country, {*forms, *map(str.lower, forms)}) == []


@pytest.mark.parametrize(
    ("language", "country"),
    [(code, country) for code, one in load_names().items() for country in one.capitalised],
)
def test_words_with_a_capital_give_their_country(language: str, country: str) -> None:
    forms = load_names()[language].capitalised[country]
    assert _misread(language, country, set(forms)) == []


def _misread(language: str, country: str, forms: set[str]) -> list[tuple[str, list[str]]]:
    """The phrases in which a form is not read as the country, with what was read instead."""
    finder = load_place_finder()
    wrong = []
    for carrier in load_names()[language].carriers:
        start = carrier.index("{}")
        for form in sorted(forms):
            text = carrier.replace("{}", form)
            normalised = normalise(text)
            found = [
                hit.place.country
                for hit in finder.find(normalised, language)
                for first, last in (normalised.span(hit.start, hit.end),)
                if first < start + len(form) and last > start
            ]
            if set(found) != {country}:
                wrong.append((text, found))
    return wrong
