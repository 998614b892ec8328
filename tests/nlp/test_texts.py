"""The readers on `tests/texts/*.yml`: one phenomenon of one language a case.

A case that the readers get wrong today says so under `fault:`, with what is wrong. It is
expected to fail, and the run fails when it no longer does, so that the note is taken out.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from crawler.strict_yaml import load_yaml, validate
from crawler.types import Contact, Post, Price, Route
from nlp.language_data import load_languages
from nlp.pipeline import COMPONENTS, Analyser

FOLDER = Path(__file__).parents[1] / "texts"


class Case(BaseModel):
    """A text and its true answers, written as in `nlp/corpus/README.md`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mark: Literal["tuned", "fresh", "bug"]
    text: str
    language: str | None = None
    prices: tuple[str, ...] = ()
    routes: tuple[tuple[str | None, str | None], ...] = ()
    contacts: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    fault: str = ""


class Cases(BaseModel):
    """A file of cases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: tuple[Case, ...]


def load_cases() -> list[object]:
    return [
        pytest.param(
            case,
            id=f"{path.stem}-{number}",
            marks=[pytest.mark.xfail(reason=case.fault, strict=True)] if case.fault else [],
        )
        for path in sorted(FOLDER.glob("*.yml"))
        for number, case in enumerate(validate(load_yaml(path), Cases).cases)
    ]


@lru_cache(maxsize=1)
def readers() -> Analyser:
    return Analyser([name for name in COMPONENTS if name not in ("offer", "summary")])


@pytest.mark.parametrize("case", load_cases())
def test_readers_give_what_the_text_says(case: Case) -> None:
    post = Post(1, 1, "texts", "telegram", "1", case.text, author_handle="invented")
    (advert,) = readers().analyse([post])
    values = [mention.value for mention in advert.mentions]
    found = {
        "language": advert.language if case.language else None,
        "prices": sorted(
            f"{value.amount.normalize():f} {value.currency or '?'}"
            for value in values
            if isinstance(value, Price)
        ),
        "routes": sorted(
            (
                value.origin.country if value.origin else "",
                value.destination.country if value.destination else "",
            )
            for value in values
            if isinstance(value, Route)
        ),
        "contacts": sorted(
            {
                value.value
                for value in values
                if isinstance(value, Contact) and value.type != "author"
            }
        ),
        "modes": sorted(advert.modes),
    }
    assert found == {
        "language": case.language,
        "prices": sorted(" ".join(price.split()[:2]) for price in case.prices),
        "routes": sorted((origin or "", destination or "") for origin, destination in case.routes),
        "contacts": sorted(case.contacts),
        "modes": sorted(case.modes),
    }
    for mention in advert.mentions:
        assert case.text[mention.start : mention.end] == mention.text


def test_every_language_has_its_cases() -> None:
    assert {path.stem for path in FOLDER.glob("*.yml")} == set(load_languages())
