"""The figures of the corpus's test part do not fall under the recorded floors."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from crawler.strict_yaml import load_yaml, validate
from nlp.corpus_file import LABEL_ORDER, load_corpus
from nlp.evaluate import Evaluation, evaluate, report
from nlp.pipeline import Analyser

# Reading the test part takes a minute: done once, in one process.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("floors")]


class Floors(BaseModel):
    """The recorded floors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: dict[str, float]
    offers_in_any_language: float
    screen_recall: float
    brier: float


FLOORS = validate(load_yaml(Path(__file__).parent / "floors.yml"), Floors)


@lru_cache(maxsize=1)
def measured() -> Evaluation:
    texts = [text for text in load_corpus() if text.part == "test"]
    return evaluate(texts, Analyser())


def test_every_label_has_a_floor() -> None:
    assert set(FLOORS.labels) == set(LABEL_ORDER)


@pytest.mark.parametrize("label", LABEL_ORDER)
def test_a_label_holds_its_floor(label: str) -> None:
    assert measured().overall[label].f1 >= FLOORS.labels[label], report(measured())


def test_offers_are_told_in_every_language() -> None:
    scores = {
        language: tally.f1
        for (label, language), tally in measured().by_language.items()
        if label == "offer"
    }
    assert len(scores) >= 29
    assert min(scores.values()) >= FLOORS.offers_in_any_language, scores


def test_the_screen_loses_next_to_no_offer() -> None:
    passed_offers, passed_rest = measured().passed
    assert passed_offers >= FLOORS.screen_recall
    assert passed_rest < 1


def test_probabilities_are_honest() -> None:
    assert measured().brier <= FLOORS.brier


def test_every_offset_is_exact() -> None:
    assert measured().bad_offsets == 0
