"""Alarms from the store to the outbox: raised once, told once, cleared, and told again."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from crawler.app.service import Service
from crawler.app.watching import look_at_sources, reset_source, watch_sources
from crawler.config import load_config
from crawler.errors import ConfigError
from crawler.types import Outcome
from tests.health.conftest import Desk
from tests.system.commands import foreland


def test_an_alarm_is_logged_and_mailed_once_an_episode(workspace: Desk) -> None:
    workspace.add_source("harbour")
    for _ in range(3):
        workspace.run("harbour", 20)
    assert watch_sources(workspace.app).raised == ()
    workspace.run("harbour", 2)
    with capture_logs() as logs:
        first = watch_sources(workspace.app)
        workspace.run("harbour", 1)
        again = watch_sources(workspace.app)
    assert [episode.alarm.kind for episode in first.raised] == ["yield"]
    assert (again.raised, again.mail_id) == ((), None)
    told = [log for log in logs if log["event"] == "source not well"]
    assert [(log["source"], log["log_level"]) for log in told] == [("harbour", "warning")]
    workspace.run("harbour", 20)
    assert [episode.id for episode in watch_sources(workspace.app).cleared] == [1]
    assert workspace.app.store.open_episodes() == []
    workspace.run("harbour", 0, Outcome.EMPTY)
    assert watch_sources(workspace.app).mail_id is not None
    assert workspace.app.store.counts().mails_waiting == 2


def test_the_mail_names_every_new_alarm_and_what_to_do(workspace: Desk) -> None:
    workspace.add_source("harbour")
    workspace.add_source("market", "expect: {posts: 5}\n")
    for _ in range(3):
        workspace.run("harbour", 20)
    workspace.run("harbour", 20, author=0)
    workspace.run("market", 3, Outcome.BELOW_EXPECTED)
    watch_sources(workspace.app)
    workspace.app.deliver_mail()
    (file,) = (workspace.folder / "data/outbox").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "[Foreland] 2 sources not well"
    assert message["To"] == "duty@example.org, second@example.org"
    body = message.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert "harbour: field author on 0% of the posts, 100% is usual" in text
    assert "market: expected" in text
    assert "/sources" in text


def test_a_source_that_changed_for_good_is_reset(workspace: Desk) -> None:
    workspace.add_source("harbour")
    for posts in (20, 20, 20, 2):
        workspace.run("harbour", posts)
    watch_sources(workspace.app)
    reset_source(workspace.app, "harbour", reason="the channel is quieter now", user="officer")
    assert workspace.app.store.open_episodes() == []
    assert [one.state for one in look_at_sources(workspace.app)] == ["healthy"]
    for _ in range(3):
        workspace.run("harbour", 2)
        assert watch_sources(workspace.app).raised == ()
    workspace.run("harbour", 0, Outcome.EMPTY)
    assert len(watch_sources(workspace.app).raised) == 1
    kinds = [episode.alarm.kind for episode in workspace.app.store.list_episodes("harbour")]
    assert kinds == ["yield", "yield"]
    (event,) = workspace.app.store.iter_events()
    assert (event.user, event.object) == ("officer", "source:harbour")


def test_without_recipients_alarms_wait_for_somebody_to_be_told(workspace: Desk) -> None:
    workspace.add_source("harbour")
    workspace.run("harbour", 0, Outcome.GONE)
    told = workspace.app.config
    workspace.app.config = told.model_copy(update={"health": type(told.health)()})
    assert len(watch_sources(workspace.app).raised) == 1
    assert workspace.app.store.counts().mails_waiting == 0
    workspace.app.config = told
    assert watch_sources(workspace.app).mail_id is not None


def test_a_source_that_is_disabled_or_taken_away_clears(workspace: Desk) -> None:
    for name in ("one", "two"):
        workspace.add_source(name)
        workspace.run(name, 0, Outcome.GONE)
    assert len(watch_sources(workspace.app).raised) == 2
    workspace.add_source("one", "enabled: false\n")
    (workspace.folder / "sources/two.yml").unlink()
    assert len(watch_sources(workspace.app).cleared) == 2


def test_a_source_past_its_review_date_is_told(workspace: Desk) -> None:
    workspace.add_source("one")
    path = workspace.folder / "sources/one.yml"
    path.write_text(path.read_text().replace("2027-06-30", "2026-11-01"))
    (health,) = look_at_sources(workspace.app)
    assert "review date has passed: 2026-11-01" in health.alarms[0].detail


@pytest.mark.parametrize("kind", ["list", "health"])
def test_the_commands_show_it(workspace: Desk, kind: str) -> None:
    workspace.add_source("harbour")
    # The command has the real time; without a schedule it does not matter to the health.
    for posts in (20, 20, 20, 3):
        workspace.run("harbour", posts)
    done = foreland(workspace.folder, "sources", kind)
    assert done.returncode == (1 if kind == "health" else 0), done.stderr
    assert "harbour" in done.stdout
    assert "alarm" in done.stdout
    lines = foreland(workspace.folder, "sources", kind, "--json").stdout.splitlines()
    assert len(lines) == 1
    assert '"state": "alarm"' in lines[0]


def test_well_sources_exit_with_0(workspace: Desk) -> None:
    workspace.add_source("harbour")
    workspace.run("harbour", 20)
    assert foreland(workspace.folder, "sources", "health").returncode == 0


def test_recipients_are_checked_wherever_they_are_given(workspace: Desk) -> None:
    given = {"FORELAND_HEALTH__RECIPIENTS": "a@example.org, b@example.org"}
    config = load_config(workspace.folder, given)
    assert config.health.recipients == ("a@example.org", "b@example.org")
    with pytest.raises(ConfigError, match="'nobody' is not an e-mail address"):
        load_config(workspace.folder, {"FORELAND_HEALTH__RECIPIENTS": "nobody"})


def test_the_service_catches_up_before_it_judges(workspace: Desk) -> None:
    workspace.add_source("harbour")
    workspace.run("harbour", 0, Outcome.GONE)
    service = Service(workspace.app)
    service._crawls.add([("harbour", "")])  # queued, as after a weekend with the machine off
    service._alert()
    assert workspace.app.store.open_episodes() == []
    workspace.now += timedelta(minutes=61)
    service._alert()
    assert [one.alarm.kind for one in workspace.app.store.open_episodes()] == ["failed"]
    assert len(list((workspace.folder / "data/outbox").glob("*-health.eml"))) == 1
