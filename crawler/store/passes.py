"""Passes through sources: which pages are asked for and which still wait.

What a run is to ask for is written with the posts that led to it, in one transaction. So a
run that is killed leaves nothing out and asks for nothing twice: the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select
from sqlalchemy import update as sql_update

from crawler.store.part import Part, batches
from crawler.store.tables import clean, frontier, passes
from crawler.types import FrontierPage, Pass


class Passes(Part):
    """The open pass of each source, if it has one, and its pages."""

    def open_pass(self, source: str) -> Pass | None:
        """The pass that is not finished yet."""
        with self._database.reading() as connection:
            row = connection.execute(select(passes).where(passes.c.source == source)).first()
        return None if row is None else Pass(**row._mapping)  # noqa: SLF001 - its public name

    def open_passes(self) -> frozenset[str]:
        """The sources that have one."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(passes.c.source)))

    def begin_pass(self, begun: Pass) -> None:
        """Open a pass. One that was open for the source is given up, with its pages."""
        with self._database.writing() as connection:
            self.end_pass(begun.source)
            connection.execute(insert(passes).values(asdict(begun)))

    def mark_faulty(self, source: str) -> None:
        """Note that the open pass does not see everything."""
        statement = sql_update(passes).where(passes.c.source == source).values(faulty=True)
        with self._database.writing() as connection:
            connection.execute(statement)

    def end_pass(self, source: str) -> None:
        """Close the open pass of the source, if there is one, and forget its pages."""
        with self._database.writing() as connection:
            connection.execute(sql_delete(passes).where(passes.c.source == source))
            connection.execute(sql_delete(frontier).where(frontier.c.source == source))

    def frontier(self, source: str) -> list[FrontierPage]:
        """The pages of the open pass, in the order they were met."""
        statement = select(frontier.c.url, frontier.c.depth, frontier.c.done).where(
            frontier.c.source == source
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(frontier.c.id)).all()
        return [FrontierPage(row.url, row.depth, row.done) for row in rows]

    def add_to_frontier(self, source: str, pages: Iterable[FrontierPage]) -> None:
        """Note pages that are to be asked for. Each address may be added once."""
        rows = [{"source": source, **asdict(page)} for page in pages]
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert(frontier), rows)

    def finish_pages(self, source: str, urls: Sequence[str]) -> None:
        """Note that pages were answered, or will not be asked for again."""
        with self._database.writing() as connection:
            for some in batches([clean(url) for url in urls]):
                connection.execute(
                    sql_update(frontier)
                    .where(frontier.c.source == source, frontier.c.url.in_(some))
                    .values(done=True)
                )
