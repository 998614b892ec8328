"""The store: the truth of what was collected, read, grouped, alerted and done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Select, and_, func, select

from crawler.store.advertisers import Advertisers
from crawler.store.adverts import Adverts
from crawler.store.alerts import Alerts
from crawler.store.candidates import Candidates
from crawler.store.captures import Captures
from crawler.store.changes import Changes, last_seq
from crawler.store.database import TIMEOUT, Database
from crawler.store.events import Events
from crawler.store.health import Health
from crawler.store.pace import Pace
from crawler.store.passes import Passes
from crawler.store.posts import Posts
from crawler.store.runs import Leases, Runs
from crawler.store.schema import prepare
from crawler.store.tables import adverts, alerts, captures, outbox, posts, revisions
from crawler.store.visits import Visits
from crawler.types import Counts


class Store(
    Captures,
    Posts,
    Adverts,
    Changes,
    Advertisers,
    Alerts,
    Runs,
    Leases,
    Passes,
    Pace,
    Events,
    Health,
    Visits,
    Candidates,
):
    """One database, for any number of threads, next to other processes.

    Every method raises StoreError when the database fails. A write is kept when the
    method returns, unless it stands inside `transaction`.
    """

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make one transaction of the calls inside, on this thread: all are kept, or none.

        May be nested; an inner one that fails is undone alone. Keep it short: no other
        thread or process can write meanwhile.
        """
        with self._database.transaction():
            yield

    def counts(self) -> Counts:
        """How much there is of everything, at one moment."""
        current = (
            select(func.count())
            .select_from(adverts)
            .join(
                posts, and_(posts.c.id == adverts.c.post_id, posts.c.revision == adverts.c.revision)
            )
        )
        waiting = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))
        sent = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_not(None))
        whose = select(func.count(posts.c.advertiser.distinct()))
        with self._database.reading() as connection:

            def count(statement: Select[tuple[int]]) -> int:
                return connection.scalar(statement) or 0

            return Counts(
                posts=count(select(func.count()).select_from(posts)),
                revisions=count(select(func.count()).select_from(revisions)),
                captures=count(select(func.count()).select_from(captures)),
                adverts=count(current),
                offers=count(current.where(adverts.c.is_offer)),
                advertisers=count(whose),
                alerts=count(select(func.count()).select_from(alerts)),
                mails_waiting=count(waiting),
                mails_sent=count(sent),
                last_change=last_seq(connection),
            )

    def close(self) -> None:
        """Close every connection. Closing twice is fine."""
        self._database.close()


def open_store(url: str, *, timeout: float = TIMEOUT) -> Store:
    """Open the database, and create or migrate its tables where they are not of today.

    Args:
        url: 'sqlite:///path' (its folder is made) or 'postgresql+psycopg://…'.
        timeout: seconds to wait for another writer.

    Raises:
        StoreError: it cannot be opened, is damaged, or is of a newer version.
    """
    database = Database(url, timeout=timeout)
    prepare(database)
    return Store(database)
