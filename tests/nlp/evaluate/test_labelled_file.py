"""Anyone's labelled texts: what is said is measured, what is not said is not."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from crawler.errors import ConfigError
from nlp.corpus_file import LABELS
from nlp.evaluate import evaluate, report
from nlp.labelled_file import load_labelled
from nlp.pipeline import READERS, Analyser


def write(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines),
        encoding="utf-8",
    )
    return path


def test_a_line_knows_only_the_labels_it_says(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"text": "hello", "offer": False},
        {"text": "500 euro", "prices": ["500 EUR"], "language": "en"},
        {"text": "From [[Calais|origin|FR]]", "id": "x7"},
        {"text": "x", "family": "sea-01", "language": "en"},
    )
    first, second, third, fourth = load_labelled(path)
    assert (first.labels, first.id) == (frozenset({"offer"}), "1")
    assert second.labels == {"price", "language"}
    assert second.prices[0].amount == Decimal(500)
    assert third.labels == {"price", "route", "contact"}
    assert (third.text, third.id, third.routes[0].origin) == ("From Calais", "x7", "FR")
    assert fourth.labels == LABELS


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "{not json",
        {"offer": True},
        {"text": "x", "ofer": True},
        {"text": "x", "prices": ["five"]},
        {"text": "x", "routes": [["France", "GB"]]},
        {"text": "[[5|price|5 GBP]]", "prices": ["5 GBP"]},
    )
    with pytest.raises(ConfigError) as caught:
        load_labelled(path)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3, 4, 5, 6]


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no line"):
        load_labelled(write(tmp_path))


def test_only_known_labels_are_measured(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"text": "Boat to England 3000 pounds", "prices": ["3000 GBP"]},
        {"text": "Lorry, 900 pounds each", "prices": ["950 GBP"]},
    )
    result = evaluate(load_labelled(path), Analyser(READERS))
    assert set(result.overall) == {"price"}
    tally = result.overall["price"]
    assert (tally.right, tally.wrong, tally.missed) == (1, 1, 1)
    assert "price" in report(result)


def test_without_a_judgement_no_threshold_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, {"text": "hello", "language": "en"})
    assert "at a threshold" not in report(evaluate(load_labelled(path), Analyser(READERS)))
