"""Alerts and the outbox: every match once, no mail lost, none written for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.errors import StoreError
from crawler.store import Store
from crawler.types import Alert
from tests.store.samples import MINUTE, NOW, add, add_analysed, make_found, make_mail


def test_a_match_is_alerted_once_with_its_mail(store: Store) -> None:
    ids = add_analysed(store, 3)
    keys = [(ids[1], 1), (ids[0], 1)]
    alerts = store.add_alerts("boats", keys, make_mail(), NOW)
    assert alerts == [
        Alert(1, "boats", ids[1], 1, NOW, mail_id=1),
        Alert(2, "boats", ids[0], 1, NOW, mail_id=1),
    ]
    assert store.alerted("boats", [*keys, (ids[2], 1)]) == set(keys)
    assert store.alerted("papers", keys) == set()
    (mail,) = store.outbox_due(NOW)
    assert (mail.id, mail.rule, mail.created_at, mail.attempts) == (1, "boats", NOW, 0)
    new = make_mail()
    assert (mail.recipients, mail.subject, mail.text, mail.html, mail.message_id) == (
        new.recipients,
        new.subject,
        new.text,
        new.html,
        new.message_id,
    )


def test_nothing_new_writes_no_mail(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    store.add_alerts("boats", [(post_id, 1)], make_mail(1), NOW)
    assert store.add_alerts("boats", [(post_id, 1)], make_mail(2), NOW) == []
    assert store.add_alerts("boats", [], make_mail(3), NOW) == []
    assert store.counts().mails_waiting == 1
    # Another rule, and another revision, are new.
    add(store, make_found(1, "another text"))
    assert len(store.add_alerts("papers", [(post_id, 1)], None, NOW)) == 1
    assert len(store.add_alerts("boats", [(post_id, 1), (post_id, 2)], None, NOW)) == 1
    assert [alert.revision for alert in store.alerts_of(post_id)] == [1, 1, 2]
    assert [alert.id for alert in store.list_alerts()] == [3, 2, 1]
    assert [alert.id for alert in store.list_alerts("boats", limit=1)] == [3]


def test_an_alert_that_cannot_be_kept_leaves_no_mail(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    with pytest.raises(StoreError, match="not in the store"):
        store.add_alerts("boats", [(post_id, 1), (post_id, 9)], make_mail(), NOW)
    assert (store.counts().alerts, store.counts().mails_waiting) == (0, 0)


def test_a_sent_mail_is_not_due_again(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    store.add_alerts("boats", [(post_id, 1)], make_mail(), NOW)
    store.mark_sent(1, NOW + MINUTE, "data/outbox/1.eml")
    assert store.outbox_due(NOW + timedelta(days=9)) == []
    counts = store.counts()
    assert (counts.alerts, counts.mails_waiting, counts.mails_sent) == (1, 0, 1)


def test_a_failed_mail_waits_twice_as_long_each_time_up_to_an_hour(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    store.add_alerts("boats", [(post_id, 1)], make_mail(), NOW)
    now = NOW
    waits = []
    for attempt in range(1, 10):
        store.mark_failed(1, now, f"refused {attempt}")
        assert store.outbox_due(now) == []
        wait = 0
        while not store.outbox_due(now + wait * MINUTE):
            wait += 1
        waits.append(wait)
        now += wait * MINUTE
        (mail,) = store.outbox_due(now)
        assert (mail.attempts, mail.last_error) == (attempt, f"refused {attempt}")
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_mails_due_longest_come_first(store: Store) -> None:
    ids = add_analysed(store, 3)
    for number, post_id in enumerate(ids):
        at = NOW - number * MINUTE
        store.add_alerts("boats", [(post_id, 1)], make_mail(number), at)
    assert [mail.id for mail in store.outbox_due(NOW)] == [3, 2, 1]
    assert [mail.id for mail in store.outbox_due(NOW - MINUTE)] == [3, 2]
    assert [mail.id for mail in store.outbox_due(NOW, limit=1)] == [3]


def test_an_unknown_mail_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match="no mail 7"):
        store.mark_sent(7, NOW, "nowhere")
    with pytest.raises(StoreError, match="no mail 7"):
        store.mark_failed(7, NOW, "error")


def test_a_rule_begins_once(store: Store) -> None:
    assert store.rule_since("boats", NOW, 12) == 12
    assert store.rule_since("boats", NOW + MINUTE, 99) == 12
    assert store.rule_since("papers", NOW, 99) == 99
