"""Alerts, and the outbox that carries them: both are written in one transaction.

So a crash can neither lose a mail whose matches are noted, nor mail a match twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Select, insert, select
from sqlalchemy import update as sql_update

from crawler.errors import StoreError
from crawler.store.part import Part, batches
from crawler.store.tables import alerts, outbox, rule_starts
from crawler.types import Alert, NewMail, OutboxMail

#: After the first failure a mail waits this long, after each further one twice as long …
FIRST_WAIT = timedelta(minutes=1)
#: … up to this: a mail server is mended within hours, and an alert may not wait for a day.
LONGEST_WAIT = timedelta(hours=1)


class Alerts(Part):
    """What rules have matched, and the mails about it."""

    def rule_since(self, rule: str, at: datetime, seq: int) -> int:
        """The change at which the rule began. The first call sets it to `seq`."""
        statement = select(rule_starts.c.seq).where(rule_starts.c.rule == rule)
        with self._database.writing() as connection:
            known: int | None = connection.scalar(statement)
            if known is not None:
                return known
            connection.execute(insert(rule_starts).values(rule=rule, started_at=at, seq=seq))
        return seq

    def alerted(self, rule: str, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
        """Those of the (post, revision) that the rule has alerted already."""
        with self._database.reading() as connection:
            return _alerted(connection, rule, keys)

    def add_alerts(
        self,
        rule: str,
        matched: Sequence[tuple[int, int]],
        mail: NewMail | None,
        at: datetime,
    ) -> list[Alert]:
        """Note the matches and put the mail about them into the outbox, as one.

        Returns:
            The new alerts. Matches noted before are passed over; when all were, the
            mail is not written.

        Raises:
            StoreError: a revision is not in the store, or the `message_id` was used.
        """
        with self._database.writing() as connection:
            known = _alerted(connection, rule, matched)
            new = [key for key in dict.fromkeys(matched) if key not in known]
            if not new:
                return []
            mail_id = None if mail is None else put_mail(connection, rule, mail, at)
            rows = [
                {
                    "rule": rule,
                    "post_id": post_id,
                    "revision": revision,
                    "matched_at": at,
                    "mail_id": mail_id,
                }
                for post_id, revision in new
            ]
            returned = connection.execute(
                insert(alerts).returning(alerts, sort_by_parameter_order=True), rows
            )
            return [_alert(row) for row in returned]

    def alerts_of(self, post_id: int) -> list[Alert]:
        """The alerts about any revision of the post, oldest first."""
        return self._alerts(select(alerts).where(alerts.c.post_id == post_id).order_by(alerts.c.id))

    def list_alerts(self, rule: str | None = None, limit: int = 100) -> list[Alert]:
        """The newest alerts (of a rule), newest first."""
        statement = select(alerts).order_by(alerts.c.id.desc()).limit(limit)
        return self._alerts(statement if rule is None else statement.where(alerts.c.rule == rule))

    def outbox_due(self, now: datetime, limit: int = 20) -> list[OutboxMail]:
        """Mails that are not sent and whose time to be tried has come, longest due first."""
        statement = (
            select(outbox)
            .where(outbox.c.next_attempt <= now)
            .order_by(outbox.c.next_attempt, outbox.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [_mail(row) for row in connection.execute(statement)]

    def mark_sent(self, mail_id: int, at: datetime, where: str) -> None:
        """Note that a mailer took the mail, and where it went.

        Raises:
            StoreError: there is no such mail.
        """
        with self._database.writing() as connection:
            attempts = self._attempts(connection, mail_id)
            connection.execute(
                sql_update(outbox)
                .where(outbox.c.id == mail_id)
                .values(sent_at=at, sent_to=where, next_attempt=None, attempts=attempts + 1)
            )

    def mark_failed(self, mail_id: int, at: datetime, error: str) -> None:
        """Note that the mail was not taken. It is due again after a wait that doubles.

        Raises:
            StoreError: there is no such mail.
        """
        with self._database.writing() as connection:
            attempts = self._attempts(connection, mail_id)
            # Past 2**16 the longest wait has long been reached; the bound keeps it a number.
            wait = min(FIRST_WAIT * 2 ** min(attempts, 16), LONGEST_WAIT)
            connection.execute(
                sql_update(outbox)
                .where(outbox.c.id == mail_id)
                .values(attempts=attempts + 1, last_error=error, next_attempt=at + wait)
            )

    def _alerts(self, statement: Select[tuple[object, ...]]) -> list[Alert]:
        with self._database.reading() as connection:
            return [_alert(row) for row in connection.execute(statement)]

    def _attempts(self, connection: Connection, mail_id: int) -> int:
        statement = select(outbox.c.attempts).where(outbox.c.id == mail_id)
        attempts: int | None = connection.scalar(statement)
        if attempts is None:
            raise StoreError(f"{self._database.name}: there is no mail {mail_id} in the outbox")
        return attempts


def _alerted(
    connection: Connection, rule: str, keys: Sequence[tuple[int, int]]
) -> set[tuple[int, int]]:
    wanted = set(keys)
    found: set[tuple[int, int]] = set()
    for some in batches(sorted({post_id for post_id, _ in wanted})):
        statement = select(alerts.c.post_id, alerts.c.revision).where(
            alerts.c.rule == rule, alerts.c.post_id.in_(some)
        )
        found.update((row.post_id, row.revision) for row in connection.execute(statement))
    return found & wanted


def put_mail(connection: Connection, rule: str, mail: NewMail, at: datetime) -> int:
    """Put a mail into the outbox, within the caller's transaction, and give its id."""
    values = {
        "rule": rule,
        "recipients": mail.recipients,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "message_id": mail.message_id,
        "created_at": at,
        "attempts": 0,
        "last_error": "",
        "next_attempt": at,
    }
    statement = insert(outbox).values(values).returning(outbox.c.id)
    mail_id: int = connection.execute(statement).scalar_one()
    return mail_id


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert(
        id=row.id,
        rule=row.rule,
        post_id=row.post_id,
        revision=row.revision,
        matched_at=row.matched_at,
        mail_id=row.mail_id,
    )


def _mail(row: Row[tuple[object, ...]]) -> OutboxMail:
    return OutboxMail(
        id=row.id,
        rule=row.rule,
        recipients=row.recipients,
        subject=row.subject,
        text=row.text,
        html=row.html,
        message_id=row.message_id,
        created_at=row.created_at,
        attempts=row.attempts,
        last_error=row.last_error,
        sent_at=row.sent_at,
    )
