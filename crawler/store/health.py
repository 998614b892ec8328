"""How runs went by field, and the episodes in which a source was not well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy import update as sql_update

from crawler.errors import StoreError
from crawler.store.alerts import put_mail
from crawler.store.oversight_tables import episodes, run_fields
from crawler.store.part import Part, batches
from crawler.store.tables import runs
from crawler.types import Alarm, Episode, NewMail, Outcome, RunFigures

#: What stands in the outbox in place of a rule's name.
MAIL_RULE = "health"
#: A row that is no alarm: from then on the runs of the source count.
_RESET = "reset"


class Health(Part):
    """Figures of runs, and alarms."""

    def put_run_fields(self, run_id: int, with_field: Mapping[str, int]) -> None:
        """Note how many of a run's posts had each field, over what was noted before.

        Raises:
            StoreError: there is no such run.
        """
        rows = [
            {"run_id": run_id, "field": name, "posts": count} for name, count in with_field.items()
        ]
        with self._database.writing() as connection:
            if connection.scalar(select(runs.c.id).where(runs.c.id == run_id)) is None:
                raise StoreError(f"{self._database.name}: there is no run {run_id}")
            connection.execute(delete(run_fields).where(run_fields.c.run_id == run_id))
            if rows:
                connection.execute(insert(run_fields), rows)

    def run_figures(self, *, limit: int) -> dict[str, list[RunFigures]]:
        """The latest `limit` runs of each source that has one, oldest first."""
        place = func.row_number().over(partition_by=runs.c.source, order_by=runs.c.id.desc())
        columns = (
            runs.c.id,
            runs.c.source,
            runs.c.started_at,
            runs.c.ended_at,
            runs.c.outcome,
            runs.c.posts_seen,
            runs.c.detail,
        )
        ranked = select(*columns, place.label("place")).subquery()
        statement = select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.id)
        found: dict[str, list[RunFigures]] = defaultdict(list)
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
            fields: dict[int, dict[str, int]] = defaultdict(dict)
            for some in batches([row.id for row in rows]):
                of_runs = select(run_fields).where(run_fields.c.run_id.in_(some))
                for field in connection.execute(of_runs):
                    fields[field.run_id][field.field] = field.posts
        for row in rows:
            found[row.source].append(
                RunFigures(
                    run_id=row.id,
                    started_at=row.started_at,
                    ended_at=row.ended_at,
                    outcome=None if row.outcome is None else Outcome(row.outcome),
                    posts_seen=row.posts_seen,
                    detail=row.detail,
                    with_field=fields.get(row.id, {}),
                )
            )
        return dict(found)

    def last_ended(self, outcomes: Sequence[Outcome]) -> dict[str, datetime]:
        """When each source last ended a run with one of the outcomes."""
        statement = (
            select(runs.c.source, func.max(runs.c.ended_at).label("ended_at"))
            .where(runs.c.outcome.in_([outcome.value for outcome in outcomes]))
            .group_by(runs.c.source)
        )
        with self._database.reading() as connection:
            return {row.source: row.ended_at for row in connection.execute(statement)}

    def open_episodes(self) -> list[Episode]:
        """The alarms that last, in the order they were raised."""
        statement = select(episodes).where(episodes.c.cleared_at.is_(None)).order_by(episodes.c.id)
        with self._database.reading() as connection:
            return [_episode(row) for row in connection.execute(statement)]

    def list_episodes(self, source: str, limit: int = 20) -> list[Episode]:
        """The latest episodes of a source, newest first."""
        statement = select(episodes).where(episodes.c.source == source, episodes.c.kind != _RESET)
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(episodes.c.id.desc()).limit(limit))
            return [_episode(row) for row in rows]

    def open_episode(self, alarm: Alarm, at: datetime) -> Episode | None:
        """Note that an alarm was raised; None when it lasts already, whoever noted it."""
        with self._database.writing() as connection:
            lasting = select(episodes.c.id).where(
                episodes.c.source == alarm.source,
                episodes.c.kind == alarm.kind,
                episodes.c.field == alarm.field,
                episodes.c.cleared_at.is_(None),
            )
            if connection.scalar(lasting) is not None:
                return None
            values = {
                "source": alarm.source,
                "kind": alarm.kind,
                "field": alarm.field,
                "detail": alarm.detail,
                "baseline": alarm.baseline,
                "value": alarm.value,
                "opened_at": at,
            }
            statement = insert(episodes).values(values).returning(episodes)
            return _episode(connection.execute(statement).one())

    def clear_episode(self, episode_id: int, at: datetime) -> bool:
        """Note that an alarm is over. Says whether it lasted until now."""
        statement = (
            sql_update(episodes)
            .where(episodes.c.id == episode_id, episodes.c.cleared_at.is_(None))
            .values(cleared_at=at)
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def reset_health(self, source: str, at: datetime) -> None:
        """Let what is usual for a source begin anew, and clear the alarms that stood on it."""
        levels = ("yield", "field")
        lasting = (
            sql_update(episodes)
            .where(
                episodes.c.source == source,
                episodes.c.kind.in_(levels),
                episodes.c.cleared_at.is_(None),
            )
            .values(cleared_at=at)
        )
        row = {"source": source, "kind": _RESET, "field": "", "detail": ""}
        with self._database.writing() as connection:
            connection.execute(lasting)
            connection.execute(insert(episodes).values(**row, opened_at=at, cleared_at=at))

    def health_resets(self) -> dict[str, datetime]:
        """From when on the runs of a source count, where that was ever said."""
        statement = (
            select(episodes.c.source, func.max(episodes.c.opened_at).label("at"))
            .where(episodes.c.kind == _RESET)
            .group_by(episodes.c.source)
        )
        with self._database.reading() as connection:
            return {row.source: row.at for row in connection.execute(statement)}

    def mail_episodes(self, told: Sequence[int], mail: NewMail, at: datetime) -> int | None:
        """Put the message about episodes into the outbox, as one with the note of it.

        Returns:
            The id of the mail; None, and nothing written, when one of the episodes has
            been told already.
        """
        with self._database.writing() as connection:
            waiting = select(func.count()).where(
                episodes.c.id.in_(told), episodes.c.mail_id.is_(None)
            )
            if connection.scalar(waiting) != len(told):
                return None
            mail_id = put_mail(connection, MAIL_RULE, mail, at)
            connection.execute(
                sql_update(episodes).where(episodes.c.id.in_(told)).values(mail_id=mail_id)
            )
        return mail_id


def _episode(row: Row[tuple[object, ...]]) -> Episode:
    return Episode(
        id=row.id,
        alarm=Alarm(
            source=row.source,
            kind=row.kind,
            detail=row.detail,
            field=row.field,
            baseline=row.baseline,
            value=row.value,
        ),
        opened_at=row.opened_at,
        cleared_at=row.cleared_at,
        mail_id=row.mail_id,
    )
