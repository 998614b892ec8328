"""When sources are due, through the changes of London's clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ConfigError
from crawler.schedule import LARGEST_JITTER, due_sources, next_due, pick_next

_SECOND = timedelta(seconds=1)


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("*/15 * * * *", "2026-01-05T10:07", "2026-01-05T10:15"),
        ("*/15 * * * *", "2026-01-05T10:15", "2026-01-05T10:30"),
        ("0 6 * * *", "2026-01-05T10:00", "2026-01-06T06:00"),
        ("0 6 * * *", "2026-07-05T10:00", "2026-07-06T05:00"),
        ("0 6 * * MON", "2026-01-06T10:00", "2026-01-12T06:00"),
        ("0 0 29 2 *", "2026-01-05T10:00", "2028-02-29T00:00"),
    ],
    ids=["quarter", "at the moment itself", "winter", "summer", "monday", "leap day"],
)
def test_the_next_time(cron: str, after: str, due: str) -> None:
    assert next_due(cron, at(after), "Europe/London") == at(due)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        # 29 March 2026: 01:00 to 02:00 does not exist. What was set there runs at 02:00 BST.
        ("30 1 * * *", "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("0 * * * *", "2026-03-28T23:30", ["2026-03-29T00:00", "2026-03-29T01:00"]),
        # 25 October 2026: 01:00 to 02:00 comes twice. A set hour runs in the first only.
        ("30 1 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("30 1 * * *", "2026-10-25T00:45", ["2026-10-26T01:30"]),
        ("30 1 * * *", "2026-10-25T01:15", ["2026-10-26T01:30"]),
        (
            "*/30 * * * *",
            "2026-10-25T00:00",
            ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
        ),
    ],
)
def test_the_clocks_change(cron: str, after: str, due: list[str]) -> None:
    moment = at(after)
    for expected in due:
        found = next_due(cron, moment, "Europe/London")
        assert found == at(expected)
        moment = found


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 31 4,6 *"])
def test_a_day_that_never_comes_is_none(cron: str) -> None:
    assert next_due(cron, at("2026-01-05T10:00"), "Europe/London") is None


@pytest.mark.parametrize(
    "cron", ["", "0 6 * *", "61 * * * *", "* * * 13 *", "0 6 * * FUN", "0 0 32 2 *", "0 0 0 6 * *"]
)
def test_what_is_no_cron_line_is_an_error(cron: str) -> None:
    with pytest.raises(ConfigError, match="schedule"):
        next_due(cron, at("2026-01-05T10:00"), "Europe/London")


@pytest.mark.parametrize("zone", ["Europe/Londinium", "", "../etc/passwd"])
def test_what_is_no_zone_is_an_error(zone: str) -> None:
    with pytest.raises(ConfigError, match="not a time zone"):
        next_due("0 6 * * *", at("2026-01-05T10:00"), zone)


@given(st.text(max_size=12))
def test_jitter_is_the_same_every_day_and_within_a_minute(key: str) -> None:
    moment = at("2026-01-05T10:00")
    delays = set()
    for day in range(6, 9):
        due = next_due("0 6 * * *", moment, "Europe/London", jitter_key=key)
        assert due is not None
        delays.add(due - at(f"2026-01-{day:02d}T06:00"))
        moment = due
    (delay,) = delays
    assert timedelta() <= delay <= LARGEST_JITTER


def test_jitter_spreads_sources() -> None:
    after = at("2026-01-05T10:00")
    due = {next_due("0 6 * * *", after, jitter_key=f"source-{n}") for n in range(200)}
    assert len(due) > 40


@given(
    st.sampled_from(["*/10 * * * *", "0 */3 * * *", "30 1 * * *", "0 2 * * SUN", "5 4 1 * *"]),
    st.integers(0, 5 * 365 * 86_400).map(lambda n: at("2025-01-01T00:00") + n * _SECOND),
    st.sampled_from(["", "key"]),
)
def test_what_is_due_lies_ahead_and_nothing_is_skipped(
    cron: str, after: datetime, key: str
) -> None:
    due = next_due(cron, after, "Europe/London", jitter_key=key)
    assert due is not None
    assert due > after
    # Any moment between has the same next time: none in between was passed over.
    halfway = after + (due - after) / 2
    assert next_due(cron, halfway, "Europe/London", jitter_key=key) == due
    assert next_due(cron, due - _SECOND, "Europe/London", jitter_key=key) == due


def test_a_source_that_never_ran_is_due_at_once() -> None:
    assert due_sources([("new", "0 0 29 2 *")], {}, at("2026-01-05T10:00")) == ["new"]


def test_missed_runs_count_once_and_the_longest_overdue_comes_first() -> None:
    now = at("2026-01-10T12:30")
    sources = [
        ("hourly", "0 * * * *"),
        ("new-b", "0 6 * * *"),
        ("weekly", "0 6 * * MON"),
        ("daily", "0 6 * * *"),
        ("new-a", "0 6 * * *"),
        ("never", "0 0 30 2 *"),
    ]
    started = {
        "hourly": at("2026-01-10T11:05"),
        "daily": at("2026-01-04T06:01"),
        "weekly": at("2026-01-05T06:02"),
        "never": at("2026-01-01T00:00"),
    }
    assert due_sources(sources, started, now) == ["new-b", "new-a", "daily", "hourly"]
    started |= dict.fromkeys(["hourly", "daily", "new-a", "new-b"], now)
    assert due_sources(sources, started, now) == []


def test_a_start_in_the_future_does_not_stop_a_source() -> None:
    now = at("2026-01-10T12:30")
    started = {"board": at("2036-01-10T12:30")}
    assert due_sources([("board", "*/5 * * * *")], started, now) == []
    found = due_sources([("board", "*/5 * * * *")], {"board": now}, now + timedelta(minutes=7))
    assert found == ["board"]


def test_what_is_unfinished_is_due_at_its_time_and_in_its_place() -> None:
    now = at("2026-01-10T12:30")
    sources = [("hourly", "0 * * * *"), ("cut-off", "0 0 1 1 *"), ("later", "0 0 1 1 *")]
    started = dict.fromkeys(["hourly", "cut-off", "later"], at("2026-01-10T11:30"))
    unfinished = {"cut-off": at("2026-01-10T11:40"), "later": at("2026-01-10T12:31")}
    assert due_sources(sources, started, now, unfinished=unfinished) == ["cut-off", "hourly"]


@given(st.lists(st.sampled_from("abc"), max_size=20), st.integers(1, 4))
def test_nobody_is_passed_over_for_more_than_a_round(hosts: list[str], parallel: int) -> None:
    """Whatever waits, every source runs, and no host has two turns while another waits."""
    waiting = [(f"{host}{number}", host) for number, host in enumerate(hosts)]
    running: list[str] = []
    last: dict[str, int] = {}
    order: list[str] = []
    while waiting or running:
        while len(running) < parallel:
            position = pick_next(waiting, set(running), last)
            if position is None:
                break
            name, host = waiting.pop(position)
            assert all(other not in waiting[:position] for other in [(name, host)])
            assert all(waits != host for _, waits in waiting[:position])
            last[host] = len(order) + 1
            order.append(name)
            running.append(host)
        running.pop(0)
    assert len(order) == len(hosts)
    for host in set(hosts):
        mine = [int(name[1:]) for name in order if name[0] == host]
        assert mine == sorted(mine)
    first_turns = [name[0] for name in order[: len(set(hosts))]]
    assert sorted(first_turns) == sorted(set(hosts))
