"""The mailers, and the emptying of the outbox.

A message is written to the outbox with its alerts, and stays there until a mailer has
taken it. Its Message-ID is fixed from then on, so that a server which took it just
before a crash can tell a second delivery from a new message.
"""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

import structlog

from crawler.config import SmtpMail
from crawler.errors import MailError
from crawler.ports import Mailer
from crawler.types import OutboxMail

_log = structlog.get_logger(__name__)


def make_message(mail: OutboxMail, sender: str) -> EmailMessage:
    """The message as it goes out: text first, HTML as the alternative."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(mail.recipients)
    # A header cannot hold a line end; nothing of a post stands in the subject.
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    message["X-Foreland-Rule"] = mail.rule
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


class EmlMailer:
    """Writes each message as a file in a folder, so that nobody mails by accident."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: OutboxMail) -> str:
        """Write the message; the same message again replaces its own file.

        Raises:
            MailError: the file could not be written.
        """
        path = self._folder / f"{mail.id:06d}-{mail.rule}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(make_message(mail, self._sender).as_bytes())
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(path)
        except OSError as error:
            message = f"{path}: could not be written: {error.strerror}"
            raise MailError(message) from error
        return str(path)


class SmtpMailer:
    """Hands each message to a mail server."""

    def __init__(self, settings: SmtpMail) -> None:
        self._settings = settings

    def send(self, mail: OutboxMail) -> str:
        """Deliver to every recipient.

        Raises:
            MailError: the server cannot be reached, refuses us, or refuses a recipient;
                the text says which setting to look at.
        """
        settings = self._settings
        place = f"{settings.host}:{settings.port}"
        try:
            with self._connect() as server:
                if settings.user:
                    server.login(settings.user, settings.password.get_secret_value())
                refused = server.send_message(make_message(mail, settings.sender))
        except smtplib.SMTPAuthenticationError as error:
            message = f"{place}: refused mail.user and mail.password: {error.smtp_code}"
            raise MailError(message) from error
        except smtplib.SMTPRecipientsRefused as error:
            message = f"{place}: refused every recipient: {', '.join(error.recipients)}"
            raise MailError(message) from error
        except (TimeoutError, socket.gaierror, ssl.SSLError, OSError) as error:
            # SMTPException is an OSError, so this is every other fault of the line.
            raise MailError(f"{place}: {error or type(error).__name__}") from error
        if refused:
            # The others have it; sending it again would give it to them twice.
            _log.warning("recipients refused", mail=mail.id, recipients=sorted(refused))
        return place

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host,
                settings.port,
                timeout=settings.timeout,
                context=ssl.create_default_context(),
            )
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        if settings.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except (smtplib.SMTPException, OSError):
                server.close()
                raise
        return server


class Outbox(Protocol):
    """What sending needs of the store."""

    def outbox_due(self, now: datetime, limit: int = 20) -> Sequence[OutboxMail]:
        """Messages not sent yet whose next attempt is due, oldest first."""

    def mark_sent(self, mail_id: int, at: datetime, where: str) -> None:
        """The mailer took it."""

    def mark_failed(self, mail_id: int, at: datetime, error: str) -> None:
        """The mailer did not take it; it is due again after a while."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one emptying of the outbox did."""

    sent: tuple[str, ...] = ()  #: where each message went
    failed: tuple[str, ...] = ()  #: why each of the others stayed


def deliver(outbox: Outbox, mailer: Mailer, *, clock: Callable[[], datetime]) -> Delivery:
    """Hand every message that is due to the mailer. One that fails stays, and is tried later.

    Raises:
        StoreError: the outbox could not be read or written.
    """
    sent: list[str] = []
    failed: list[str] = []
    # Only what was due at the start: a message that fails must not be tried in a loop.
    start = clock()
    tried: set[int] = set()
    while due := [mail for mail in outbox.outbox_due(start, limit=20) if mail.id not in tried]:
        for mail in due:
            tried.add(mail.id)
            try:
                where = mailer.send(mail)
            except MailError as error:
                outbox.mark_failed(mail.id, clock(), str(error))
                failed.append(str(error))
                _log.warning("mail not sent", mail=mail.id, rule=mail.rule, error=str(error))
            else:
                outbox.mark_sent(mail.id, clock(), where)
                sent.append(where)
                _log.info("mail sent", mail=mail.id, rule=mail.rule, where=where)
    return Delivery(tuple(sent), tuple(failed))
