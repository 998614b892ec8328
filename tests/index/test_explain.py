"""What `foreland search --explain` prints."""

from __future__ import annotations

from crawler.types import Query
from index.explain import explain
from index.query import parse_query
from tests.contracts.index import everything


def parse(text: str) -> Query:
    return parse_query(text, resolver=everything([]))


def test_the_tree_and_both_forms_are_shown() -> None:
    text = explain(
        parse(
            'like:"boat to England" AND "pay after" from:دونكيرك price_gbp:>3 lor* bota~1'
            ' near:"Calais~5km" posted:2026-03 -lang:en contact:"07700 900123"'
        )
    )
    meaning, _, rest = text.partition("\nsqlite\n")
    sqlite, _, elastic = rest.partition("\nelasticsearch\n")
    for words in (
        "meaning like 'boat to England', cosine at least 0.85",
        "text: pay after",
        "from_name: dunkirk",
        "price: {3 to any] and currency: gbp",
        "text: lor and what begins so",
        "text: words at most 1 changes from bota",
        "a place within 5 km of 50.9",
        "posted: [2026-03-01T00:00:00Z to 2026-04-01T00:00:00Z}",
        "contact: 07700900123",
        "not\n",
    ):
        assert words in meaning, words
    assert "MATCH " in sqlite
    assert "EXISTS (SELECT 1 FROM prices" in sqlite
    assert '"geo_distance"' in elastic
    assert '"query_vector": "(384 numbers)"' in elastic


def test_everything_can_be_explained() -> None:
    for text in ("", "*", "NOT boat", '"a b"~3', "b?a*", "via:* OR id:[2 TO *]", "price:{1 TO 2}"):
        assert explain(parse(text)).startswith("meaning\n")
