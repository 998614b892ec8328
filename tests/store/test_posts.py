"""Posts: new, changed, the same, removed, come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import StoreError
from crawler.store import Store
from crawler.types import ParsedPost
from tests.store.samples import MINUTE, NOW, SOURCE, add, make_capture, make_found


def test_a_post_comes_back_as_it_was_found(store: Store) -> None:
    capture = make_capture()
    store.add_capture(capture)
    found = make_found()
    store.add_posts(
        SOURCE,
        "telegram",
        [found],
        capture=capture.id,
        seen_at=NOW,
        languages=("ckb", "en"),
        regions=("GB",),
    )
    (post,) = store.iter_posts()
    assert store.get_post(post.id) == post
    for name in set(ParsedPost.__slots__) - {"listed"}:  # that is for the spider alone
        assert getattr(post, name) == getattr(found, name), name
    assert (post.revision, post.source, post.platform) == (1, SOURCE, "telegram")
    assert (post.capture, post.seen_at, post.removed_at) == (capture.id, NOW, None)
    assert (post.languages, post.regions) == (("ckb", "en"), ("GB",))


def test_statuses_are_in_the_order_of_the_posts(store: Store) -> None:
    assert add(store, make_found(1), make_found(2)) == ["new", "new"]
    statuses = add(store, make_found(3), make_found(2, "another text"), make_found(1))
    assert statuses == ["new", "changed", "same"]


def _text(post: ParsedPost) -> ParsedPost:
    return replace(post, text="changed")


def _quoted(post: ParsedPost) -> ParsedPost:
    return replace(post, quoted=())


def _media(post: ParsedPost) -> ParsedPost:
    return replace(post, media=())


def _links(post: ParsedPost) -> ParsedPost:
    return replace(post, links=post.links[::-1])


def _forwarded(post: ParsedPost) -> ParsedPost:
    return replace(post, forwarded_from=None)


@pytest.mark.parametrize("change", [_text, _quoted, _media, _links, _forwarded])
def test_a_changed_post_is_a_new_revision_and_the_old_one_stays(
    store: Store, change: Callable[[ParsedPost], ParsedPost]
) -> None:
    first = make_found()
    second = change(first)
    add(store, first)
    assert add(store, second, at=NOW + MINUTE) == ["changed"]
    (post,) = store.iter_posts()
    assert (post.revision, post.seen_at) == (2, NOW + MINUTE)
    old, new = store.revisions(post.id)
    assert new == post
    assert old == store.get_post(post.id, 1)
    assert (old.text, old.quoted, old.media, old.links, old.forwarded_from) == (
        first.text,
        first.quoted,
        first.media,
        first.links,
        first.forwarded_from,
    )
    assert (new.text, new.quoted, new.media, new.links, new.forwarded_from) == (
        second.text,
        second.quoted,
        second.media,
        second.links,
        second.forwarded_from,
    )


def test_more_views_are_no_change_and_the_latest_count_is_kept(store: Store) -> None:
    add(store, make_found(views=5))
    assert add(store, make_found(views=900)) == ["same"]
    assert add(store, make_found(views=None)) == ["same"]
    (post,) = store.iter_posts()
    assert (post.revision, post.views) == (1, 900)
    add(store, make_found(text="edited", views=1000))
    assert [post.views for post in store.revisions(post.id)] == [5, 1000]


def test_the_same_id_twice_on_one_page_counts_in_order(store: Store) -> None:
    statuses = add(store, make_found(1, "a"), make_found(1, "b"), make_found(1, "b"))
    assert statuses == ["new", "changed", "same"]
    (post,) = store.iter_posts()
    assert (post.revision, post.text) == (2, "b")


def test_the_same_id_in_two_sources_is_two_posts(store: Store) -> None:
    add(store, make_found(), source="one")
    assert add(store, make_found(), source="two") == ["new"]
    assert [post.source for post in store.iter_posts()] == ["one", "two"]
    assert [post.source for post in store.iter_posts(source="two")] == ["two"]


def test_known_ids_are_of_the_source(store: Store) -> None:
    add(store, *(make_found(number) for number in range(1200)))
    wanted = [f"board/{number}" for number in range(600, 1800)]
    assert store.known_site_ids(SOURCE, wanted) == {f"board/{n}" for n in range(600, 1200)}
    assert store.known_site_ids("another", wanted) == frozenset()
    assert store.known_site_ids(SOURCE, []) == frozenset()


def test_a_vanished_post_is_marked_once_and_comes_back_when_seen(store: Store) -> None:
    add(store, make_found(1), make_found(2))
    assert store.mark_removed(SOURCE, ["board/1", "board/9"], NOW) == 1
    assert store.mark_removed(SOURCE, ["board/1"], NOW + MINUTE) == 0
    first, second = store.iter_posts()
    assert (first.removed_at, second.removed_at) == (NOW, None)
    assert [change.post_id for change in store.changes("index")] == [first.id]
    assert store.changes("rules") == []

    cursor = store.last_change()
    store.set_cursor("index", cursor)
    assert add(store, make_found(1)) == ["same"]
    (first, _) = store.iter_posts()
    assert first.removed_at is None
    assert [change.post_id for change in store.changes("index")] == [first.id]


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.get_post(1) is None
    assert store.revisions(1) == []
    assert store.get_capture("urn:uuid:none") is None
    add(store, make_found())
    assert store.get_post(1, 2) is None


def test_nuls_and_lone_surrogates_are_replaced_one_for_one_and_are_the_same_again(
    store: Store,
) -> None:
    hostile = replace(make_found(), text="a\0b\ud800c قایق", quoted=("\udfff",), author="\ud801")
    assert add(store, hostile) == ["new"]
    assert add(store, hostile) == ["same"]
    (post,) = store.iter_posts()
    assert post.text == "a\ufffdb\ufffdc قایق"
    assert (post.quoted, post.author) == (("\ufffd",), "\ufffd")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200), max_size=5
    )
)
def test_any_text_comes_back_letter_for_letter(store: Store, texts: list[str]) -> None:
    for text in texts:
        add(store, make_found(text=text))
        (post,) = store.iter_posts()
        assert post.text == text


def test_a_capture_comes_back_and_is_found_by_its_payload(store: Store) -> None:
    captures = [make_capture(number) for number in range(1, 1203)]
    with store.transaction():
        for capture in captures:
            store.add_capture(capture)
    assert list(store.iter_captures()) == captures
    assert list(store.iter_captures("another")) == []
    assert store.get_capture(captures[5].id) == captures[5]
    again = replace(captures[5], id="urn:uuid:later", captured_at=NOW + MINUTE)
    store.add_capture(again)
    assert store.capture_of_payload(again.sha256) == captures[5]
    assert store.capture_of_payload(again.sha256, rendered=True) is None
    with pytest.raises(StoreError, match="breaks a rule"):
        store.add_capture(again)


def test_posts_of_a_capture_that_is_not_there_are_refused_whole(store: Store) -> None:
    with pytest.raises(StoreError, match="not in the store"):
        store.add_posts(SOURCE, "telegram", [make_found()], capture="urn:none", seen_at=NOW)
    assert store.counts().posts == 0


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="has no zone"):
        add(store, make_found(), at=NOW.replace(tzinfo=None))
    assert store.counts().posts == 0
