"""The application over Elasticsearch, and what goes on when that is down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from crawler.app import App, open_app
from crawler.config import Config
from crawler.config import ElasticIndex as Settings
from crawler.errors import IndexUnavailable
from crawler.types import ParsedPost
from index.elastic import ElasticIndex
from index.sync import rebuild
from tests.index.elastic.conftest import MakeSettings
from tests.index.elastic.link import Link
from tests.store.samples import NOW
from web.serve import desk

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]

OFFER = "Boat from Calais to England every night, £2000, pay after arrival"


@pytest.fixture
def link(server: Settings) -> Iterator[Link]:
    link = Link(server.hosts[0])
    yield link
    link.cut()


@pytest.fixture
def app(tmp_path: Path, make_settings: MakeSettings, link: Link) -> Iterator[App]:
    (tmp_path / "data").mkdir()
    config = Config(workspace=tmp_path, index=make_settings(hosts=(link.url,)))
    with open_app(config) as app:
        yield app


def collect(app: App, site_id: str, text: str) -> None:
    post = ParsedPost(site_id, text, posted_at=NOW)
    app.store.add_posts("channel", "telegram", [post], capture=None, seen_at=NOW)


def test_the_whole_path(app: App) -> None:
    collect(app, "1", OFFER)
    assert isinstance(app.index, ElasticIndex)
    assert app.process().indexed == 1
    assert app.search("boat to:GB price:2000 currency:GBP").count == 1
    assert rebuild(app.index, app.store) == 1
    assert app.search("boat").count == 1


def test_analysis_and_desk_go_on_while_it_is_down(app: App, link: Link) -> None:
    collect(app, "1", OFFER)
    app.process()
    link.cut()
    collect(app, "2", OFFER + " by lorry")
    with pytest.raises(IndexUnavailable, match="does not answer"):
        app.process()
    assert app.store.posts_to_analyse(limit=10) == []
    with desk(app, port=0) as address:
        answer = httpx.get(address, params={"q": "boat"}, timeout=30)
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert httpx.get(f"{address}/advert/1", timeout=30).status_code == 200
        link.mend()
        assert app.cluster_and_index() == 1
        assert app.search("lorry").count == 1
        assert httpx.get(address, params={"q": "boat"}, timeout=30).status_code == 200
