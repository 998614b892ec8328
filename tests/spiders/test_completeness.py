"""What a pass says of posts that it did not show."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from crawler.app.completeness import Judged, Sighting, judge
from spiders.sites import Listing, listing_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def numbered(*numbers: int, name: str = "board") -> list[Sighting]:
    return [(f"{name}/{number}", None) for number in numbers]


def timed(*hours: int) -> list[Sighting]:
    return [(f"p{hour}", NOW + timedelta(hours=hour)) for hour in hours]


def test_numbers_within_what_was_gone_over_are_counted_and_missed() -> None:
    seen = [*numbered(8, 9, 11, 12), *numbered(400, name="other")]
    unseen = [*numbered(3, 10, 13), ("news", None)]
    update = judge(seen, unseen, listing="numbered", whole=False, complete=True)
    assert update == Judged(("board/10",), 5, 4)
    whole = judge(seen, unseen, listing="numbered", whole=True, complete=True)
    assert whole == Judged(("board/3", "board/10"), 12, 4)
    cut_off = judge(seen, unseen, listing="numbered", whole=True, complete=False)
    assert cut_off == Judged((), 12, 4)


@pytest.mark.parametrize("listing", ["numbered", "window", "whole", "threads", "unknown"])
def test_a_pass_that_saw_nothing_says_nothing(listing: Listing) -> None:
    assert judge([], timed(1), listing=listing, whole=True, complete=True) == Judged()


@pytest.mark.parametrize(
    ("listing", "whole", "complete", "out_of_order", "vanished"),
    [
        ("whole", True, True, 0, ("p0", "p15", "p99")),
        ("whole", False, True, 0, ()),
        ("whole", True, False, 0, ()),
        # 0 has fallen off at the end, 99 is newer than anything shown
        ("window", False, True, 0, ("p15",)),
        ("window", False, True, 1, ("p15",)),
        ("window", False, True, 2, ()),  # not a list by time
        ("window", False, False, 0, ()),
        ("unknown", True, True, 5, ("p15",)),
        ("unknown", False, True, 0, ()),
    ],
)
def test_by_kind_of_listing(
    listing: Listing, whole: bool, complete: bool, out_of_order: int, vanished: tuple[str, ...]
) -> None:
    judged = judge(
        timed(11, 12, 13, 14, 16, 17),
        timed(0, 15, 99),
        listing=listing,
        whole=whole,
        complete=complete,
        out_of_order=out_of_order,
    )
    assert judged.vanished == vanished


def test_feeds_are_windows_and_lists_by_activity_are_not() -> None:
    for platform in ("feed", "reddit", "bluesky", "mastodon"):
        assert listing_of(platform) == "window", platform
    for platform in ("phpbb", "xenforo", "vbulletin", "forum", "discourse", "lemmy"):
        assert listing_of(platform) == "threads", platform
    assert listing_of("wordpress") == "unknown"


@pytest.mark.parametrize(
    ("whole", "complete", "vanished"),
    [(True, True, ("p15", "p99")), (True, False, ()), (False, True, ())],
)
def test_of_threads_what_is_not_on_its_page_has_vanished(
    *, whole: bool, complete: bool, vanished: tuple[str, ...]
) -> None:
    judged = judge(
        timed(11, 12, 13, 14, 16, 17),
        timed(0, 15, 98, 99),
        listing="threads",
        whole=whole,
        complete=complete,
        out_of_order=5,
        read_again={"p99"},  # newer than anything shown, and its page was read
    )
    assert judged.vanished == vanished


def test_pinned_posts_do_not_stretch_a_window() -> None:
    pinned_and_newest = timed(1, 2, 40, 41, 42, 44)
    judged = judge(pinned_and_newest, timed(20, 43), listing="window", whole=False, complete=True)
    assert judged.vanished == ("p43",)


@pytest.mark.parametrize(("listing", "most"), [("numbered", 100), ("window", 5)])
def test_the_posts_of_a_long_pass_are_not_held_together(listing: Listing, most: int) -> None:
    """The most that Python has allocated at once, in bytes a post that was seen."""
    posts = 20_000
    seen = ((f"board/{count}", NOW + timedelta(minutes=count)) for count in range(1, posts + 1))
    between = ("board/70", NOW + timedelta(minutes=70))
    tracemalloc.start()
    try:
        judged = judge(seen, [between], listing=listing, whole=False, complete=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert judged.vanished == ("board/70",)
    assert peak / posts < most
