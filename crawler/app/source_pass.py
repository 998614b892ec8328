"""Begins, goes on with and ends passes through a source."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from crawler.app.completeness import Judged, judge
from crawler.store import Store
from crawler.types import Pass, SourceState
from spiders.sites import listing_of
from spiders.source import Source

_log = structlog.get_logger(__name__)

#: A pass that was cut off longer ago is not gone on with: the site has moved on since.
_KEPT = timedelta(days=7)


def find_pass(
    store: Store,
    source: Source,
    now: datetime,
    *,
    full: bool,
    since: datetime | None,
    may_update: bool,
) -> Pass:
    """The pass to go on with, or a new one, open in the store.

    Args:
        store: where passes are kept.
        source: to be crawled, under its lease.
        now: in UTC.
        full: a new pass through everything was asked for.
        since: a new pass back to this time was asked for.
        may_update: whether a new pass may stop at what is known.
    """
    found = store.open_pass(source.name)
    if found is not None and not full and since is None:
        age = now - found.started_at
        if found.url == source.url and timedelta() <= age < _KEPT:
            _log.info("going on with an earlier run", source=source.name)
            return found
    whole = full or (since is None and (not may_update or _is_full_due(store, source, now)))
    begun = Pass(source.name, source.url, now, whole, since)
    store.begin_pass(begun)
    return begun


def end_pass(
    store: Store,
    source: Source,
    current: Pass,
    *,
    whole: bool,
    complete: bool,
    out_of_order: int,
    now: datetime,
) -> tuple[Judged, int]:
    """Close the pass, and mark the posts that it should have shown and did not.

    Args:
        store: where passes and posts are kept.
        source: that was crawled.
        current: its pass.
        whole: whether it went through everything.
        complete: whether it saw every page that it set out to see.
        out_of_order: posts that stood after an older one on their page.
        now: in UTC.

    Returns:
        What follows from the pass, and how many posts were marked that were not before.
    """
    name = source.name
    with store.transaction():
        judged = judge(
            store.seen_since(name, current.started_at),
            store.not_seen_since(name, current.started_at),
            listing=listing_of(source.platform),
            whole=whole,
            complete=complete,
            out_of_order=out_of_order,
            read_again=store.with_page_read_since(name, current.started_at),
        )
        removed = store.mark_removed(name, judged.vanished, now)
        store.end_pass(name)
        if whole and complete:
            state = store.source_states().get(name, SourceState(name))
            store.put_source_state(replace(state, whole_at=current.started_at))
    return judged, removed


def _is_full_due(store: Store, source: Source, now: datetime) -> bool:
    days = source.pace.full_every
    if days is None:
        return False
    last = store.source_states().get(source.name, SourceState(source.name)).whole_at
    return last is None or now - last >= timedelta(days=days)
