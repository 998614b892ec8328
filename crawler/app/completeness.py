"""What a finished pass says of the posts that it did not show, and how complete it was.

A post that a pass did not show has vanished only if the pass went over the place where it
would stand. Which place that is depends on how the site lists its posts.
"""

from __future__ import annotations

import heapq
import re
from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from spiders.sites import Listing

#: A site's id of a post, and when it was posted.
Sighting = tuple[str, datetime | None]

_NUMBERED = re.compile(r"(.*?)(\d{1,18})")
#: A window shows so many posts older than one that it would show as well: pinned posts are
#: older than everything between, and there are seldom more than two.
_OLDER = 3
#: Posts after an older one in a list by time: one, where the pinned ones end. More, and the
#: list is not by time at all, so that nothing follows from what stands between.
_MOST_OUT_OF_ORDER = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from a pass."""

    vanished: tuple[str, ...] = ()  #: the site's ids of the posts it should have shown
    ids_expected: int | None = None  #: where posts are numbered: how many there can be
    ids_seen: int | None = None


def judge(
    seen: Iterable[Sighting],
    unseen: Iterable[Sighting],
    *,
    listing: Listing,
    whole: bool,
    complete: bool,
    out_of_order: int = 0,
    read_again: Collection[str] = (),
) -> Judged:
    """Which posts have vanished, and how many of the site's numbers were seen.

    Args:
        seen: the posts that the pass showed. Read once and not kept: there may be millions.
        unseen: posts that the store has and the pass did not show. Read once as well.
        listing: how the platform lists its posts.
        whole: whether the pass went through everything, not only to what was known.
        complete: whether it saw every page that it set out to see.
        out_of_order: how many posts stood after an older one on their page.
        read_again: those of `unseen` whose own page the pass went over.

    Returns:
        Nothing vanished where the pass was not complete or saw nothing at all: a site that
        shows no post is far more often broken than empty.
    """
    if listing == "numbered":
        return _judge_numbered(seen, unseen, whole=whole, complete=complete)
    if not complete or (listing != "window" and not whole):
        return Judged()
    span = _Span()
    for _, time in seen:
        span.add(time)
    if not span.seen:
        return Judged()
    if listing == "whole":
        return Judged(tuple(site_id for site_id, _ in unseen))
    if listing == "threads":
        # A thread's page shows all that is there: a post that is neither on it nor, should
        # others have gone, on the pages before it is no more. It may be the newest of all.
        return Judged(
            tuple(site_id for site_id, time in unseen if span.covers(time) or site_id in read_again)
        )
    if listing == "window" and out_of_order > _MOST_OUT_OF_ORDER:
        return Judged()
    return Judged(tuple(site_id for site_id, time in unseen if span.covers(time)))


def _judge_numbered(
    seen: Iterable[Sighting], unseen: Iterable[Sighting], *, whole: bool, complete: bool
) -> Judged:
    numbers: dict[str, array[int]] = {}  # by the name before them, eight bytes each
    for site_id, _ in seen:
        number = _number(site_id)
        if number is not None:
            numbers.setdefault(number[0], array("q")).append(number[1])
    if not numbers:
        return Judged()
    # A forwarded post may carry another channel's name: the most frequent one is this one's.
    prefix = max(numbers, key=lambda name: len(numbers[name]))
    ours = sorted(numbers[prefix])
    first = 1 if whole else ours[0]
    last = ours[-1]
    vanished = []
    if complete:
        for site_id, _ in unseen:
            number = _number(site_id)
            if number is not None and number[0] == prefix and first <= number[1] <= last:
                vanished.append(site_id)
    return Judged(tuple(vanished), last - first + 1, sum(1 for _ in groupby(ours)))


def _number(site_id: str) -> tuple[str, int] | None:
    match = _NUMBERED.fullmatch(site_id)
    return (match[1], int(match[2])) if match else None


class _Span:
    """From when to when a pass went over posts, its few oldest left out."""

    def __init__(self) -> None:
        self.seen = 0  #: posts, with a time or without
        self._timed = 0
        self._oldest: list[datetime] = []  #: at most `_OLDER`, in order
        self._last: datetime | None = None

    def add(self, time: datetime | None) -> None:
        """Take a post that was seen."""
        self.seen += 1
        if time is None:
            return
        self._timed += 1
        if self._last is None or time > self._last:
            self._last = time
        if len(self._oldest) < _OLDER or time < self._oldest[-1]:
            self._oldest = heapq.nsmallest(_OLDER, [*self._oldest, time])

    def covers(self, time: datetime | None) -> bool:
        """Whether a post of this time would have been seen."""
        if time is None or self._last is None or self._timed <= _OLDER:
            return False
        return self._oldest[-1] < time <= self._last
