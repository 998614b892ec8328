"""The Elasticsearch index: the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.config import ElasticIndex as Settings
from crawler.ports import Index
from index.elastic import ElasticIndex
from index.query import parse_query
from tests.contracts.index import IndexContract, Shelf
from tests.index.posts import analysed

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]


class TestElasticIndex(IndexContract):
    @pytest.fixture
    def index(self, shelf: Shelf, settings: Settings) -> Iterator[Index]:
        index = ElasticIndex(settings, shelf.load, ca=settings.ca)
        yield index
        index.close()


def test_a_first_page_is_found_right_after_a_rebuild_elsewhere(settings: Settings) -> None:
    shelf = Shelf()
    desk = ElasticIndex(settings, shelf.load, ca=settings.ca)
    shelf.put(desk, analysed(1, "boat"))
    assert desk.search(parse_query("boat")).count == 1
    desk._states._fresh_until = float("inf")  # however long the rebuild takes
    other = ElasticIndex(settings, shelf.load, ca=settings.ca)
    for _ in range(2):  # the version that the desk began in is gone
        with other.rebuilding() as fresh:
            shelf.put(fresh, analysed(2, "boat"), analysed(3, "boat"))
    assert desk.search(parse_query("boat")).count == 2
    other.close()
    desk.close()
