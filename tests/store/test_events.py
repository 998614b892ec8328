"""The log of who did what: whole, or its faults are named."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from crawler.errors import StoreError
from crawler.store import Store
from tests.store.samples import MINUTE, NOW


@pytest.fixture
def logged(store: Store) -> Store:
    for number in range(1, 7):
        store.log_event(
            "consultation",
            user="analyst",
            object=f"search 'to:GB قایق' {number}\ud800",
            reason="Case\0 7",
            at=NOW + number * MINUTE,
        )
    return store


def test_events_come_back_in_order(logged: Store) -> None:
    found = list(logged.iter_events())
    assert [event.seq for event in found] == [1, 2, 3, 4, 5, 6]
    first = found[0]
    assert (first.kind, first.user, first.reason) == ("consultation", "analyst", "Case\ufffd 7")
    assert (first.object, first.at) == ("search 'to:GB قایق' 1\ufffd", NOW + MINUTE)
    assert logged.last_event() == found[-1]
    assert len({event.hash for event in found}) == 6
    assert logged.verify_events() == []


def test_an_empty_log_is_whole(store: Store) -> None:
    assert store.verify_events() == []
    assert store.last_event() is None


def test_an_unknown_kind_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="'reading'"):
        store.log_event("reading", user="x", object="y", at=NOW)  # type: ignore[arg-type]
    assert list(store.iter_events()) == []


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE events SET user_name = 'nobody' WHERE seq = 3", "event 3: was changed"),
        ("UPDATE events SET reason = '' WHERE seq = 6", "event 6: was changed"),
        ("UPDATE events SET at = at + 1 WHERE seq = 1", "event 1: was changed"),
        ("DELETE FROM events WHERE seq = 1", "event 1: removed"),
        ("DELETE FROM events WHERE seq IN (3, 4)", "event 3–4: removed"),
        ("UPDATE events SET hash = '00' WHERE seq = 2", "event 2: was changed"),
    ],
)
def test_a_tampered_log_says_where(logged: Store, url: str, tampering: str, fault: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(tampering))
    engine.dispose()
    assert logged.verify_events()[0].startswith(fault)


def test_renumbering_does_not_hide_a_removed_event(logged: Store, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE seq = 3"))
        for seq in (4, 5, 6):
            renumber = text("UPDATE events SET seq = :seq - 1 WHERE seq = :seq")
            connection.execute(renumber, {"seq": seq})
    engine.dispose()
    assert logged.verify_events()[0].startswith("event 3: was changed")
