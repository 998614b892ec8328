"""The guard before every fetch: review dates, authorities, looks at a named person's page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.app.crawl import crawl_source
from crawler.app.guard import enter, refuse
from crawler.config import Config
from crawler.store import Store, open_store
from crawler.types import Outcome
from spiders.source import Source

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def make_source(url: str = "https://www.tiktok.com/@invented", **values: Any) -> Source:
    return Source.model_validate(
        {
            "name": "one",
            "platform": "webpage",
            "url": url,
            "purpose": "a test",
            "authority": "TEST-1",
            "review_date": date(2026, 11, 20),
            **values,
        }
    )


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(workspace=tmp_path)


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    store = open_store(config.database_url)
    yield store
    store.close()


def test_the_review_date_is_the_last_day_where_the_desk_stands(config: Config) -> None:
    assert refuse(config, make_source(), NOW) == ""
    assert "review date has passed: 2026-11-20" in refuse(config, make_source(), NOW + DAY)
    # Half past eleven in London in winter is past midnight in Paris.
    paris = config.model_copy(update={"time_zone": "Europe/Paris"})
    assert "review date has passed" in refuse(paris, make_source(), NOW)


def test_a_full_authority_is_asked_for_where_policy_says_so(config: Config) -> None:
    strict = config.model_copy(
        update={"crawl": config.crawl.model_copy(update={"full_authority": True})}
    )
    assert refuse(config, make_source(), NOW) == ""
    assert "legal_basis and reviewer" in refuse(strict, make_source(), NOW)
    full = make_source(legal_basis="an Act, section 1", reviewer="Duty inspector")
    assert refuse(strict, full, NOW) == ""


def test_a_named_persons_page_is_visited_three_times_in_thirty_days(
    config: Config, store: Store
) -> None:
    source = make_source()
    # Another way to write and to fetch it is the same page.
    other = make_source("https://m.tiktok.com/@Invented/video/1", name="two")
    assert enter(config, store, source, NOW, how="crawl") == ""
    assert enter(config, store, other, NOW + DAY, how="capture") == ""
    assert enter(config, store, source, NOW + 2 * DAY, how="try") == ""
    refused = enter(config, store, source, NOW + 3 * DAY, how="crawl")
    assert "tiktok.com/@invented" in refused
    assert "3 times in 30 days" in refused
    assert "surveillance_authority:" in refused
    # What was refused is no visit, and the first one leaves the thirty days.
    assert enter(config, store, other, NOW + 30.5 * DAY, how="crawl") == ""
    assert [visit.how for visit in store.visits_of("tiktok.com/@invented")] == [
        "crawl",
        "try",
        "capture",
        "crawl",
    ]


def test_with_an_authority_visits_go_on_and_are_counted(config: Config, store: Store) -> None:
    source = make_source(surveillance_authority="DSA-1")
    for hours in range(6):
        now = NOW + timedelta(hours=hours)
        assert enter(config, store, source, now, how="crawl") == ""
    assert len(store.visits_of("tiktok.com/@invented")) == 6
    assert "DSA-1" in source.justification
    assert enter(config, store, make_source(), NOW + DAY, how="crawl") != ""


def test_other_pages_are_not_counted(config: Config, store: Store) -> None:
    for _ in range(9):
        assert enter(config, store, make_source("https://t.me/s/invented"), NOW, how="crawl") == ""
        assert enter(config, store, make_source(person=False), NOW, how="crawl") == ""
    assert store.visits_of("tiktok.com/@invented") == []


def test_the_crawl_refuses_by_name_and_fetches_nothing(config: Config, store: Store) -> None:
    source = make_source("http://127.0.0.1:9/members/7", person=True)
    none = config.model_copy(update={"crawl": config.crawl.model_copy(update={"person_visits": 0})})
    run = crawl_source(none, source, clock=lambda: NOW)
    assert run.outcome is Outcome.NOT_AUTHORISED
    assert "surveillance_authority:" in run.detail
    assert (run.pages, run.failures) == (0, ())
    assert store.runs("one")[0].outcome is Outcome.NOT_AUTHORISED
