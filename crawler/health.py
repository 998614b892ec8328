"""Judges how well a source goes, from the figures of its runs alone.

    history of runs + open alarms -> SourceHealth (levels, trend, alarms)

Decides and does nothing: the caller reads the history and raises or clears the alarms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Literal

from crawler.types import Alarm, Episode, Outcome, RunFigures

#: Fields of a post whose coverage is counted and may be expected.
FIELDS = ("text", "url", "author", "author_handle", "posted_at", "views", "media", "links")
#: Runs of a source that are looked at. Baselines that are older are kept by the episode.
HISTORY = 60

#: Outcomes of a run that brought all there was.
SUCCESSES = (Outcome.OK, Outcome.EMPTY, Outcome.UNCHANGED)
#: Those of our own doing: they say nothing of the site.
_OURS = frozenset({Outcome.INTERRUPTED, Outcome.STORE_FAILED, Outcome.NOT_AUTHORISED})
#: Those that pass by themselves, mostly; if not, the source becomes overdue.
_PASSING = frozenset(
    {
        Outcome.UNREACHABLE,
        Outcome.TIMEOUT,
        Outcome.SERVER_ERROR,
        Outcome.RATE_LIMITED,
        Outcome.ROBOTS_UNREACHABLE,
        Outcome.BROWSER_FAILED,
    }
)
#: Those that do not: with them, and no post, a person has to act. Each says how.
_TO_DO = {
    Outcome.PREVIEW_DISABLED: "the channel shows no public preview any more: end the source",
    Outcome.LOGIN_REQUIRED: "it is for members only now, which is never entered: end the source",
    Outcome.GONE: "it is not there any more: correct the address, or end the source",
    Outcome.BLOCKED: "it refuses us: look at the pace and the user agent, or end the source",
    Outcome.ROBOTS_DISALLOWED: "its robots.txt forbids it: end the source",
    Outcome.LAYOUT_CHANGED: "its markup has changed: look at a capture, mend the parser",
    Outcome.BROKEN: "what it sends cannot be read: look at a capture",
    Outcome.TOO_LARGE: "its pages are too large: see crawl.max_bytes",
}

#: An alarm is raised when a value has fallen by this share of what is usual …
FALL = 0.7
#: … and clears when it is back at this share of it: apart, so that it does not flutter.
_RECOVERED = 0.5
#: What is usual is the median of so many healthy runs at most, and at least.
_WINDOW = 20
_FEWEST = 3
#: A field that few posts have is missing from a small run by chance; not so below this.
_BY_CHANCE = 0.01
#: Intervals of the schedule (or, without one, runs) without success.
_MISSED = 3
#: How much the newer half of the runs must differ from the older to be a trend.
_TREND = 0.3

Trend = Literal["rising", "steady", "falling", "unknown"]
State = Literal["healthy", "alarm", "failing", "never_run", "disabled"]
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Watched:
    """What has to be known of a source to judge it."""

    name: str
    enabled: bool = True
    scheduled: bool = False
    refusal: str = ""  #: why it may not be collected now, and what to do; '' when it may
    expect_posts: int = 0
    expect_fields: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Level:
    """Where a value stands against what is usual for the source."""

    name: str  #: 'posts', or a field
    value: float  #: posts seen, or the share of them that has the field, 0 to 1
    usual: float | None  #: None as long as there are too few healthy runs to say
    low: bool = False


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source goes."""

    source: str
    state: State
    last_run: RunFigures | None = None
    last_success: datetime | None = None
    levels: tuple[Level, ...] = ()  #: posts first; of the last run that can be judged
    trend: Trend = "unknown"  #: of the posts a run sees
    alarms: tuple[Alarm, ...] = ()


def judge_source(
    source: Watched,
    history: Sequence[RunFigures],
    open_episodes: Sequence[Episode],
    now: datetime,
    *,
    last_success: datetime | None,
    next_due: Callable[[datetime], datetime | None],
    usual_since: datetime | None = None,
) -> SourceHealth:
    """The health of a source.

    Args:
        source: what is asked of it.
        history: its latest runs, oldest first.
        open_episodes: its alarms that last: what was usual when they began stays the
            measure, so that a source which stays bad does not come to seem normal.
        now: the time.
        last_success: when a run last ended as one of `SUCCESSES`, if ever.
        next_due: when its schedule next asks for a run after a moment. Called only for a
            source that is scheduled.
        usual_since: runs before this say nothing of what is usual; None: all do.
    """
    last_run = history[-1] if history else None
    if not source.enabled:
        return SourceHealth(source.name, "disabled", last_run, last_success)
    judged = [run for run in history if _can_be_judged(run)]
    counted = [run for run in judged if usual_since is None or run.started_at > usual_since]
    levels = tuple(_levels(source.name, counted, open_episodes))
    alarms = [
        *_failed(source, history),
        *_fallen(source.name, levels, open_episodes),
        *_below_expected(source, judged),
    ]
    if not source.refusal:
        alarms += _overdue(source, history, last_success, now, next_due)
    return SourceHealth(
        source.name,
        _state(alarms, history),
        last_run,
        last_success,
        levels,
        _trend([run.posts_seen for run in counted]),
        tuple(alarms),
    )


