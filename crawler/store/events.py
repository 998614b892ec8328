"""The log of who did what and why: only added to, and chained by hash.

Section 62 of the Data Protection Act 2018 asks for logs of collection, alteration,
consultation, disclosure, combination and erasure. Each row's hash covers the row and the
hash before it, so that a changed, removed or inserted row is found by `verify_events`.
What no chain can show by itself is that its end was cut off: note `last_event` elsewhere
(an e-mail, an export) and compare.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import Connection, Row, insert, select

from crawler.errors import StoreError
from crawler.store.part import BATCH, Part
from crawler.store.tables import clean, events

EventKind = Literal[
    "collection", "alteration", "consultation", "disclosure", "combination", "erasure"
]
#: What the first row is chained to.
_GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what to what, when, and why. `hash` is lower-case hex SHA-256."""

    seq: int  #: 1 for the first
    at: datetime
    kind: EventKind
    user: str
    object: str
    reason: str
    hash: str


class Events(Part):
    """The log the law asks for."""

    def log_event(
        self,
        kind: EventKind,
        *,
        user: str,
        object: str,  # noqa: A002 - the Act's own word
        reason: str = "",
        at: datetime,
    ) -> None:
        """Add to the log.

        Raises:
            StoreError: the kind is not one of the six.
        """
        if kind not in get_args(EventKind):
            raise StoreError(f"{self._database.name}: no event is of the kind {kind!r}")
        user, object, reason = clean(user), clean(object), clean(reason)  # noqa: A001
        with self._database.writing() as connection:
            last = _last(connection)
            seq, previous = (last.seq + 1, last.hash) if last else (1, _GENESIS)
            values = {
                "seq": seq,
                "at": at,
                "kind": kind,
                "user_name": user,
                "object": object,
                "reason": reason,
                "hash": _hash(previous, seq, at, kind, user, object, reason),
            }
            connection.execute(insert(events).values(values))

    def iter_events(self) -> Iterator[Event]:
        """Every event, oldest first, read in batches."""
        last = 0
        while True:
            statement = select(events).where(events.c.seq > last).order_by(events.c.seq)
            with self._database.reading() as connection:
                rows = connection.execute(statement.limit(BATCH)).all()
            if not rows:
                return
            for row in rows:
                yield _event(row)
            last = rows[-1].seq

    def last_event(self) -> Event | None:
        """The newest event, whose hash stands for the whole log."""
        with self._database.reading() as connection:
            return _last(connection)

    def verify_events(self) -> list[str]:
        """The faults of the log, one sentence each; none when it is whole."""
        faults: list[str] = []
        previous, expected = _GENESIS, 1
        for event in self.iter_events():
            if event.seq != expected:
                gone = f"{expected}" if event.seq == expected + 1 else f"{expected}–{event.seq - 1}"
                faults.append(f"event {gone}: removed from the log")
            else:
                found = _hash(
                    previous,
                    event.seq,
                    event.at,
                    event.kind,
                    event.user,
                    event.object,
                    event.reason,
                )
                if found != event.hash:
                    faults.append(f"event {event.seq}: was changed after it was written")
            previous, expected = event.hash, event.seq + 1
        return faults


def _last(connection: Connection) -> Event | None:
    row = connection.execute(select(events).order_by(events.c.seq.desc()).limit(1)).first()
    return _event(row) if row else None


def _hash(
    previous: str,
    seq: int,
    at: datetime,
    kind: str,
    user: str,
    object: str,  # noqa: A002 - the Act's own word
    reason: str,
) -> str:
    time = at.astimezone(UTC).isoformat(timespec="microseconds")
    row = json.dumps(
        [seq, time, kind, user, object, reason], ensure_ascii=True, separators=(",", ":")
    )
    return hashlib.sha256(f"{previous}\n{row}".encode()).hexdigest()


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        user=row.user_name,
        object=row.object,
        reason=row.reason,
        hash=row.hash,
    )
