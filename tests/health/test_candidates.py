"""From analysed offers to candidates, and from a person's decision to a source."""

from __future__ import annotations

import json

import pytest

from crawler.app import App
from crawler.app.candidates import accept_candidate, find_candidate, note_candidates
from crawler.errors import ConfigError, StoreError
from crawler.types import Advert, Judgement, ParsedPost
from tests.health.conftest import START, Desk
from tests.system.commands import foreland

GIVEN = {"purpose": "Op EXAMPLE", "authority": "EX-9", "review_date": "2027-01-31"}


def analyse(app: App, *texts: str, offer: bool = True) -> None:
    """Posts of the source 'harbour', as if analysed."""
    known = app.store.counts().posts
    found = [ParsedPost(str(known + number), text) for number, text in enumerate(texts)]
    app.store.add_posts("harbour", "telegram", found, capture=None, seen_at=START)
    app.store.put_adverts(
        [
            Advert(post.id, post.revision, "test", "en", (), Judgement(offer, 0.9))
            for post in app.store.posts_to_analyse(limit=100)
        ]
    )


def test_offers_fill_the_candidates_once_and_nothing_is_crawled(workspace: Desk) -> None:
    app = workspace.app
    workspace.add_source("harbour")
    analyse(app, "t.me/new_port", "t.me/new_port and t.me/harbour", "https://t.me/+AbCdEf")
    analyse(app, "t.me/weather_port", offer=False)
    assert note_candidates(app) == 2
    assert note_candidates(app) == 0
    app.store.reset_cursor("discovery")
    assert note_candidates(app) == 0
    found = {one.key: one.posts for one in app.store.list_candidates()}
    assert found == {"t.me/new_port": (1, 2), "t.me/+AbCdEf": (3,)}
    assert app.store.last_runs() == {}
    assert [source.name for source in app.load_sources().sources] == ["harbour"]


def test_an_accepted_candidate_is_a_source_that_the_log_knows(workspace: Desk) -> None:
    app = workspace.app
    workspace.add_source("new_port")  # takes the name that would be made
    (workspace.folder / "sources/new_port.yml").write_text(
        (workspace.folder / "sources/new_port.yml").read_text().replace("s/new_port", "s/older")
    )
    analyse(app, "t.me/new_port")
    note_candidates(app)
    given = GIVEN | {
        "purpose": 'Op "EXAMPLE": #1',
        "legal_basis": "an Act",
        "schedule": "5 * * * *",
    }
    path = accept_candidate(app, "https://t.me/new_port/7", given, user="officer")
    assert path.name == "new_port-2.yml"
    source = app.source("new_port-2")
    assert (source.platform, source.url) == ("telegram", "https://t.me/s/new_port")
    assert (source.purpose, source.legal_basis) == ('Op "EXAMPLE": #1', "an Act")
    candidate = find_candidate(app, "t.me/new_port")
    assert (candidate.status, candidate.source) == ("accepted", "new_port-2")
    (event,) = app.store.iter_events()
    assert (event.kind, event.user, event.object) == (
        "alteration",
        "officer",
        "candidate:t.me/new_port",
    )
    with pytest.raises(ConfigError, match="is the source new_port-2 already"):
        accept_candidate(app, "t.me/new_port", GIVEN, user="officer")


@pytest.mark.parametrize(
    ("text", "changed", "message"),
    [
        ("t.me/nowhere", {}, "is not a candidate"),
        ("t.me/+AbCdEf", {}, "closed group"),
        ("t.me/new_port", {"review_date": "soon"}, "review_date: 'soon' is not a date"),
        ("t.me/new_port", {"review_date": "2026-11-01"}, "review date has passed"),
        ("t.me/new_port", {"purpose": ""}, "purpose"),
        ("t.me/new_port", {"name": "../up"}, "name: '../up' must be"),
        ("t.me/new_port", {"platform": "nothing"}, "no parser for 'nothing'"),
    ],
)
def test_what_does_not_make_a_source_writes_nothing(
    workspace: Desk, text: str, changed: dict[str, str], message: str
) -> None:
    analyse(workspace.app, "t.me/new_port https://t.me/+AbCdEf")
    note_candidates(workspace.app)
    with pytest.raises(ConfigError, match=message):
        accept_candidate(workspace.app, text, GIVEN | changed, user="officer")
    assert list(workspace.folder.rglob("*.yml")) == []
    assert [one.status for one in workspace.app.store.list_candidates()] == ["new", "new"]


def test_a_decision_that_cannot_be_noted_leaves_no_source(
    workspace: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyse(workspace.app, "t.me/new_port")
    note_candidates(workspace.app)

    def fail(*_: object, **__: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(workspace.app.store, "log_event", fail)
    with pytest.raises(StoreError, match="disk full"):
        accept_candidate(workspace.app, "t.me/new_port", GIVEN, user="officer")
    assert list(workspace.folder.rglob("*.yml")) == []
    assert find_candidate(workspace.app, "t.me/new_port").status == "new"


def test_the_commands(workspace: Desk) -> None:
    analyse(workspace.app, "t.me/new_port", "t.me/new_port t.me/other_port")
    note_candidates(workspace.app)
    folder = workspace.folder
    listed = foreland(folder, "sources", "candidates", "--json")
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [(row["candidate"], row["count"]) for row in rows] == [
        ("t.me/new_port", 2),
        ("t.me/other_port", 1),
    ]
    dismissed = foreland(folder, "sources", "dismiss", "t.me/other_port", "--reason", "a shop")
    assert dismissed.returncode == 0, dismissed.stderr
    options = ("--purpose", "Op EXAMPLE", "--authority", "EX-9", "--review-date", "2099-01-31")
    accepted = foreland(folder, "sources", "accept", "t.me/new_port", *options)
    assert accepted.returncode == 0, accepted.stderr
    assert foreland(folder, "sources", "check").returncode == 0
    assert foreland(folder, "sources", "candidates", "--json").stdout == ""
    everything = foreland(folder, "sources", "candidates", "--all").stdout
    assert "accepted" in everything
    assert "dismissed" in everything
    again = foreland(folder, "sources", "dismiss", "t.me/new_port", "--reason", "no")
    assert again.returncode == 2
    assert "enabled: false" in again.stderr