def _state(alarms: Sequence[Alarm], history: Sequence[RunFigures]) -> State:
    if alarms:
        return "alarm"
    ended = [run for run in history if run.ended_at is not None]
    if not ended:
        return "never_run"
    return "healthy" if ended[-1].outcome in SUCCESSES else "failing"


def _can_be_judged(run: RunFigures) -> bool:
    if run.outcome is None or run.outcome in _OURS:
        return False
    # A site that does not answer has not changed; nor has one that said 'not modified'.
    return run.posts_seen > 0 or run.outcome not in {*_PASSING, Outcome.UNCHANGED}


# --- against what is usual ----------------------------------------------------------


def _levels(
    source: str, judged: Sequence[RunFigures], open_episodes: Sequence[Episode]
) -> list[Level]:
    if not judged:
        return []
    values = [(float(run.posts_seen), run.posts_seen) for run in judged]
    levels = [_level("posts", values, _baseline(open_episodes, source, "yield", ""), shares=False)]
    for name in FIELDS:
        # A run from before fields were counted says nothing of them.
        shares = [
            (run.with_field.get(name, 0) / run.posts_seen, run.posts_seen)
            for run in judged
            if run.posts_seen and run.with_field
        ]
        if shares:
            kept = _baseline(open_episodes, source, "field", name)
            levels.append(_level(name, shares, kept, shares=True))
    return levels


def _baseline(open_episodes: Sequence[Episode], source: str, kind: str, name: str) -> float | None:
    for episode in open_episodes:
        alarm = episode.alarm
        if (alarm.source, alarm.kind, alarm.field) == (source, kind, name):
            return alarm.baseline
    return None


def _level(
    name: str, values: Sequence[tuple[float, int]], kept: float | None, *, shares: bool
) -> Level:
    """Go through the runs in order, each measured by the healthy ones before it.

    Args:
        name: of the value.
        values: of each run, with how many posts it is of.
        kept: what was usual when an alarm about it was raised that still lasts.
        shares: whether the values are shares, which also move by chance.
    """
    healthy: list[float] = []
    usual: float | None = None
    low = False
    for value, posts in values:
        if not low:
            usual = median(healthy[-_WINDOW:]) if len(healthy) >= _FEWEST else None
            low = usual is not None and _has_fallen(value, usual, posts, shares=shares)
        else:
            low = usual is not None and value < _RECOVERED * usual - _EPSILON
        if not low:
            healthy.append(value)
    value = values[-1][0]
    if kept is not None:
        usual, low = kept, value < _RECOVERED * kept - _EPSILON
    return Level(name, value, usual, low)


def _has_fallen(value: float, usual: float, posts: int, *, shares: bool) -> bool:
    if usual <= 0 or value > (1 - FALL) * usual + _EPSILON:
        return False
    return not shares or _chance(round(value * posts), posts, usual) < _BY_CHANCE


def _chance(most: int, posts: int, share: float) -> float:
    """How likely at most so many of the posts have a field that this share of posts has.

    >>> _chance(0, 3, 0.4) > 0.2, _chance(2, 20, 0.4) < 0.01
    (True, True)
    """
    # Even a field that all posts had is missing now and then.
    share = min(share, 0.95)
    log, log_not = math.log(share), math.log1p(-share)
    ways = (
        math.lgamma(posts + 1) - math.lgamma(count + 1) - math.lgamma(posts - count + 1)
        for count in range(most + 1)
    )
    return sum(
        math.exp(way + count * log + (posts - count) * log_not) for count, way in enumerate(ways)
    )


def _trend(seen: Sequence[int]) -> Trend:
    latest = seen[-_WINDOW:]
    if len(latest) < 4:
        return "unknown"
    middle = len(latest) // 2
    older, newer = median(latest[:middle]), median(latest[middle:])
    if abs(newer - older) <= _TREND * max(older, 1):
        return "steady"
    return "rising" if newer > older else "falling"


# --- the alarms ---------------------------------------------------------------------


