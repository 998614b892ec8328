"""What the figures of runs say of a source: tables of histories, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health import FIELDS, SourceHealth, Watched, judge_source
from crawler.types import Alarm, Episode, Outcome, RunFigures

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(
    number: int, posts: int = 20, outcome: Outcome | None = Outcome.OK, **fields: int
) -> RunFigures:
    started = START + number * HOUR
    counted = dict.fromkeys(FIELDS, posts) | fields
    ended = None if outcome is None else started + HOUR / 60
    return RunFigures(number, started, ended, outcome, posts, "", counted)


def yields(*posts: int) -> list[RunFigures]:
    return [
        run(number, seen, Outcome.OK if seen else Outcome.EMPTY)
        for number, seen in enumerate(posts)
    ]


def judge(
    history: Sequence[RunFigures],
    *episodes: Episode,
    source: Watched | None = None,
    now: datetime | None = None,
) -> SourceHealth:
    good = [r.ended_at for r in history if r.outcome in (Outcome.OK, Outcome.EMPTY)]
    return judge_source(
        source or Watched("one"),
        history,
        episodes,
        now or (history[-1].started_at + HOUR / 2 if history else START),
        last_success=good[-1] if good else None,
        next_due=lambda after: after.replace(minute=0, second=0) + HOUR,
    )


def kinds(health: SourceHealth) -> list[str]:
    return [f"{alarm.kind}:{alarm.field}".rstrip(":") for alarm in health.alarms]


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ((20, 20, 20, 20), []),
        ((20, 20, 20, 7), []),  # fallen by 65 %
        ((20, 20, 20, 6), ["yield"]),  # by 70 %
        ((20, 20, 20, 0), ["yield"]),
        ((20, 20, 0), []),  # two runs say nothing of what is usual
        ((5000, 20, 21, 19), []),  # the first run went through all the pages
        ((20, 20, 20, 0, 0, 0, 0, 0, 0, 0), ["yield"]),  # staying bad does not become usual
        ((20, 20, 20, 6, 9), ["yield"]),  # not back yet: half of what is usual ends it
        ((20, 20, 20, 6, 10), []),
        ((20, 20, 20, 200), []),
        ((0, 0, 0, 0), []),
    ],
)
def test_yield_against_its_own_median(posts: tuple[int, ...], expected: list[str]) -> None:
    assert kinds(judge(yields(*posts))) == expected


@pytest.mark.parametrize(
    ("usual", "last", "seen", "expected"),
    [
        (20, 0, 20, ["field:author"]),
        (20, 6, 20, ["field:author"]),
        (20, 7, 20, []),
        (20, 0, 3, ["yield", "field:author"]),
        (2, 0, 10, []),  # a tenth of the posts had it: ten without are no wonder
        (8, 0, 20, ["field:author"]),
    ],
)
def test_coverage_of_a_field_against_its_own_median(
    usual: int, last: int, seen: int, expected: list[str]
) -> None:
    history = [*(run(number, author=usual) for number in range(5)), run(5, seen, author=last)]
    health = judge(history)
    assert kinds(health) == expected
    level = next(level for level in health.levels if level.name == "author")
    assert (level.value, level.usual) == (last / seen, usual / 20)


def test_a_run_without_posts_leaves_a_field_as_it_was() -> None:
    bad = Alarm("one", "field", "author on 0 %", "author", 1.0, 0.0)
    history = [*yields(20, 20, 20), run(3, author=0), run(4, 0, Outcome.EMPTY)]
    assert "field:author" in kinds(judge(history, Episode(1, bad, START)))


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.INTERRUPTED])
def test_a_site_that_did_not_answer_once_has_not_fallen(outcome: Outcome) -> None:
    assert kinds(judge([*yields(20, 20, 20), run(3, 0, outcome)])) == []
    assert judge([*yields(20, 20, 20), run(3, 0, outcome)]).state == "failing"


def test_the_measure_of_an_open_alarm_stays_when_its_runs_are_long_past() -> None:
    alarm = Alarm("one", "yield", "few", "", 20.0, 2.0)
    history = yields(*[2] * 30)
    assert kinds(judge(history)) == []
    assert kinds(judge(history, Episode(1, alarm, START))) == ["yield"]
    assert kinds(judge(yields(*[2] * 30, 18), Episode(1, alarm, START))) == []


def test_expectations() -> None:
    source = Watched("one", expect_posts=5, expect_fields={"author": 0.9})
    below = [run(0, 3, Outcome.BELOW_EXPECTED)]
    assert kinds(judge(below, source=source)) == ["expected"]
    assert kinds(judge([run(0, author=17)], source=source)) == ["expected"]
    assert kinds(judge([run(0, author=18)], source=source)) == []
    assert kinds(judge([run(0, 0, Outcome.EMPTY)], source=source)) == ["expected"]


@pytest.mark.parametrize(
    ("hours", "expected"), [(1.5, []), (2.9, []), (3.0, ["overdue"]), (30, ["overdue"])]
)
def test_three_intervals_without_success(hours: float, expected: list[str]) -> None:
    source = Watched("one", scheduled=True)
    history = yields(20)  # at midnight; due each hour
    assert kinds(judge(history, source=source, now=START + hours * HOUR)) == expected


def test_overdue_says_what_went_wrong_and_waits_for_the_run_under_way() -> None:
    source = Watched("one", scheduled=True)
    failed = [*yields(20), *(run(number, 0, Outcome.TIMEOUT) for number in (1, 2))]
    (alarm,) = judge(failed, source=source, now=START + 3 * HOUR).alarms
    assert "timeout" in alarm.detail
    under_way = [*failed, run(3, 0, None)]
    assert not judge(under_way, source=source, now=START + 3.2 * HOUR).alarms
    assert kinds(judge(under_way, source=source, now=START + 4 * HOUR)) == ["overdue"]


def test_a_source_that_never_succeeded_is_overdue_from_its_first_run() -> None:
    source = Watched("one", scheduled=True)
    history = [run(number, 0, Outcome.TIMEOUT) for number in range(3)]
    assert not judge(history, source=source, now=START + 2.5 * HOUR).alarms
    assert kinds(judge(history, source=source, now=START + 3 * HOUR)) == ["overdue"]


def test_without_a_schedule_three_failed_runs_are_overdue() -> None:
    failing = [run(number, 0, Outcome.TIMEOUT) for number in range(1, 4)]
    assert kinds(judge([*yields(20), *failing])) == ["overdue"]
    assert kinds(judge([*yields(20), *failing[1:]])) == []


@pytest.mark.parametrize(
    "outcome", [Outcome.PREVIEW_DISABLED, Outcome.LAYOUT_CHANGED, Outcome.LOGIN_REQUIRED]
)
def test_what_does_not_pass_by_itself_is_told_at_once(outcome: Outcome) -> None:
    assert kinds(judge([run(0, 0, outcome)])) == ["failed"]


def test_refused_disabled_and_never_run() -> None:
    assert kinds(judge(yields(20), source=Watched("one", refusal="review it"))) == ["failed"]
    disabled = judge(yields(20, 20, 20, 0), source=Watched("one", enabled=False))
    assert (disabled.state, disabled.alarms) == ("disabled", ())
    never = judge([], source=Watched("one", scheduled=True), now=START + 99 * HOUR)
    assert (never.state, never.alarms) == ("never_run", ())


@pytest.mark.parametrize(
    ("posts", "trend"),
    [
        ((20, 20, 20), "unknown"),
        ((20, 20, 22, 21), "steady"),
        ((20, 20, 12, 12), "falling"),
        ((20, 20, 30, 30), "rising"),
    ],
)
def test_trend(posts: tuple[int, ...], trend: str) -> None:
    assert judge(yields(*posts)).trend == trend
