"""Runs of sources, and the leases that keep two processes from the same one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, func, insert, select
from sqlalchemy import delete as sql_delete
from sqlalchemy import update as sql_update

from crawler.errors import StoreError
from crawler.store.codec import decode_failures, encode_failures
from crawler.store.part import Part
from crawler.store.tables import leases, runs
from crawler.types import Outcome, Run


class Runs(Part):
    """The history of crawls."""

    def start_run(self, source: str, at: datetime) -> int:
        """Note that a crawl of the source begins.

        Returns:
            The run's id.
        """
        values = {
            "source": source,
            "started_at": at,
            "detail": "",
            "pages": 0,
            "posts_seen": 0,
            "posts_new": 0,
            "posts_changed": 0,
            "failures": encode_failures(()),
        }
        with self._database.writing() as connection:
            statement = insert(runs).values(values).returning(runs.c.id)
            run_id: int = connection.execute(statement).scalar_one()
        return run_id

    def end_run(
        self,
        run_id: int,
        at: datetime,
        outcome: Outcome,
        *,
        detail: str = "",
        pages: int = 0,
        posts_seen: int = 0,
        posts_new: int = 0,
        posts_changed: int = 0,
        failures: Sequence[tuple[str, str, str]] = (),
        complete: bool = False,
        posts_removed: int = 0,
        ids_expected: int | None = None,
        ids_seen: int | None = None,
    ) -> None:
        """Note how a run ended.

        Raises:
            StoreError: there is no such run.
        """
        statement = (
            sql_update(runs)
            .where(runs.c.id == run_id)
            .values(
                ended_at=at,
                outcome=outcome.value,
                detail=detail,
                pages=pages,
                posts_seen=posts_seen,
                posts_new=posts_new,
                posts_changed=posts_changed,
                failures=encode_failures(failures),
                complete=complete,
                posts_removed=posts_removed,
                ids_expected=ids_expected,
                ids_seen=ids_seen,
            )
        )
        with self._database.writing() as connection:
            if connection.execute(statement).rowcount == 0:
                raise StoreError(f"{self._database.name}: there is no run {run_id}")

    def runs(self, source: str, limit: int = 20) -> list[Run]:
        """The latest runs of the source, newest first."""
        statement = select(runs).where(runs.c.source == source).order_by(runs.c.id.desc())
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(statement.limit(limit))]

    def last_runs(self) -> dict[str, Run]:
        """The latest run of each source that has one."""
        newest = select(func.max(runs.c.id)).group_by(runs.c.source)
        statement = select(runs).where(runs.c.id.in_(newest)).order_by(runs.c.source)
        with self._database.reading() as connection:
            return {row.source: _run(row) for row in connection.execute(statement)}

    def abandon_runs(self, at: datetime) -> int:
        """End the open runs that no process holds a lease for any more, as interrupted.

        A lease is for a source when its name is the source's id, alone or after a colon
        ('crawl:the-source').

        Returns:
            How many there were.
        """
        with self._database.writing() as connection:
            held = {
                name.rpartition(":")[2]
                for name in connection.scalars(select(leases.c.name).where(leases.c.until > at))
            }
            open_runs = connection.execute(
                select(runs.c.id, runs.c.source).where(runs.c.ended_at.is_(None))
            )
            gone = [row.id for row in open_runs if row.source not in held]
            for run_id in gone:
                connection.execute(
                    sql_update(runs)
                    .where(runs.c.id == run_id)
                    .values(
                        ended_at=at,
                        outcome=Outcome.INTERRUPTED.value,
                        detail="the process that ran it ended without a word",
                    )
                )
        return len(gone)


class Leases(Part):
    """Who may run what, and until when."""

    def acquire_lease(self, name: str, owner: str, now: datetime, seconds: float) -> bool:
        """Take the lease if it is free, has run out, or is the owner's already.

        Returns:
            Whether the owner has it now.
        """
        with self._database.writing() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name)).first()
            if row is not None and row.owner != owner and row.until > now:
                return False
            connection.execute(sql_delete(leases).where(leases.c.name == name))
            until = now + timedelta(seconds=seconds)
            connection.execute(insert(leases).values(name=name, owner=owner, until=until))
        return True

    def renew_lease(self, name: str, owner: str, now: datetime, seconds: float) -> bool:
        """Hold the lease longer.

        Returns:
            False when it is not the owner's any more: then stop what it was held for.
        """
        statement = (
            sql_update(leases)
            .where(leases.c.name == name, leases.c.owner == owner)
            .values(until=now + timedelta(seconds=seconds))
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def live_leases(self, now: datetime) -> frozenset[str]:
        """The names of the leases that somebody holds."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(leases.c.name).where(leases.c.until > now)))

    def release_lease(self, name: str, owner: str) -> None:
        """Give the lease back. One that is another's, or nobody's, stays as it is."""
        statement = sql_delete(leases).where(leases.c.name == name, leases.c.owner == owner)
        with self._database.writing() as connection:
            connection.execute(statement)


def _run(row: Row[tuple[object, ...]]) -> Run:
    return Run(
        id=row.id,
        source=row.source,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        detail=row.detail,
        pages=row.pages,
        posts_seen=row.posts_seen,
        posts_new=row.posts_new,
        posts_changed=row.posts_changed,
        failures=decode_failures(row.failures),
        complete=bool(row.complete),
        posts_removed=row.posts_removed or 0,
        ids_expected=row.ids_expected,
        ids_seen=row.ids_seen,
    )
