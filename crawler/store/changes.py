"""The change log: what index, clustering and rules have yet to take in.

A row is added in the transaction that makes the change, and each consumer keeps a
cursor; so a crash between a change and its taking in loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy import update as sql_update

from crawler.store.part import Part
from crawler.store.tables import changes, cursors
from crawler.types import Change

#: advert: an advert was written. advertiser: a post got another advertiser. removal and
#: return: a post vanished from its site, or is there again.
ChangeKind = Literal["advert", "advertiser", "removal", "return"]

#: Takes in every kind. To the other consumers only a new reading of a post is news: were
#: a new advertiser news to the clustering, it would run after its own tail.
_INDEX = "index"
_NEWS: ChangeKind = "advert"


class Changes(Part):
    """The change log and the cursors of its consumers: 'index', 'advertisers', 'rules'."""

    def changes(self, consumer: str, *, limit: int = 500, up_to: int | None = None) -> list[Change]:
        """What comes after the consumer's cursor, oldest first, each post once.

        A post that stands several times among the next `limit` rows is given at its last
        place. When all of them are taken in, set the cursor to the last one's `seq`.
        Empty only when nothing is left.

        Args:
            consumer: 'index' gets every kind of change, the others new adverts only.
            limit: rows to look at, 1 or more.
            up_to: the last `seq` to give, of an earlier `last_change`.
        """
        statement = select(changes.c.seq, changes.c.post_id)
        if consumer != _INDEX:
            statement = statement.where(changes.c.kind == _NEWS)
        if up_to is not None:
            statement = statement.where(changes.c.seq <= up_to)
        with self._database.reading() as connection:
            cursor = _cursor(connection, consumer)
            statement = statement.where(changes.c.seq > cursor)
            rows = connection.execute(statement.order_by(changes.c.seq).limit(limit)).all()
        last = {row.post_id: row.seq for row in rows}
        return [Change(seq, post_id) for post_id, seq in sorted(last.items(), key=_by_seq)]

    def cursor(self, consumer: str) -> int:
        """The last `seq` that the consumer has taken in; 0 before the first."""
        with self._database.reading() as connection:
            return _cursor(connection, consumer)

    def set_cursor(self, consumer: str, seq: int) -> None:
        """Note that the consumer has taken in everything up to `seq`."""
        with self._database.writing() as connection:
            moved = connection.execute(
                sql_update(cursors).where(cursors.c.consumer == consumer).values(seq=seq)
            )
            if moved.rowcount == 0:
                connection.execute(insert(cursors).values(consumer=consumer, seq=seq))

    def reset_cursor(self, consumer: str) -> None:
        """Let the consumer begin again at the first change."""
        with self._database.writing() as connection:
            connection.execute(delete(cursors).where(cursors.c.consumer == consumer))

    def last_change(self) -> int:
        """The newest `seq` of the log; 0 when it is empty."""
        with self._database.reading() as connection:
            return last_seq(connection)


def _by_seq(item: tuple[int, int]) -> int:
    return item[1]


def _cursor(connection: Connection, consumer: str) -> int:
    statement = select(cursors.c.seq).where(cursors.c.consumer == consumer)
    return connection.scalar(statement) or 0


def last_seq(connection: Connection) -> int:
    """The newest `seq` of the log; 0 when it is empty."""
    return connection.scalar(select(func.max(changes.c.seq))) or 0


def append_changes(connection: Connection, kind: ChangeKind, post_ids: Iterable[int]) -> None:
    """Add to the log, within the caller's transaction."""
    rows = [{"kind": kind, "post_id": post_id} for post_id in post_ids]
    if rows:
        connection.execute(insert(changes), rows)
