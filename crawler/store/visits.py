"""Looks at the pages of named persons, counted over all ways of fetching."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select

from crawler.store.oversight_tables import visits
from crawler.store.part import Part
from crawler.types import Visit


class Visits(Part):
    """Who was looked at, when and how."""

    def add_visit(self, visit: Visit, *, since: datetime, most: int | None) -> int | None:
        """Count a look, unless there were `most` of that account since a time.

        The looking and the counting are one: two processes cannot both take the last one.

        Args:
            visit: to be noted.
            since: the beginning of the time that counts.
            most: looks in that time; None: any number.

        Returns:
            None when it was noted; else how many there were, and nothing was noted.
        """
        earlier = select(func.count()).where(visits.c.account == visit.account, visits.c.at > since)
        values = {
            "account": visit.account,
            "source": visit.source,
            "how": visit.how,
            "at": visit.at,
        }
        with self._database.writing() as connection:
            count = connection.scalar(earlier) or 0
            if most is not None and count >= most:
                return count
            connection.execute(insert(visits).values(values))
        return None

    def visits_of(self, account: str, limit: int = 100) -> list[Visit]:
        """The latest looks at an account, newest first."""
        statement = (
            select(visits)
            .where(visits.c.account == account)
            .order_by(visits.c.at.desc(), visits.c.id.desc())
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement.limit(limit))
            return [Visit(row.account, row.source, row.how, row.at) for row in rows]
