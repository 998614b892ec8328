"""Which sources are to be collected now, from their schedules and what the store remembers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crawler.config import LONGEST_WAIT, Config
from crawler.schedule import back_off, due_sources
from crawler.store import Store
from crawler.types import Outcome, Run, SourceState
from spiders.source import Source

#: After a crawl that was killed, so that one that always kills its process leaves it some air.
_AFTER_KILL = timedelta(seconds=60)
#: Ends of a run that say nothing of how the site is.
_NOT_THE_SITE = frozenset(
    {Outcome.INTERRUPTED, Outcome.PAUSED, Outcome.STORE_FAILED, Outcome.NOT_AUTHORISED}
)
#: Ends that are no failure, though there may be no post.
_FINE = frozenset({Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY})


def find_due(
    sources: Iterable[Source], store: Store, now: datetime, config: Config, *, owner: str = ""
) -> list[Source]:
    """The sources to start now, the longest waiting first.

    Not among them: a source that another process crawls, that failed and is to be left alone
    for a while, that is outside its hours, or whose host asked for more time.

    Args:
        sources: of the workspace.
        store: what earlier runs left.
        now: in UTC.
        config: for the time zone.
        owner: the source whose lease is the caller's own; '' for none.

    Raises:
        ConfigError: a schedule or the zone cannot be understood.
    """
    today = now.astimezone(ZoneInfo(config.time_zone)).date()
    states = store.source_states()
    leases = store.live_leases(now) - {f"crawl:{owner}"}
    held = store.held_hosts(now + timedelta(seconds=LONGEST_WAIT))
    usable = {}
    for source in sources:
        until = states.get(source.name, SourceState("")).not_before
        if (
            source.enabled
            and source.schedule
            and source.authorised_on(today)
            and source.is_open(now, config.time_zone)
            and (until is None or until <= now)
            and f"crawl:{source.name}" not in leases
            and source.pace_host not in held
        ):
            usable[source.name] = source
    runs = store.last_runs()
    unfinished = {
        name: resumed
        for name in store.open_passes() & usable.keys()
        if name in runs and (resumed := _goes_on(runs[name])) is not None
    }
    names = due_sources(
        [(source.name, source.schedule or "") for source in usable.values()],
        {name: run.started_at for name, run in runs.items()},
        now,
        config.time_zone,
        unfinished=unfinished,
    )
    return [usable[name] for name in names]


def _goes_on(last: Run) -> datetime | None:
    """When a source with an open pass is due whatever its schedule says; None: it is not."""
    if last.outcome is Outcome.PAUSED:
        return last.ended_at
    if last.outcome in {None, Outcome.INTERRUPTED, Outcome.STORE_FAILED}:
        # One that brought pages in was stopped; one that ended without a word was killed.
        return last.ended_at if last.pages else last.started_at + _AFTER_KILL
    return None  # it met its cap, and goes on at its next time


def state_after_kill(last: Run, earlier: SourceState, now: datetime) -> SourceState:
    """What to remember when a run begins after one that was killed before it got anything.

    The new run clears it when it ends well. If it is killed as well, the source rests.
    """
    if last.outcome not in {None, Outcome.INTERRUPTED} or last.pages:
        return earlier
    failures = earlier.failures + 1
    return SourceState(earlier.source, failures, now + back_off(failures), earlier.whole_at)


def state_after(run: Run, earlier: SourceState, *, asked_to_wait: float = 0.0) -> SourceState:
    """What to remember of a source after a run: how often it failed, and until when it rests.

    Args:
        run: that has ended.
        earlier: what was remembered.
        asked_to_wait: seconds for which its server asked to be left alone.
    """
    if run.outcome in _NOT_THE_SITE or run.ended_at is None:
        return earlier
    if run.outcome in _FINE or run.posts_seen:
        return SourceState(earlier.source, 0, None, earlier.whole_at)
    failures = earlier.failures + 1
    rest = max(back_off(failures), timedelta(seconds=asked_to_wait))
    return SourceState(earlier.source, failures, run.ended_at + rest, earlier.whole_at)
