"""Adverts, what is left to analyse, and the change log."""

from __future__ import annotations

import pytest

from crawler.errors import StoreError
from crawler.store import Store
from crawler.types import AnalysedPost, Change
from tests.store.samples import NOW, SOURCE, add, add_analysed, make_advert, make_found


def test_an_advert_comes_back_as_it_was(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    advert = make_advert(post_id)
    assert store.get_advert(post_id) == advert
    assert store.get_advert(post_id, 1) == advert
    assert store.get_advert(post_id, 2) is None
    assert store.get_advert(99) is None


def test_a_later_advert_of_the_same_revision_replaces_the_earlier(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    later = make_advert(post_id, version="8", is_offer=False)
    store.put_adverts([make_advert(post_id, version="9"), later])
    assert store.get_advert(post_id) == later
    assert store.counts().adverts == 1
    assert store.counts().offers == 0


def test_an_advert_of_an_unknown_revision_keeps_none_of_them(store: Store) -> None:
    add(store, make_found())
    with pytest.raises(StoreError, match="not in the store"):
        store.put_adverts([make_advert(1), make_advert(1, 2)])
    assert store.counts().adverts == 0
    assert store.last_change() == 0


def test_what_is_left_to_analyse(store: Store) -> None:
    add(store, *(make_found(number) for number in range(1, 7)))
    assert [post.id for post in store.posts_to_analyse(limit=4)] == [1, 2, 3, 4]
    store.put_adverts([make_advert(1, version="6"), make_advert(2, version="7")])
    store.put_adverts([make_advert(3, version="8")])
    assert [post.id for post in store.posts_to_analyse()] == [4, 5, 6]
    stale = store.posts_to_analyse(nlp_version="7")
    assert sorted(post.id for post in stale) == [1, 3, 4, 5, 6]
    assert [post.id for post in stale][:3] == [4, 5, 6]
    assert len(store.posts_to_analyse(nlp_version="7", limit=4)) == 4


def test_a_changed_post_is_analysed_again_at_its_new_revision(store: Store) -> None:
    (post_id,) = add_analysed(store, 1)
    add(store, make_found(1, "another text"))
    (post,) = store.posts_to_analyse()
    assert (post.id, post.revision, post.text) == (post_id, 2, "another text")
    assert store.get_advert(post_id) is None
    assert store.get_analysed([post_id]) == []
    # An advert of the old revision that comes late does not hide the new one.
    store.put_adverts([make_advert(post_id, 1)])
    assert len(store.posts_to_analyse()) == 1
    store.put_adverts([make_advert(post_id, 2)])
    assert store.posts_to_analyse() == []
    (analysed,) = store.get_analysed([post_id])
    assert (analysed.post.revision, analysed.advert.revision) == (2, 2)
    assert store.get_advert(post_id, 1) == make_advert(post_id, 1)


def test_a_post_that_a_pipeline_cannot_read_does_not_stand_in_the_way(store: Store) -> None:
    add(store, make_found(1), make_found(2))
    store.mark_unreadable(1, 1, "7")
    assert [post.id for post in store.posts_to_analyse(nlp_version="7")] == [2]
    assert store.get_advert(1) is None
    assert store.changes("index") == []
    assert len(store.posts_to_analyse(nlp_version="8")) == 2
    add(store, make_found(1, "another text"))
    # The old revision's failure says nothing about the new one.
    store.mark_unreadable(1, 1, "7")
    assert len(store.posts_to_analyse(nlp_version="7")) == 2


def test_analysed_posts_come_in_the_order_asked_and_the_missing_are_passed_over(
    store: Store,
) -> None:
    ids = add_analysed(store, 1100)
    wanted = [ids[700], 99_999, ids[3], ids[1099]]
    found = store.get_analysed(wanted)
    assert [analysed.post.id for analysed in found] == [ids[700], ids[3], ids[1099]]
    assert found[0] == AnalysedPost(store.get_post(ids[700]), make_advert(ids[700]))  # type: ignore[arg-type]
    assert [analysed.post.id for analysed in store.iter_analysed()] == ids


def test_each_consumer_has_its_own_cursor(store: Store) -> None:
    ids = add_analysed(store, 5)
    first = store.changes("index", limit=2)
    assert first == [Change(1, ids[0]), Change(2, ids[1])]
    store.set_cursor("index", first[-1].seq)
    assert [change.post_id for change in store.changes("index")] == ids[2:]
    assert [change.post_id for change in store.changes("rules")] == ids
    assert (store.cursor("index"), store.cursor("rules")) == (2, 0)
    store.reset_cursor("index")
    assert store.cursor("index") == 0
    assert [change.post_id for change in store.changes("index")] == ids


def test_a_post_that_changed_twice_is_given_once_at_its_last_place(store: Store) -> None:
    ids = add_analysed(store, 3)
    store.put_adverts([make_advert(ids[0])])
    assert store.changes("index") == [Change(2, ids[1]), Change(3, ids[2]), Change(4, ids[0])]
    assert store.changes("index", up_to=3) == [Change(n, ids[n - 1]) for n in (1, 2, 3)]


def test_reading_batch_by_batch_loses_nothing_while_more_is_written(store: Store) -> None:
    ids = add_analysed(store, 25)
    seen: set[int] = set()
    rounds = 0
    while batch := store.changes("rules", limit=4):
        rounds += 1
        seen.update(change.post_id for change in batch)
        store.set_cursor("rules", batch[-1].seq)
        if rounds == 2:
            add(store, make_found(100))
            store.put_adverts([make_advert(ids[-1] + 1), make_advert(ids[0])])
    assert seen == {*ids, ids[-1] + 1}
    assert store.cursor("rules") == store.last_change() == 27


def _add_then_fail(store: Store, number: int) -> None:
    with store.transaction():
        add(store, make_found(number))
        store.put_adverts([make_advert(post.id) for post in store.iter_posts()])
        raise RuntimeError


def test_nothing_is_kept_of_a_transaction_that_fails(store: Store) -> None:
    with pytest.raises(RuntimeError):
        _add_then_fail(store, 1)
    assert store.counts().posts == 0
    assert store.last_change() == 0


def test_an_inner_transaction_that_fails_is_undone_alone(store: Store) -> None:
    with store.transaction():
        add(store, make_found(1))
        with pytest.raises(StoreError):
            store.add_posts(SOURCE, "x", [make_found(2)], capture="urn:none", seen_at=NOW)
        with pytest.raises(RuntimeError):
            _add_then_fail(store, 3)
        add(store, make_found(4))
    assert [post.site_id for post in store.iter_posts()] == ["board/1", "board/4"]
    assert store.last_change() == 0


def test_a_reader_in_another_transaction_sees_it_only_when_it_is_whole(
    store: Store, url: str
) -> None:
    from crawler.store import open_store

    other = open_store(url)
    with store.transaction():
        add(store, make_found(1))
        assert store.counts().posts == 1
        assert other.counts().posts == 0
    assert other.counts().posts == 1
    other.close()
