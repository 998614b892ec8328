"""Takes what a spider collects into archive and store, and counts it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from crawler.health import FIELDS
from crawler.ports import Archive
from crawler.store import Store
from crawler.types import Capture, FrontierPage, Outcome, Page, Parsed, Pass, PostStatus, Run
from spiders.source import Source

#: Pages, and seconds, after which what waits is committed. Each commit costs an fsync, so
#: a fast crawl commits many pages at once; a kill loses half a second of parsing at most,
#: and the pages of it are in the archive.
MOST_PAGES = 50
LONGEST = 0.5
#: Failures kept for the run's history; all of them are counted.
_MOST_FAILURES = 100

#: A run that ended so has seen all there was to see.
_TO_THE_END = frozenset({Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY, Outcome.BELOW_EXPECTED})
#: One that ended so has left its pass open.
_CUT_OFF = frozenset({None, Outcome.INTERRUPTED, Outcome.PAUSED})


@dataclass(frozen=True, slots=True)
class _Waiting:
    capture: Capture
    parsed: Parsed | None


class StoreSink:
    """A spider's `Sink` over the archive and the store.

    Args:
        store: where posts and the pages of the pass go.
        archive: where pages go.
        source: what is collected.
        current: the source's open pass.
    """

    def __init__(self, store: Store, archive: Archive, source: Source, current: Pass) -> None:
        self.pages = 0
        self.posts_seen = 0
        self.statuses: Counter[PostStatus] = Counter()
        self.with_field: Counter[str] = Counter()  #: posts that have each field
        self.failures: list[tuple[Outcome, str, str]] = []
        self.failed_pages = 0
        self._store = store
        self._archive = archive
        self._source = source
        self._pass = current
        self._waiting: list[_Waiting] = []
        self._oldest = 0.0
        #: ids that this very run brought; knowing them does not mean an earlier run did
        self._brought: set[str] = set()
        self._asked: dict[str, FrontierPage] = {}  #: not yet in the store's frontier
        self._done: list[str] = []  #: in the store's frontier, and not yet done there
        self.faulty = current.faulty  #: whether the pass does not see everything
        #: posts that stand after an older one on their page; a list by time has none
        self.out_of_order = 0

    def capture(self, page: Page) -> Capture:
        """Archive a page."""
        capture = self._archive.store(page, source=self._source.name)
        self.pages += 1
        self._wait(_Waiting(capture, None))
        return capture

    def add(self, parsed: Parsed, capture: Capture) -> None:
        """Keep the posts of a page that was just captured."""
        self.posts_seen += len(parsed.posts)
        times = [post.posted_at for post in parsed.posts if post.posted_at is not None]
        self.out_of_order += sum(earlier < later for earlier, later in pairwise(times))
        if capture.captured_at < self._pass.started_at:
            self.faulty = True  # the clock was set back: what was seen when cannot be told
        for name in FIELDS:
            self.with_field[name] += sum(
                getattr(post, name) not in (None, "", ()) for post in parsed.posts
            )
        if self._waiting and self._waiting[-1].capture is capture:
            self._waiting[-1] = _Waiting(capture, parsed)
        else:
            self._wait(_Waiting(capture, parsed))
        if len(self._waiting) >= MOST_PAGES:
            self.commit()

    def is_known(self, site_ids: Sequence[str], *, at_all: bool = False) -> bool:
        """Whether an earlier pass that saw everything has all of these posts."""
        if at_all:
            return self._store.known_site_ids(self._source.name, site_ids).issuperset(site_ids)
        if not stops_at_known(self._pass):
            return False
        known = self._store.known_site_ids(
            self._source.name, site_ids, before=self._pass.started_at
        )
        if self._brought.isdisjoint(site_ids) and known.issuperset(site_ids):
            return True
        self._brought.update(set(site_ids) - known)
        return False

    def failed(self, outcome: Outcome, url: str, detail: str) -> None:
        """Note a page that did not yield what it should."""
        self.failed_pages += 1
        # What answers that it is gone, or stands elsewhere, is not missing from the pass.
        self.faulty = self.faulty or outcome is not Outcome.GONE
        if len(self.failures) < _MOST_FAILURES:
            self.failures.append((outcome, url, detail))

    def asked(self, pages: Sequence[FrontierPage]) -> None:
        """Note pages that this run asks for."""
        self._asked.update((page.url, page) for page in pages)

    def left(self, pages: Sequence[FrontierPage]) -> None:
        """Note pages beyond the cap: an update goes on with them in its next run.

        For a whole pass the cap is how far back the source is wanted.
        """
        if stops_at_known(self._pass) or self._pass.since is not None:
            self.asked(pages)
        else:
            self.faulty = True

    def done(self, url: str) -> None:
        """Note that a page was answered, or has failed."""
        page = self._asked.get(url)
        if page is None:
            self._done.append(url)
        else:
            self._asked[url] = replace(page, done=True)

    def commit(self) -> None:
        """Write what waits, in one transaction.

        Raises:
            StoreError: nothing of it was written.
        """
        if not (self._waiting or self._asked or self._done):
            return
        statuses: Counter[PostStatus] = Counter()
        with self._store.transaction():
            for one in self._waiting:
                self._store.add_capture(one.capture)
                if one.parsed is None or not one.parsed.posts:
                    continue
                statuses.update(
                    self._store.add_posts(
                        self._source.name,
                        self._source.platform,
                        one.parsed.posts,
                        capture=one.capture.id,
                        seen_at=one.capture.captured_at,
                        languages=self._source.languages,
                        regions=self._source.regions,
                    )
                )
            self._store.add_to_frontier(self._source.name, self._asked.values())
            self._store.finish_pages(self._source.name, self._done)
            if self.faulty and not self._pass.faulty:
                self._store.mark_faulty(self._source.name)
        self.statuses += statuses
        self._pass = replace(self._pass, faulty=self.faulty)
        self._waiting.clear()
        self._asked.clear()
        self._done.clear()

    def commit_if_due(self) -> None:
        """Write what has waited long enough. Called now and then.

        Raises:
            StoreError: as `commit`.
        """
        if self._waiting and time.monotonic() - self._oldest >= LONGEST:
            self.commit()

    def _wait(self, one: _Waiting) -> None:
        if not self._waiting:
            self._oldest = time.monotonic()
        self._waiting.append(one)


def conclude(
    sink: StoreSink,
    source: Source,
    *,
    interrupted: bool,
    capped: bool,
    stop_at_known: bool,
    paused: str = "",
) -> tuple[Outcome, str]:
    """The one outcome of a run, and a sentence on it.

    A page that failed makes the run's outcome, so that `ok` means that everything was
    read; only what robots.txt keeps from us is passed over where other pages were read.
    """
    if paused:
        return Outcome.PAUSED, f"{paused}; the next run goes on from there"
    if interrupted:
        return Outcome.INTERRUPTED, "stopped before the end; the next run goes on from there"
    faults = [
        fault
        for fault in sink.failures
        if not (fault[0] is Outcome.ROBOTS_DISALLOWED and sink.posts_seen)
    ]
    if faults:
        outcome, url, detail = faults[0]
        if sink.failed_pages > 1 or sink.pages > 1:
            of = max(sink.pages, sink.failed_pages)
            detail = f"{sink.failed_pages} of {of} pages, first {url}: {detail}"
        return outcome, detail
    missing = _below(sink, source, stop_at_known=stop_at_known)
    if missing:
        return Outcome.BELOW_EXPECTED, missing
    if not sink.posts_seen:
        return Outcome.EMPTY, "there were no posts"
    detail = f"stopped at {sink.pages} pages (max_pages)" if capped else ""
    if not (sink.statuses[PostStatus.NEW] or sink.statuses[PostStatus.CHANGED]):
        return Outcome.UNCHANGED, detail
    return Outcome.OK, detail


def _below(sink: StoreSink, source: Source, *, stop_at_known: bool) -> str:
    """How the run yielded less than the source expects; '' when it did not."""
    # A run that stops at what is known sees one page where nothing is new.
    least = min(source.expect.posts, 1) if stop_at_known else source.expect.posts
    faults = []
    if sink.posts_seen < least:
        faults.append(f"{sink.posts_seen} posts, expected {least} at least")
    for name, share in source.expect.fields.items():
        if sink.posts_seen and sink.with_field[name] < share * sink.posts_seen:
            found = sink.with_field[name] / sink.posts_seen
            faults.append(f"{name} on {found:.0%} of the posts, expected {share:.0%} at least")
    return "; ".join(faults)


def stops_at_known(current: Pass) -> bool:
    """Whether paging stops where everything is known: in an update, without a set end."""
    return not current.whole and current.since is None


def may_stop_at_known(runs: Sequence[Run], max_pages: int) -> bool:
    """Whether a run may stop paging where everything on a page is known.

    Only if nothing older can be missing: since the last run that got to the end, none was
    cut off after it had brought in something. A run that ended at `max_pages` counts as
    having got to the end if it went through all its pages and was not itself looking for
    what is known: `max_pages` then is how far back the source is wanted.

    Args:
        runs: the earlier runs of the source, newest first.
        max_pages: of the source, in one run.
    """
    complete = False
    for run in reversed(runs):
        if run.outcome in _TO_THE_END:
            capped = run.pages >= max_pages
            complete = not (capped and complete)
        elif run.outcome in _CUT_OFF or run.posts_new or run.posts_changed:
            complete = False
    return complete
