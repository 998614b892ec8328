"""What is found in `offers.yml`: short offers of each kind, in every language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, RootModel

from crawler.strict_yaml import load_yaml, validate
from crawler.types import Document, Mode, Post, Service, SubKind, Term, TermKind
from nlp.language_data import load_languages
from nlp.pipeline import READERS, Analyser

FILE = Path(__file__).with_name("offers.yml")


class Offer(BaseModel):
    """A text, its ways of travelling (all of them), and what else must be among the found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mark: Literal["tuned", "fresh"]
    text: str
    modes: tuple[Mode, ...] = ()
    named: tuple[SubKind, ...] = ()
    terms: tuple[TermKind, ...] = ()
    fault: str = ""


class Offers(RootModel[dict[str, tuple[Offer, ...]]]):
    """The offers of each language."""


def load_offers() -> dict[str, tuple[Offer, ...]]:
    return validate(load_yaml(FILE), Offers).root


@lru_cache(maxsize=1)
def readers() -> Analyser:
    return Analyser(READERS)


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param(
            offer,
            id=f"{language}-{number}",
            marks=[pytest.mark.xfail(reason=offer.fault, strict=True)] if offer.fault else [],
        )
        for language, offers in load_offers().items()
        for number, offer in enumerate(offers)
    ],
)
def test_what_an_offer_names(offer: Offer) -> None:
    (advert,) = readers().analyse([Post(1, 1, "texts", "telegram", "1", offer.text)])
    values = [mention.value for mention in advert.mentions]
    assert set(advert.modes) == set(offer.modes)
    assert {value.kind for value in values if isinstance(value, Document | Service)} >= {
        *offer.named
    }
    assert {value.kind for value in values if isinstance(value, Term)} >= {*offer.terms}


def test_every_language_has_offers() -> None:
    assert set(load_offers()) == set(load_languages())
