"""Real crawls of a site on the loopback interface: fields counted, looks counted and refused."""

from __future__ import annotations

from pathlib import Path

from crawler.store import open_store
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import Channel, crawl, telegram


def test_a_crawl_counts_how_many_posts_had_each_field(tmp_path: Path) -> None:
    with serving(Channel(12)) as site:
        crawl(tmp_path, telegram(site.url))
    store = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    (run,) = store.run_figures(limit=5)["one"]
    store.close()
    assert run.posts_seen == 12
    assert (run.with_field["text"], run.with_field["posted_at"]) == (12, 12)
    assert (run.with_field["author"], run.with_field["media"]) == (0, 0)


def test_a_persons_page_is_crawled_as_often_as_allowed_and_then_not_asked_for(
    tmp_path: Path,
) -> None:
    asked: list[str] = []
    channel = Channel(3)

    def answer(path: str) -> Answer:
        asked.append(path)
        return channel(path)

    config = {"crawl": {"delay": 0, "timeout": 5, "person_visits": 1}}
    with serving(answer) as site:
        source = telegram(site.url, person=True)
        first = crawl(tmp_path, source, config=config)
        before = len(asked)
        second = crawl(tmp_path, source, config=config)
        refused = len(asked)
        third = crawl(tmp_path, {**source, "surveillance_authority": "DSA-1"}, config=config)
    assert (first["outcome"], first["seen"]) == ("ok", 3)
    assert (second["outcome"], second["pages"]) == ("not_authorised", 0)
    assert "visited once in 30 days" in second["detail"]
    assert before > 0
    assert refused == before
    assert third["outcome"] == "unchanged"
