"""Figures of runs, and episodes."""

from __future__ import annotations

import pytest

from crawler.errors import StoreError
from crawler.store import Store
from crawler.types import Alarm, Outcome, RunFigures
from tests.store.samples import MINUTE, NOW, make_mail


def test_figures_come_back_by_source_oldest_first(store: Store) -> None:
    for number in range(4):
        run_id = store.start_run("one", NOW + number * MINUTE)
        store.end_run(run_id, NOW + number * MINUTE, Outcome.OK, posts_seen=number)
        store.put_run_fields(run_id, {"author": number})
        store.put_run_fields(run_id, {"author": number, "text": 0})
    open_run = store.start_run("two", NOW)
    figures = store.run_figures(limit=2)
    assert [run.posts_seen for run in figures["one"]] == [2, 3]
    assert figures["one"][-1].with_field == {"author": 3, "text": 0}
    assert figures["two"] == [RunFigures(open_run, NOW, None, None, 0)]
    assert store.last_ended([Outcome.OK]) == {"one": NOW + 3 * MINUTE}
    with pytest.raises(StoreError, match="no run 99"):
        store.put_run_fields(99, {})


def test_an_episode_is_opened_once_and_cleared_once(store: Store) -> None:
    alarm = Alarm("one", "field", "author is missing", "author", 0.9, 0.1)
    episode = store.open_episode(alarm, NOW)
    assert episode is not None
    assert episode.alarm == alarm
    assert store.open_episode(alarm, NOW) is None
    assert store.open_episode(Alarm("one", "field", "", "url"), NOW) is not None
    assert store.clear_episode(episode.id, NOW + MINUTE)
    assert not store.clear_episode(episode.id, NOW + MINUTE)
    assert [one.alarm.field for one in store.open_episodes()] == ["url"]
    assert store.open_episode(alarm, NOW + 2 * MINUTE) is not None
    assert [one.cleared_at for one in store.list_episodes("one")] == [None, None, NOW + MINUTE]


def test_an_episode_is_mailed_once(store: Store) -> None:
    first = store.open_episode(Alarm("one", "yield", "few"), NOW)
    second = store.open_episode(Alarm("two", "yield", "few"), NOW)
    assert first is not None
    assert second is not None
    mail_id = store.mail_episodes([first.id], make_mail(1), NOW)
    assert store.mail_episodes([first.id, second.id], make_mail(2), NOW) is None
    assert [one.mail_id for one in store.open_episodes()] == [mail_id, None]
    (mail,) = store.outbox_due(NOW)
    assert (mail.id, mail.rule) == (mail_id, "health")
