"""When a source is due: cron lines in local time, through the changes of the clock.

Cron lines are read by cronsim, which does what Debian's cron does: where the clocks go
forward, a run of the hour that does not exist comes right after it; where they go back,
a run at a set hour comes once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from crawler.errors import ConfigError

#: Sources with the same cron line begin spread over this much, so that they do not all
#: start in one second.
LARGEST_JITTER = timedelta(seconds=60)
#: A source that failed rests for this long, then twice as long each time, up to the longest.
SHORTEST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(hours=24)


def next_due(
    cron: str, after: datetime, zone: str = "Europe/London", *, jitter_key: str = ""
) -> datetime | None:
    """The first time that the cron line fires after a moment.

    Args:
        cron: five fields: minute, hour, day of the month, month, day of the week.
        after: a time with a zone; what is due at this very moment counts as past.
        zone: the name of the zone whose clock the cron line means.
        jitter_key: the source's id. It is due up to 60 s after the line says, always by
            the same amount, which depends on the key alone. Empty: not at all.

    Returns:
        The time in UTC, or None when the line never fires (30 February). The search ends
        after 50 years.

    Raises:
        ConfigError: the cron line or the zone cannot be understood.
    """
    jitter = _jitter(jitter_key)
    local = (after - jitter).astimezone(_zone(zone))
    search = _search(cron, local)
    if search is None:
        return None
    for moment in search:
        due = moment.astimezone(UTC) + jitter
        # Where the clocks go back, a set hour comes as its first occurrence, which can lie
        # before a moment in its second.
        if due > after:
            return due
    return None


def due_sources(
    sources: Iterable[tuple[str, str]],
    last_started: Mapping[str, datetime],
    now: datetime,
    zone: str = "Europe/London",
    *,
    unfinished: Mapping[str, datetime] | None = None,
) -> list[str]:
    """The sources to run now, in the order to start them.

    A source that has never run is due at once. Runs that were missed (the machine was
    off) count as one.

    Args:
        sources: (id, cron line) of each.
        last_started: when each was last started, if ever.
        now: a time with a zone.
        zone: the name of the zone whose clock the cron lines mean.
        unfinished: sources whose last run is to be gone on with, and from when on.

    Returns:
        Those that never ran, as given; then the others, the longest overdue first.

    Raises:
        ConfigError: a cron line or the zone cannot be understood.
    """
    never: list[str] = []
    overdue: list[tuple[datetime, str]] = []
    for source, cron in sources:
        started = last_started.get(source)
        if started is None:
            never.append(source)
            continue
        # A start in the future is a clock that was wrong: it may not stop the source.
        due = next_due(cron, min(started, now), zone, jitter_key=source)
        goes_on = (unfinished or {}).get(source)
        if goes_on is not None and (due is None or goes_on < due):
            due = goes_on
        if due is not None and due <= now:
            overdue.append((due, source))
    return never + [source for _, source in sorted(overdue)]


def back_off(failures: int) -> timedelta:
    """How long a source rests after so many failed runs in a row.

    >>> [str(back_off(failures)) for failures in (1, 2, 3, 9, 10, 1000)]
    ['0:05:00', '0:10:00', '0:20:00', '21:20:00', '1 day, 0:00:00', '1 day, 0:00:00']
    """
    doublings = min(failures - 1, 20)
    return min(SHORTEST_REST * int(2**doublings), LONGEST_REST)


def pick_next(
    waiting: Sequence[tuple[str, str]], busy: Set[str], last_turn: Mapping[str, int]
) -> int | None:
    """Whose turn it is: hosts in a round, and within a host who has waited the longest.

    Args:
        waiting: (source, host) in the order they came. A host of '' is nobody's pace: it
            counts as another one each time.
        busy: hosts that are being crawled: two crawls of one host would only wait in turn.
        last_turn: the number of the turn that each host last had, higher is later.

    Returns:
        The position in `waiting`; None when every host is busy.

    >>> waiting = [("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c")]
    >>> pick_next(waiting, {"c"}, {"a": 1})
    2
    """
    free = [
        (last_turn.get(host, 0) if host else 0, position)
        for position, (_, host) in enumerate(waiting)
        if not host or host not in busy
    ]
    return min(free)[1] if free else None


def _jitter(key: str) -> timedelta:
    if not key:
        return timedelta()
    digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    seconds = int(LARGEST_JITTER.total_seconds())
    return timedelta(seconds=int.from_bytes(digest[:8]) % (seconds + 1))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "is not a time zone: write it like Europe/London"
        raise ConfigError.one(name or "time_zone", message, field="time_zone") from error


def _search(cron: str, start: datetime) -> CronSim | None:
    """The times of the line from `start` on; None when it asks for a day that never comes.

    Raises:
        ConfigError: the line cannot be understood.
    """
    fields = cron.split()
    if len(fields) != 5:
        message = f"{cron!r} has {len(fields)} fields: write minute, hour, day, month, weekday"
        raise ConfigError.one("schedule", message)
    try:
        return CronSim(cron, start)
    except CronSimError as error:
        if _is_read(" ".join([*fields[:3], "*", fields[4]]), start) and _is_read(
            " ".join([*fields[:2], "*", *fields[3:]]), start
        ):
            # The day and the month are each right, but not together: 30 February.
            return None
        raise ConfigError.one("schedule", f"{cron!r} is not a cron line: {error}") from error


def _is_read(cron: str, start: datetime) -> bool:
    try:
        CronSim(cron, start)
    except CronSimError:
        return False
    return True
