"""Candidates: counted by offers and advertisers, the same after any repetition."""

from __future__ import annotations

import pytest

from crawler.errors import StoreError
from crawler.store import Store
from crawler.types import Sighting
from tests.store.samples import MINUTE, NOW, add_analysed

PORT = Sighting("t.me/invented_port", "channel", "https://t.me/s/invented_port")
FORUM = Sighting("forum.example.org", "site", "https://forum.example.org/t/1")


def test_sightings_are_counted_and_put_again_without_a_difference(store: Store) -> None:
    first, second, third = add_analysed(store, 3)
    store.assign_advertisers({first: "a1", second: "a1", third: "a2"})
    found = {
        first: (NOW, [PORT, FORUM]),
        second: (NOW - MINUTE, [PORT]),
        third: (NOW + MINUTE, [PORT, PORT]),
    }
    assert store.put_sightings(found) == 2
    before = store.list_candidates()
    assert store.put_sightings(found) == 0
    assert store.list_candidates() == before
    port, forum = before
    assert (port.key, port.posts, port.advertisers) == (
        PORT.key,
        (second, first, third),
        ("a1", "a2"),
    )
    assert (port.first_seen, port.last_seen) == (NOW - MINUTE, NOW + MINUTE)
    assert (forum.kind, forum.url, forum.status) == ("site", FORUM.url, "new")


def test_a_post_that_is_no_offer_any_more_names_nothing(store: Store) -> None:
    first, second = add_analysed(store, 2)
    store.put_sightings({first: (NOW, [PORT, FORUM]), second: (NOW, [PORT])})
    store.put_sightings({first: (NOW, [])})
    assert [(one.key, one.posts) for one in store.list_candidates()] == [(PORT.key, (second,))]


def test_a_decision_stays_when_the_place_is_seen_again(store: Store) -> None:
    first, second = add_analysed(store, 2)
    store.put_sightings({first: (NOW, [PORT])})
    store.decide_candidate(PORT.key, "dismissed", by="officer", at=NOW, reason="a shop")
    store.put_sightings({second: (NOW, [PORT])})
    assert store.list_candidates("new") == []
    (port,) = store.list_candidates("dismissed")
    assert (port.decided_by, port.decided_at, port.reason) == ("officer", NOW, "a shop")
    assert port.posts == (first, second)
    with pytest.raises(StoreError, match="no candidate nowhere"):
        store.decide_candidate("nowhere", "dismissed", by="officer", at=NOW, reason="")
