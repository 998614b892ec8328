"""When hosts may be asked again, and when failing sources may be tried again.

One row a host, for every source and every process: whoever wants to ask takes the next turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select
from sqlalchemy import update as sql_update

from crawler.store.part import Part
from crawler.store.tables import hosts, source_states
from crawler.types import SourceState


class Pace(Part):
    """Turns at hosts, and the state of sources."""

    def take_turn(self, host: str, now: datetime, delay: float) -> float:
        """Take the turn at a host, if it has come.

        Nothing is reserved ahead: a process that was slow to use its turn would come close
        to the next one's.

        Args:
            host: its name.
            now: a time with a zone.
            delay: seconds that have to lie between this turn and the ones beside it.

        Returns:
            0 when the turn was taken; otherwise the seconds after which to ask again.
        """
        apart = timedelta(seconds=delay)
        with self._database.writing() as connection:
            row = connection.execute(select(hosts).where(hosts.c.host == host)).first()
            if row is not None:
                # Whoever asked last may have wanted more time after it, or we before ours.
                own = now if row.last_at is None else row.last_at + apart
                turn: datetime = max(row.next_at, own)
                if turn > now:
                    return (turn - now).total_seconds()
                connection.execute(sql_delete(hosts).where(hosts.c.host == host))
            connection.execute(insert(hosts).values(host=host, last_at=now, next_at=now + apart))
        return 0.0

    def hold_host(self, host: str, until: datetime) -> None:
        """Let nobody ask the host before a time. A later time that is set already stays."""
        with self._database.writing() as connection:
            next_at = connection.scalar(select(hosts.c.next_at).where(hosts.c.host == host))
            if next_at is None:
                connection.execute(insert(hosts).values(host=host, next_at=until))
            elif next_at < until:
                connection.execute(
                    sql_update(hosts).where(hosts.c.host == host).values(next_at=until)
                )

    def held_hosts(self, after: datetime) -> Mapping[str, datetime]:
        """The hosts that may not be asked until after a time, and when they may."""
        statement = select(hosts.c.host, hosts.c.next_at).where(hosts.c.next_at > after)
        with self._database.reading() as connection:
            return {row.host: row.next_at for row in connection.execute(statement)}

    def source_states(self) -> Mapping[str, SourceState]:
        """The state of each source that has one."""
        with self._database.reading() as connection:
            rows = connection.execute(select(source_states)).all()
        states = [SourceState(**row._mapping) for row in rows]  # noqa: SLF001 - its public name
        return {state.source: state for state in states}

    def put_source_state(self, state: SourceState) -> None:
        """Remember the state of a source, in place of what was remembered."""
        with self._database.writing() as connection:
            connection.execute(
                sql_delete(source_states).where(source_states.c.source == state.source)
            )
            connection.execute(insert(source_states).values(asdict(state)))
