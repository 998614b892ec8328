"""Fills the index from the store's change log. May be stopped at any moment.

The log's cursor is moved only after a batch is in the index, and adding twice is one, so
a batch that was cut off is done again. The index keeps its own note of how far it came:
when the file was deleted, restored from a backup or emptied for a new version, the log's
cursor is ahead of it and is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from crawler.ports import Index
from crawler.types import AnalysedPost

CONSUMER = "index"
#: Reads the log from its beginning while the consumer above keeps its place.
REBUILD = "index-rebuild"

#: Changes taken in at once: each batch costs a look at the log and a note in the index.
BATCH = 2000


class Change(Protocol):
    """A post of which something changed."""

    @property
    def seq(self) -> int:
        """Its number in the log."""
        ...

    @property
    def post_id(self) -> int:
        """The post."""
        ...


class ChangeLog(Protocol):
    """What is needed of the store."""

    def changes(self, consumer: str, *, limit: int = 500) -> Sequence[Change]:
        """What changed behind the consumer's cursor, oldest first, each post once."""

    def get_analysed(self, post_ids: Sequence[int]) -> Sequence[AnalysedPost]:
        """The posts that are there, with what was read from them."""

    def cursor(self, consumer: str) -> int:
        """The last change that the consumer has dealt with."""

    def set_cursor(self, consumer: str, seq: int) -> None:
        """Remember it."""

    def reset_cursor(self, consumer: str) -> None:
        """Begin at the first change again."""


def sync(index: Index, log: ChangeLog, *, batch: int = BATCH) -> int:
    """Bring the index up to the end of the change log; returns how many changes that took.

    Posts that are in the log but no longer in the store are forgotten.

    Raises:
        IndexUnavailable: the index does not answer; what is left waits in the log.
        StoreError: the store does not answer.
    """
    if batch < 1:
        raise ValueError(f"a batch has at least one change, not {batch}")
    filled = index.synced()
    if filled < log.cursor(CONSUMER):
        if filled:
            log.set_cursor(CONSUMER, filled)
        else:
            index.clear()
            log.reset_cursor(CONSUMER)
    return _drain(index, log, CONSUMER, batch)


def rebuild(index: Index, log: ChangeLog, *, batch: int = BATCH) -> int:
    """Fill the index anew from the first change; returns how many changes that took.

    Raises:
        IndexUnavailable: the index does not answer; the next `sync` goes on from there.
        StoreError: the store does not answer.
    """
    log.reset_cursor(REBUILD)
    with index.rebuilding() as fresh:
        done = _drain(fresh, log, REBUILD, batch)
    if done:
        log.set_cursor(CONSUMER, log.cursor(REBUILD))
    return done


def _drain(index: Index, log: ChangeLog, consumer: str, batch: int) -> int:
    done = 0
    while changes := log.changes(consumer, limit=batch):
        ids = list(dict.fromkeys(change.post_id for change in changes))
        posts = log.get_analysed(ids)
        gone = set(ids).difference(analysed.post.id for analysed in posts)
        if gone:
            index.delete(sorted(gone))
        index.add(posts)
        last = max(change.seq for change in changes)
        index.mark_synced(last)
        log.set_cursor(consumer, last)
        done += len(changes)
    return done
