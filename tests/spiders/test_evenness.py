"""One pace a host across processes, back-off, hours, turns of time, no source twice at once."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.store import Store, open_store
from crawler.types import Outcome
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import (
    NO_RULES,
    Channel,
    command,
    crawl,
    preview,
    stored,
    telegram,
    wait_for,
)

#: Seconds by which a request may leave early: the server notes it when it has been read.
SLACK = 0.15


def opened(workspace: Path) -> Store:
    return open_store(f"sqlite:///{workspace}/data/foreland.sqlite3")


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answer


def begin(workspace: Path, source: dict[str, Any], **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(workspace, source, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_sources_on_one_host_share_its_pace(tmp_path: Path) -> None:
    delay = 0.6
    with serving(Channel(20)) as site:
        sources = [telegram(site.url, name=name, pace={"delay": delay}) for name in ("a", "b")]
        runs = [result(process) for process in [begin(tmp_path, one) for one in sources]]
        times = sorted(site.times)
        asked = len(site.asked)
    assert [run["outcome"] for run in runs] == ["ok", "ok"]
    assert asked == 2 * (1 + 4)  # each its own robots.txt and four pages
    # Over five requests in a row, so that one that the server noted late does not decide.
    # Without a shared pace they would take half as long.
    assert min(later - earlier for earlier, later in zip(times, times[4:], strict=False)) >= (
        4 * delay * 0.75
    )


def test_a_crawl_delay_holds_for_every_process(tmp_path: Path) -> None:
    channel = Channel(10)

    def answer(path: str) -> Answer:
        rules = b"User-agent: *\nCrawl-delay: 1\n"
        if path == "/robots.txt":
            return Answer(rules, headers=(("Content-Type", "text/plain"),))
        return channel(path)

    with serving(answer) as site:
        sources = [telegram(site.url, name=name, pace={"delay": 0.1}) for name in ("a", "b")]
        for process in [begin(tmp_path, one) for one in sources]:
            assert result(process)["outcome"] == "ok"
        pages = sorted(
            moment
            for moment, path in zip(site.times, site.asked, strict=True)
            if path != "/robots.txt"
        )
    assert min(later - earlier for earlier, later in pairwise(pages)) >= 1 - SLACK


@pytest.mark.parametrize("status", [429, 503])
def test_a_day_and_hour_to_come_back_is_kept_for_the_whole_host(
    tmp_path: Path, status: int
) -> None:
    back = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    header = (("Retry-After", format_datetime(back, usegmt=True)),)
    said = Answer(b"", status, header)
    with serving(lambda path: said if path.startswith("/s/") else NO_RULES) as site:
        first = crawl(tmp_path, telegram(site.url, name="a", pace={"delay": 0.1}))
        asked = len(site.asked)
        other = crawl(tmp_path, telegram(site.url, name="b", pace={"delay": 0.1}))
        assert len(site.asked) == asked  # the other source is on the same host
    assert first["outcome"] == {429: "rate_limited", 503: "server_error"}[status]
    assert other["outcome"] == "rate_limited"
    assert "not to be asked for another" in other["detail"]
    store = opened(tmp_path)
    state = store.source_states()["a"]
    store.close()
    assert state.failures == 1
    assert state.not_before is not None
    assert abs(state.not_before - back) < timedelta(seconds=60)


def test_a_failing_source_rests_longer_each_time_and_a_success_ends_it(tmp_path: Path) -> None:
    broken = True

    def answer(path: str) -> Answer:
        if not path.startswith("/s/"):
            return NO_RULES
        return Answer(b"", 403) if broken else preview("invented", range(1, 3))

    rests = []
    with serving(answer) as site:
        for _ in range(2):
            assert crawl(tmp_path, telegram(site.url))["outcome"] == "blocked"
            store = opened(tmp_path)
            state = store.source_states()["one"]
            store.close()
            assert state.not_before is not None
            rests.append((state.not_before - datetime.now(UTC)).total_seconds())
        broken = False
        crawl(tmp_path, telegram(site.url))
    assert rests == pytest.approx([300, 600], abs=30)
    store = opened(tmp_path)
    assert store.source_states()["one"].not_before is None
    store.close()


def test_outside_its_hours_nothing_is_asked(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    hours = f"{now + timedelta(hours=3):%H:%M}-{now + timedelta(hours=5):%H:%M}"
    with serving(Channel()) as site:
        run = crawl(tmp_path, telegram(site.url, hours=hours), config=in_utc())
        assert site.asked == []
    assert (run["outcome"], run["detail"]) == ("paused", f"outside its hours ({hours})")


def in_utc(**crawling: Any) -> dict[str, Any]:
    return {"time_zone": "UTC", "crawl": {"delay": 0, "timeout": 5, **crawling}}


def test_a_scheduled_crawl_pauses_for_the_others_and_goes_on(tmp_path: Path) -> None:
    channel = Channel(60)
    channel.slow = lambda _: 0.5
    source = telegram("", schedule="0 0 1 1 *")
    with serving(channel) as site:
        source["url"] = f"{site.url}/s/invented"
        first = crawl(tmp_path, source, config=in_utc(turn=2), scheduled=True)
        channel.slow = lambda _: 0.0
        second = crawl(tmp_path, source, config=in_utc(turn=60), scheduled=True)
    assert first["outcome"] == "paused"
    assert "crawl.turn" in first["detail"]
    assert 0 < first["new"] < 60
    assert (second["outcome"], first["new"] + second["new"]) == ("ok", 60)
    assert second["complete"]
    assert stored(tmp_path) == sorted(f"invented/{number}" for number in range(1, 61))


def test_a_source_that_two_machines_find_due_is_crawled_once(tmp_path: Path) -> None:
    channel = Channel(20)
    channel.slow = lambda _: 0.2
    with serving(channel) as site:
        source = telegram(site.url, schedule="0 0 1 1 *")
        runs = [
            result(process)
            for process in [begin(tmp_path, source, scheduled=True) for _ in range(2)]
        ]
        pages = [path for path in site.asked if path != "/robots.txt"]
    assert sorted(run["new"] for run in runs) == [0, 20]
    assert len(pages) == len(set(pages)) == 4
    store = opened(tmp_path)
    assert [run.outcome for run in store.runs("one")] == [Outcome.OK]
    store.close()


def test_a_source_whose_crawl_was_killed_is_free_when_its_lease_runs_out(tmp_path: Path) -> None:
    channel = Channel(60)
    channel.slow = lambda _: 0.3
    with serving(channel) as site:
        source = telegram(site.url, schedule="* * * * *")
        first = begin(tmp_path, source, scheduled=True)
        wait_for(lambda: len(site.asked) >= 3)
        first.kill()
        first.communicate()
        channel.slow = lambda _: 0.0
        held = crawl(tmp_path, source, scheduled=True)
        assert (held["id"], held["pages"]) == (0, 0)
        time.sleep(15.5)
        # Due by its schedule in a minute at the latest; here because it was asked for.
        run = crawl(tmp_path, source)
    assert (run["outcome"], run["complete"]) == ("ok", True)
    assert stored(tmp_path) == sorted(f"invented/{number}" for number in range(1, 61))
