"""The Elasticsearch index: the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.config import ElasticIndex as Settings
from crawler.ports import Index
from index.elastic import ElasticIndex
from tests.contracts.index import IndexContract, Shelf

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]


class TestElasticIndex(IndexContract):
    @pytest.fixture
    def index(self, shelf: Shelf, settings: Settings) -> Iterator[Index]:
        index = ElasticIndex(settings, shelf.load, ca=settings.ca)
        yield index
        index.close()
