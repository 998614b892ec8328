"""What a finished pass says of the posts that it did not show, and how complete it was.

A post that a pass did not show has vanished only if the pass went over the place where it
would stand. Which place that is depends on how the site lists its posts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    seen: Sequence[Sighting],
    unseen: Sequence[Sighting],
    *,
    listing: Listing,
    whole: bool,
    complete: bool,
    out_of_order: int = 0,
    read_again: Collection[str] = (),
) -> Judged:
    """Which posts have vanished, and how many of the site's numbers were seen.

    Args:
        seen: the posts that the pass showed.
        unseen: posts that the store has and the pass did not show.
        listing: how the platform lists its posts.
        whole: whether the pass went through everything, not only to what was known.
        complete: whether it saw every page that it set out to see.
        out_of_order: how many posts stood after an older one on their page.
        read_again: those of `unseen` whose own page the pass went over.

    Returns:
        Nothing vanished where the pass was not complete or saw nothing at all: a site that
        shows no post is far more often broken than empty.
    """
    if not seen:
        return Judged()
    if listing == "numbered":
        return _judge_numbered(seen, unseen, whole=whole, complete=complete)
    if not complete or (listing != "window" and not whole):
        return Judged()
    if listing == "whole":
        return Judged(tuple(site_id for site_id, _ in unseen))
    if listing == "threads":
        # A thread's page shows all that is there: a post that is neither on it nor, should
        # others have gone, on the pages before it is no more. It may be the newest of all.
        vanished = {*_between(seen, unseen), *read_again}
        return Judged(tuple(site_id for site_id, _ in unseen if site_id in vanished))
    if listing == "window" and out_of_order > _MOST_OUT_OF_ORDER:
        return Judged()
    return Judged(_between(seen, unseen))


def _judge_numbered(
    seen: Sequence[Sighting], unseen: Sequence[Sighting], *, whole: bool, complete: bool
) -> Judged:
    numbers = [number for site_id, _ in seen if (number := _number(site_id)) is not None]
    if not numbers:
        return Judged()
    # A forwarded post may carry another channel's name: the most frequent one is this one's.
    prefix = Counter(name for name, _ in numbers).most_common(1)[0][0]
    ours = {number for name, number in numbers if name == prefix}
    first = 1 if whole else min(ours)
    last = max(ours)
    vanished = []
    for site_id, _ in unseen:
        number = _number(site_id)
        if number is not None and number[0] == prefix and first <= number[1] <= last:
            vanished.append(site_id)
    return Judged(tuple(vanished) if complete else (), last - first + 1, len(ours))


def _number(site_id: str) -> tuple[str, int] | None:
    match = _NUMBERED.fullmatch(site_id)
    return (match[1], int(match[2])) if match else None


def _between(seen: Sequence[Sighting], unseen: Sequence[Sighting]) -> tuple[str, ...]:
    times = sorted(time for _, time in seen if time is not None)
    if len(times) <= _OLDER:
        return ()
    first, last = times[_OLDER - 1], times[-1]
    return tuple(site_id for site_id, time in unseen if time is not None and first < time <= last)
