"""When a run may stop at what is known, and what its one outcome is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crawler.app.collecting import StoreSink, conclude, may_stop_at_known
from crawler.errors import StoreError
from crawler.types import (
    Capture,
    FrontierPage,
    Outcome,
    Page,
    Parsed,
    ParsedPost,
    Pass,
    PostStatus,
    Run,
)
from spiders.source import Expect, Source

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def run(outcome: Outcome | None, *, pages: int = 2, new: int = 0) -> Run:
    return Run(1, "one", NOW, None if outcome is None else NOW, outcome, "", pages, new, new)


@pytest.mark.parametrize(
    ("newest_first", "may"),
    [
        ([], False),
        ([run(Outcome.OK, new=5)], True),
        ([run(Outcome.EMPTY)], True),
        ([run(Outcome.BELOW_EXPECTED, new=1)], True),
        ([run(Outcome.INTERRUPTED, new=5)], False),
        ([run(None)], False),
        ([run(Outcome.PAUSED, new=5), run(Outcome.OK, new=5)], False),
        ([run(None), run(Outcome.OK, new=5)], False),
        ([run(Outcome.INTERRUPTED), run(Outcome.OK, new=5)], False),
        ([run(Outcome.OK), run(Outcome.INTERRUPTED, new=5)], True),
        # what brought nothing in left no hole
        ([run(Outcome.TIMEOUT), run(Outcome.OK, new=5)], True),
        ([run(Outcome.TIMEOUT, new=3), run(Outcome.OK, new=5)], False),
        # the first run that ends at the cap has gone as far back as is wanted
        ([run(Outcome.OK, pages=10, new=50)], True),
        # one that was to stop at what is known, and met the cap before, has left a hole
        ([run(Outcome.OK, pages=10, new=50), run(Outcome.OK, pages=10, new=50)], False),
        ([run(Outcome.OK, pages=10)] + [run(Outcome.OK, pages=10, new=50)] * 2, True),
    ],
)
def test_may_stop_at_known(newest_first: list[Run], may: bool) -> None:
    assert may_stop_at_known(newest_first, max_pages=10) is may


class Archive:
    def store(self, page: Page, *, source: str) -> Capture:
        return Capture(f"urn:{page.url}", page.url, source, "00", NOW, "me", "a.warc.gz", 0)

    def load(self, capture: Capture) -> Page:
        raise NotImplementedError

    def close(self) -> None:
        pass


class Store:
    """Remembers what was committed; fails when told to."""

    def __init__(self, known: set[str] | None = None) -> None:
        self.known = known or set()
        self.captures: list[str] = []
        self.frontier: dict[str, bool] = {}
        self.faulty = False
        self.broken = False
        self.transactions = 0

    def transaction(self) -> Store:
        self.transactions += 1
        return self

    def __enter__(self) -> None:
        if self.broken:
            raise StoreError("the disk is full")

    def __exit__(self, *_: object) -> None:
        pass

    def add_capture(self, capture: Capture) -> None:
        self.captures.append(capture.url)

    def add_posts(
        self, source: str, platform: str, posts: list[ParsedPost], **_: object
    ) -> list[PostStatus]:
        statuses = [
            PostStatus.SAME if post.site_id in self.known else PostStatus.NEW for post in posts
        ]
        self.known.update(post.site_id for post in posts)
        return statuses

    def known_site_ids(
        self, source: str, site_ids: list[str], *, before: datetime | None = None
    ) -> frozenset[str]:
        return frozenset(self.known.intersection(site_ids))

    def add_to_frontier(self, source: str, pages: list[FrontierPage]) -> None:
        self.frontier.update((page.url, page.done) for page in pages)

    def finish_pages(self, source: str, urls: list[str]) -> None:
        self.frontier.update(dict.fromkeys(urls, True))

    def mark_faulty(self, source: str) -> None:
        self.faulty = True


def source(**more: object) -> Source:
    return Source.model_validate(
        {
            "name": "one",
            "platform": "telegram",
            "url": "https://t.me/s/invented",
            "purpose": "test",
            "authority": "T",
            "review_date": date(2027, 1, 1),
            **more,
        }
    )


def sink(store: Store, *, stop: bool = False, **more: object) -> StoreSink:
    current = Pass("one", "https://t.me/s/invented", NOW, whole=not stop)
    return StoreSink(store, Archive(), source(**more), current)  # type: ignore[arg-type]


def feed(into: StoreSink, *numbers: int) -> None:
    page = Page(f"https://t.me/s/invented?before={max(numbers, default=0)}", b"", NOW)
    posts = tuple(ParsedPost(str(number), "text") for number in numbers)
    into.add(Parsed(posts), into.capture(page))


def end(of: StoreSink, **more: bool) -> Outcome:
    flags = {"interrupted": False, "capped": False, "stop_at_known": False, **more}
    return conclude(of, of._source, **flags)[0]


def test_many_pages_are_one_transaction() -> None:
    store = Store()
    into = sink(store)
    for number in range(60):
        feed(into, number)
    assert (store.transactions, len(store.known)) == (1, 50)
    into.commit()
    assert (store.transactions, len(store.known), len(store.captures)) == (2, 60, 60)
    assert into.statuses == {PostStatus.NEW: 60}


def test_a_failed_commit_keeps_what_waits() -> None:
    store = Store()
    into = sink(store)
    feed(into, 1)
    store.broken = True
    with pytest.raises(StoreError):
        into.commit()
    store.broken = False
    into.commit()
    assert store.known == {"1"}


def test_pages_asked_for_are_kept_with_the_posts_that_led_to_them() -> None:
    store = Store()
    into = sink(store)
    into.asked([FrontierPage("a", 0, done=False)])
    feed(into, 1)
    into.asked([FrontierPage("b", 0, done=False)])
    into.done("a")
    assert store.frontier == {}
    into.commit()
    assert store.frontier == {"a": True, "b": False}
    into.failed(Outcome.GONE, "b", "HTTP 404")
    into.done("b")
    into.commit()
    assert (store.frontier["b"], store.faulty) == (True, False)
    into.failed(Outcome.TIMEOUT, "c", "no answer")
    into.done("c")
    into.commit()
    assert store.faulty


def test_beyond_the_cap_an_update_goes_on_and_a_whole_pass_does_not() -> None:
    page = FrontierPage("b", 0, done=False)
    update, whole = Store(), Store()
    for store, stop in ((update, True), (whole, False)):
        into = sink(store, stop=stop)
        into.left([page])
        into.commit()
        feed(into, 1)
        into.commit()
    assert (update.frontier, update.faulty) == ({"b": False}, False)
    assert (whole.frontier, whole.faulty) == ({}, True)


def test_known_are_only_those_of_earlier_runs() -> None:
    into = sink(Store({"1", "2"}), stop=True)
    assert not into.is_known(["2", "3"])
    feed(into, 2, 3)
    into.commit()
    assert not into.is_known(["2", "3"])  # '3' is known by this run alone
    assert into.is_known(["1", "2"])
    assert not sink(Store({"1"}), stop=False).is_known(["1"])


def test_outcomes() -> None:
    new, same, nothing = sink(Store()), sink(Store({"1"})), sink(Store())
    feed(new, 1)
    feed(same, 1)
    new.commit()
    same.commit()
    assert (end(new), end(same), end(nothing)) == (Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY)
    assert end(new, interrupted=True) is Outcome.INTERRUPTED
    new.failed(Outcome.ROBOTS_DISALLOWED, "https://t.me/private", "robots.txt")
    assert end(new) is Outcome.OK
    new.failed(Outcome.TIMEOUT, "https://t.me/s/invented?before=2", "slow")
    assert end(new) is Outcome.TIMEOUT
    nothing.failed(Outcome.ROBOTS_DISALLOWED, "https://t.me/s/invented", "robots.txt")
    assert end(nothing) is Outcome.ROBOTS_DISALLOWED


def test_a_run_that_stops_at_the_known_is_not_measured_by_a_whole_one() -> None:
    expect = Expect(posts=30)
    into = sink(Store({"1"}), expect=expect)
    feed(into, 1)
    into.commit()
    assert end(into) is Outcome.BELOW_EXPECTED
    assert end(into, stop_at_known=True) is Outcome.UNCHANGED
    assert end(sink(Store(), expect=expect), stop_at_known=True) is Outcome.BELOW_EXPECTED
