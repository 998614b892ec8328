"""The embedding of an advert lies in the index, ready for search by meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crawler.config import ElasticIndex as Settings
from crawler.types import AnalysedPost, Query
from index.elastic import ElasticIndex
from index.likeness import DIMENSIONS
from index.query import parse_query
from index.query_tree import Alike
from tests.contracts.index import Shelf
from tests.index.posts import analysed

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]


def embedded(post_id: int, numbers: list[float], *, language: str = "en") -> AnalysedPost:
    vector = np.zeros(DIMENSIONS, dtype="<f4")
    vector[: len(numbers)] = numbers
    plain = analysed(post_id, "boat", language=language)
    return replace(plain, advert=replace(plain.advert, embedding=vector.tobytes()))


def test_the_nearest_are_found_with_a_filter(settings: Settings) -> None:
    shelf = Shelf()
    index = ElasticIndex(settings, shelf.load, ca=settings.ca)
    shelf.put(
        index,
        embedded(1, [1.0, 0.0]),
        embedded(2, [3.0, 3.0]),  # not of unit length: made so
        embedded(3, [0.9, 0.1], language="fa"),
        embedded(4, [0.0]),  # says nothing
        replace(analysed(5, "boat")),
    )
    assert index.search(parse_query("boat")).count == 5
    answer = index._client.search(
        index=settings.name,
        knn={
            "field": "embedding",
            "query_vector": [1.0, *[0.0] * (DIMENSIONS - 1)],
            "k": 3,
            "num_candidates": 50,
            "filter": {"term": {"lang": "en"}},
        },
    )
    scores = {int(hit["_id"]): hit["_score"] for hit in answer["hits"]["hits"]}
    assert list(scores) == [1, 2]
    assert scores[1] == pytest.approx(1.0, abs=0.01)
    assert scores[2] == pytest.approx((1 + 0.5**0.5) / 2, abs=0.01)
    index.close()


def test_an_embedding_of_another_model_is_left_out(settings: Settings) -> None:
    shelf = Shelf()
    index = ElasticIndex(settings, shelf.load, ca=settings.ca)
    plain = analysed(1, "boat")
    shelf.put(index, replace(plain, advert=replace(plain.advert, embedding=b"\x00\x01\xff" * 4)))
    assert index.search(parse_query("boat")).count == 1
    index.close()


def test_more_that_are_alike_than_are_kept_at_first_are_all_found(settings: Settings) -> None:
    shelf = Shelf()
    index = ElasticIndex(settings, shelf.load, ca=settings.ca)
    alike = [embedded(number, [1.0, number / 1e3]) for number in range(1, 1204)]
    other = [embedded(number, [0.0, 1.0]) for number in range(2001, 2011)]
    shelf.put(index, *alike, *other)
    wanted = np.zeros(DIMENSIONS, dtype="<f4")
    wanted[0] = 1.0
    query = Query("alike", Alike("-", wanted.tobytes(), 0.5))
    found = index.search(query, limit=5, facets=("lang",))
    assert found.count == 1203
    assert found.facets["lang"] == (("en", 1203),)
    assert [hit.post_id for hit in found.hits] == [1, 2, 3, 4, 5]
    index.close()
