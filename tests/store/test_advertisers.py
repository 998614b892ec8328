"""Edges, identifiers and advertisers."""

from __future__ import annotations

from dataclasses import replace

from crawler.store import Store
from crawler.types import Advertiser, Edge, EdgeReason
from tests.store.samples import NOW, add_analysed

_EDGE = Edge("post:1", "post:2", 0.75, (EdgeReason("contact", "left value", "right value", 2.5),))


def test_an_edge_comes_back_from_either_end(store: Store) -> None:
    store.put_edges([_EDGE, Edge("phone:+447700900123", "post:2", 1.0, ())])
    assert store.edges_of(["post:1"]) == [_EDGE]
    assert len(store.edges_of(["post:2"])) == 2
    assert len(store.edges_of(["post:1", "post:2"])) == 2
    assert store.edges_of(["post:3"]) == []


def test_a_pair_has_one_edge_whichever_way_round(store: Store) -> None:
    store.put_edges([replace(_EDGE, score=0.1)])
    turned = (EdgeReason("contact", "right value", "left value", 2.5),)
    store.put_edges([replace(_EDGE, left="post:2", right="post:1", reasons=turned)])
    assert store.edges_of(["post:1"]) == [_EDGE]


def test_the_machine_never_overwrites_an_analyst(store: Store) -> None:
    decided = replace(_EDGE, decided_by="analyst", same=False, decided_at=NOW)
    store.put_edges([_EDGE])
    store.put_edges([decided])
    store.put_edges([replace(_EDGE, score=0.99), Edge("post:1", "post:7", 0.5, ())])
    assert store.edges_of(["post:2"]) == [decided]
    assert len(store.edges_of(["post:1"])) == 2


def test_the_machine_does_not_overwrite_an_analyst_within_one_call(store: Store) -> None:
    decided = replace(_EDGE, decided_by="analyst", same=False, decided_at=NOW)
    store.put_edges([decided, _EDGE])
    assert store.edges_of(["post:2"]) == [decided]


def test_an_analyst_may_change_an_analysts_decision(store: Store) -> None:
    decided = replace(_EDGE, decided_by="analyst", same=False, decided_at=NOW)
    store.put_edges([decided])
    again = replace(decided, decided_by="supervisor", same=True)
    store.put_edges([again])
    assert store.edges_of(["post:2"]) == [again]


def test_only_real_changes_of_advertiser_are_logged_and_for_the_index_alone(store: Store) -> None:
    ids = add_analysed(store, 4)
    for consumer in ("index", "advertisers", "rules"):
        store.set_cursor(consumer, store.last_change())
    store.assign_advertisers({ids[0]: "a", ids[1]: "a", 99_999: "a"})
    store.assign_advertisers({ids[0]: "a", ids[1]: "b"})
    assert store.advertiser_of([*ids, 99_999]) == {ids[0]: "a", ids[1]: "b"}
    assert [change.post_id for change in store.changes("index")] == [ids[0], ids[1]]
    assert store.last_change() == 4 + 3
    assert store.changes("advertisers") == []
    assert store.changes("rules") == []
    (analysed,) = store.get_analysed([ids[1]])
    assert analysed.advertiser == "b"


def test_a_post_can_be_taken_from_its_advertiser(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    store.assign_advertisers({post_id: "a"})
    store.assign_advertisers({post_id: None})
    assert store.advertiser_of([post_id]) == {}
    assert store.get_advertiser("a") is None


def test_advertisers_are_listed_largest_first_with_the_name_most_posts_share(
    store: Store,
) -> None:
    ids = add_analysed(store, 6)
    store.assign_advertisers(dict(zip(ids, ["b", "a", "a", "c", "c", "c"], strict=True)))
    store.put_identifiers(ids[3], ["phone:+447700900123", "author:telegram:invented"])
    store.put_identifiers(ids[4], ["author:telegram:invented"])
    store.put_identifiers(ids[1], ["telegram:handle", "telegram:handle"])
    largest = Advertiser("c", (ids[3], ids[4], ids[5]), "invented")
    assert store.list_advertisers() == [
        largest,
        Advertiser("a", (ids[1], ids[2]), "handle"),
        Advertiser("b", (ids[0],)),
    ]
    assert store.list_advertisers(minimum=3) == [largest]
    assert store.get_advertiser("c") == largest
    assert store.counts().advertisers == 3


def test_identifiers_find_their_posts(store: Store) -> None:
    ids = add_analysed(store, 3)
    store.put_identifiers(ids[2], ["phone:+447700900123", "telegram:x"])
    store.put_identifiers(ids[0], ["phone:+447700900123"])
    store.put_identifiers(ids[1], ["telegram:x"])
    store.put_identifiers(ids[1], [])
    assert store.posts_with(["phone:+447700900123", "telegram:x", "telegram:none"]) == {
        "phone:+447700900123": [ids[0], ids[2]],
        "telegram:x": [ids[2]],
        "telegram:none": [],
    }
