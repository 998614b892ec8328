"""Messages go out whole; what is not taken stays in the outbox."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from crawler.config import SmtpMail
from crawler.errors import MailError
from crawler.types import OutboxMail
from rules.mail import EmlMailer, SmtpMailer, deliver, make_message

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_mail(number: int = 1, **changes: object) -> OutboxMail:
    values = {
        "id": number,
        "rule": "boats",
        "recipients": ("duty@example.org", "desk@example.org"),
        "subject": "[Foreland] Boats: 2 new matches – قایق",
        "text": "بەڵەم بۆ ئینگلتەرا\n",
        "html": "<p dir=auto>بەڵەم بۆ ئینگلتەرا</p>",
        "message_id": f"<{number}@example.org>",
        "created_at": NOW,
    }
    return OutboxMail(**(values | changes))  # type: ignore[arg-type]


class Inbox:
    """A mail server on this machine that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.refuse: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(content)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == b"right"
    return AuthResult(success=right, handled=False)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler, port = Inbox(), free_port()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        authenticator=_authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield handler, port
    controller.stop()


def settings(port: int, **changes: object) -> SmtpMail:
    values = {
        "kind": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "sender": "foreland@example.org",
        "security": "none",
        "timeout": 5,
    }
    return SmtpMail.model_validate(values | changes)


def test_smtp_mailer_delivers_the_message_whole(inbox: tuple[Inbox, int]) -> None:
    handler, port = inbox
    where = SmtpMailer(settings(port)).send(make_mail())
    assert where == f"127.0.0.1:{port}"
    message = email.message_from_bytes(handler.messages[0], policy=email.policy.default)
    assert message["Subject"] == "[Foreland] Boats: 2 new matches – قایق"
    assert message["Message-ID"] == "<1@example.org>"
    assert message["To"] == "duty@example.org, desk@example.org"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["بەڵەم بۆ ئینگلتەرا"]


def test_smtp_mailer_signs_in_and_says_when_refused(inbox: tuple[Inbox, int]) -> None:
    handler, port = inbox
    SmtpMailer(settings(port, user="u", password="right")).send(make_mail())
    assert len(handler.messages) == 1
    with pytest.raises(MailError, match=r"mail\.user"):
        SmtpMailer(settings(port, user="u", password="wrong")).send(make_mail())


def test_smtp_mailer_says_that_every_recipient_was_refused(inbox: tuple[Inbox, int]) -> None:
    handler, port = inbox
    handler.refuse = {"duty@example.org", "desk@example.org"}
    with pytest.raises(MailError, match="refused every recipient"):
        SmtpMailer(settings(port)).send(make_mail())


def test_smtp_mailer_names_a_server_that_is_not_there() -> None:
    port = free_port()
    with pytest.raises(MailError, match=f"127.0.0.1:{port}"):
        SmtpMailer(settings(port)).send(make_mail())


def test_smtp_mailer_gives_up_on_a_server_that_hangs() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mailer = SmtpMailer(settings(silent.getsockname()[1], timeout=0.3))
        with pytest.raises(MailError, match="timed out"):
            mailer.send(make_mail())


def test_smtp_mailer_does_not_fall_back_to_plain_text(inbox: tuple[Inbox, int]) -> None:
    handler, port = inbox
    with pytest.raises(MailError, match="STARTTLS"):
        SmtpMailer(settings(port, security="starttls")).send(make_mail())
    assert handler.messages == []


def test_eml_mailer_writes_a_message_once(tmp_path: Path) -> None:
    mailer = EmlMailer(tmp_path / "out", sender="foreland@example.org")
    assert mailer.send(make_mail()) == mailer.send(make_mail())
    (path,) = (tmp_path / "out").iterdir()
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["From"] == "foreland@example.org"
    html = message.get_body(("html",))
    assert html is not None
    assert "بەڵەم" in html.get_content()


def test_eml_mailer_names_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    mailer = EmlMailer(tmp_path / "file", sender="foreland@example.org")
    with pytest.raises(MailError, match="file"):
        mailer.send(make_mail())


def test_make_message_keeps_line_ends_out_of_the_subject() -> None:
    message = make_message(make_mail(subject="a\r\nBcc: x@example.org"), "f@example.org")
    assert message["Subject"] == "a Bcc: x@example.org"
    assert message["Bcc"] is None


class FakeOutbox:
    """An outbox in memory."""

    def __init__(self, mails: Sequence[OutboxMail]) -> None:
        self.waiting = {mail.id: mail for mail in mails}
        self.failed: dict[int, str] = {}

    def outbox_due(self, now: datetime, limit: int = 20) -> Sequence[OutboxMail]:
        return list(self.waiting.values())[:limit]

    def mark_sent(self, mail_id: int, at: datetime, where: str) -> None:
        del self.waiting[mail_id]

    def mark_failed(self, mail_id: int, at: datetime, error: str) -> None:
        self.failed[mail_id] = error


class FailingMailer:
    """Refuses the mails of some rules."""

    def __init__(self, refused: set[int]) -> None:
        self.refused = refused

    def send(self, mail: OutboxMail) -> str:
        if mail.id in self.refused:
            raise MailError("refused")
        return "somewhere"


def test_deliver_tries_each_message_once_and_keeps_what_failed() -> None:
    outbox = FakeOutbox([make_mail(number) for number in range(1, 4)])
    delivery = deliver(outbox, FailingMailer({2}), clock=lambda: NOW)
    assert len(delivery.sent) == 2
    assert delivery.failed == ("refused",)
    assert list(outbox.waiting) == [2]
    assert outbox.failed == {2: "refused"}
