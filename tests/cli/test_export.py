"""What is written to a file of hits."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from crawler.app.exporting import COLUMNS, export
from crawler.types import Hit
from tests.contracts.index import corpus
from tests.index.posts import analysed

HITS = [Hit(one.post.id, 0.0, one) for one in corpus()]


def written(hits: list[Hit], kind: str) -> str:
    out = io.StringIO(newline="")
    assert export(hits, out, kind) == len(hits)
    return out.getvalue()


def test_json_holds_every_value_as_it_is() -> None:
    rows = [json.loads(line) for line in written(HITS, "json").splitlines()]
    assert [row["id"] for row in rows] == [hit.post_id for hit in HITS]
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["prices"] == ["2000 GBP", "500 EUR"]
    assert rows[0]["routes"] == ["Calais (FR) > Dover (GB)"]
    assert rows[0]["contacts"] == ["phone:+447700900123"]
    assert rows[5]["text"] == HITS[5].analysed.post.text


def test_csv_comes_back_as_it_was() -> None:
    rows = list(csv.DictReader(io.StringIO(written(HITS, "csv"), newline="")))
    assert [int(row["id"]) for row in rows] == [hit.post_id for hit in HITS]
    assert [row["text"] for row in rows] == [hit.analysed.post.text for hit in HITS]
    assert rows[0]["prices"] == "2000 GBP; 500 EUR"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", " ="])
def test_no_cell_of_csv_is_a_formula(sign: str) -> None:
    text = f'{sign}HYPERLINK("x") "quoted",\nsecond line'
    one = analysed(1, text, author=f"{sign}1+1")
    one = replace(one, post=replace(one.post, text=text))
    (row,) = csv.DictReader(io.StringIO(written([Hit(1, 0.0, one)], "csv"), newline=""))
    assert row["text"] == f"'{text}"
    assert row["author"] == f"'{sign}1+1"
    assert "HYPERLINK" in json.loads(written([Hit(1, 0.0, one)], "json"))["text"]


def test_half_a_character_and_a_nul_do_not_end_the_export() -> None:
    one = analysed(1, "half \ud800 nul \x00 end")
    assert "end" in written([Hit(1, 0.0, one)], "csv")