def _fallen(source: str, levels: Sequence[Level], open_episodes: Sequence[Episode]) -> list[Alarm]:
    alarms = []
    for level in levels:
        if not level.low or level.usual is None:
            continue
        if level.name == "posts":
            detail = (
                f"the last run saw {level.value:g} posts, {level.usual:g} are usual: "
                "look at its page, mend the parser or the source"
            )
            alarms.append(Alarm(source, "yield", detail, "", level.usual, level.value))
        else:
            detail = (
                f"{level.name} on {level.value:.0%} of the posts, {level.usual:.0%} is usual: "
                "look at a capture, mend the parser or the selectors"
            )
            alarms.append(Alarm(source, "field", detail, level.name, level.usual, level.value))
    if levels and levels[0].value == 0:
        # A run without posts says nothing of fields: what was wrong with them still is.
        told = {alarm.field for alarm in alarms if alarm.kind == "field"}
        alarms += [
            one.alarm
            for one in open_episodes
            if one.alarm.source == source
            and one.alarm.kind == "field"
            and one.alarm.field not in told
        ]
    return alarms


def _below_expected(source: Watched, judged: Sequence[RunFigures]) -> list[Alarm]:
    if not judged:
        return []
    last = judged[-1]
    faults = []
    if last.outcome is Outcome.BELOW_EXPECTED:
        faults.append(last.detail or "less than expected")
    else:
        # A page that failed gives the run its outcome; what is expected still is.
        if source.expect_posts and not last.posts_seen:
            faults.append(f"no posts, expected {source.expect_posts} at least")
        for name, share in source.expect_fields.items():
            if last.posts_seen and last.with_field:
                found = last.with_field.get(name, 0) / last.posts_seen
                if found < share - _EPSILON:
                    faults.append(f"{name} on {found:.0%} of the posts, expected {share:.0%}")
    if not faults:
        return []
    detail = "; ".join(faults) + ": mend the source, or correct its expect:"
    return [Alarm(source.name, "expected", detail)]


def _failed(source: Watched, history: Sequence[RunFigures]) -> list[Alarm]:
    if source.refusal:
        return [Alarm(source.name, "failed", source.refusal)]
    ended = [run for run in history if run.outcome not in {None, Outcome.INTERRUPTED}]
    if not ended or ended[-1].outcome is None:
        return []
    last = ended[-1]
    if last.outcome is Outcome.NOT_AUTHORISED:
        return [Alarm(source.name, "failed", f"not_authorised: {last.detail}")]
    if last.outcome in _TO_DO and not last.posts_seen:
        return [Alarm(source.name, "failed", f"{last.outcome}: {_TO_DO[last.outcome]}")]
    return []


def _overdue(
    source: Watched,
    history: Sequence[RunFigures],
    last_success: datetime | None,
    now: datetime,
    next_due: Callable[[datetime], datetime | None],
) -> list[Alarm]:
    if not source.scheduled:
        ended = [run for run in history if run.outcome not in {None, *_OURS}]
        latest = ended[-_MISSED:]
        if len(latest) < _MISSED or any(run.outcome in SUCCESSES for run in latest):
            return []
        detail = f"the last {_MISSED} runs failed: {latest[-1].outcome}: {latest[-1].detail}"
        return [Alarm(source.name, "overdue", detail.rstrip(": "))]
    since = last_success or (history[0].started_at if history else None)
    if since is None:
        return []
    due = _times_due(since, next_due)
    if len(due) < _MISSED:
        return []
    # The run that is under way may be the one that succeeds; it has an interval to do so.
    under_way = history and history[-1].ended_at is None and len(due) > _MISSED
    if now < (due[_MISSED] if under_way else due[_MISSED - 1]):
        return []
    when = last_success.isoformat(timespec="minutes") if last_success else "never"
    detail = f"no success for {_MISSED} intervals of its schedule (last: {when})"
    failures = [run for run in history if run.outcome not in {None, *SUCCESSES}]
    if failures and (last_success is None or failures[-1].started_at > last_success):
        last = failures[-1]
        detail += f": {last.outcome}" + (f": {last.detail}" if last.detail else "")
    else:
        detail += ": is foreland run running?"
    return [Alarm(source.name, "overdue", detail)]


def _times_due(since: datetime, next_due: Callable[[datetime], datetime | None]) -> list[datetime]:
    """The first times that it is due after a moment: one more than may be missed."""
    times: list[datetime] = []
    while len(times) <= _MISSED:
        due = next_due(times[-1] if times else since)
        if due is None:
            break
        times.append(due)
    return times
