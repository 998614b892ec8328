"""Takes what a spider collects into archive and store, and counts it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.health import FIELDS
from crawler.ports import Archive
from crawler.store import Store
from crawler.types import Capture, Outcome, Page, Parsed, PostStatus, Run
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


@dataclass(frozen=True, slots=True)
class _Waiting:
    capture: Capture
    parsed: Parsed | None


class StoreSink:
    """A spider's `Sink` over the archive and the store."""

    def __init__(
        self, store: Store, archive: Archive, source: Source, *, stop_at_known: bool
    ) -> None:
        self.pages = 0
        self.posts_seen = 0
        self.statuses: Counter[PostStatus] = Counter()
        self.with_field: Counter[str] = Counter()  #: posts that have each field
        self.failures: list[tuple[Outcome, str, str]] = []
        self.failed_pages = 0
        self._store = store
        self._archive = archive
        self._source = source
        self._stop_at_known = stop_at_known
        self._waiting: list[_Waiting] = []
        self._oldest = 0.0
        #: ids that this very run brought; knowing them does not mean an earlier run did
        self._brought: set[str] = set()

    def capture(self, page: Page) -> Capture:
        """Archive a page."""
        capture = self._archive.store(page, source=self._source.name)
        self.pages += 1
        self._wait(_Waiting(capture, None))
        return capture

    def add(self, parsed: Parsed, capture: Capture) -> None:
        """Keep the posts of a page that was just captured."""
        self.posts_seen += len(parsed.posts)
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

    def is_known(self, site_ids: Sequence[str]) -> bool:
        """Whether an earlier run that saw everything has all of these posts."""
        if not self._stop_at_known:
            return False
        known = self._store.known_site_ids(self._source.name, site_ids)
        if self._brought.isdisjoint(site_ids) and known.issuperset(site_ids):
            return True
        self._brought.update(set(site_ids) - known)
        return False

    def failed(self, outcome: Outcome, url: str, detail: str) -> None:
        """Note a page that did not yield what it should."""
        self.failed_pages += 1
        if len(self.failures) < _MOST_FAILURES:
            self.failures.append((outcome, url, detail))

    def commit(self) -> None:
        """Write what waits, in one transaction.

        Raises:
            StoreError: nothing of it was written.
        """
        if not self._waiting:
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
        self.statuses += statuses
        self._waiting.clear()

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
    sink: StoreSink, source: Source, *, interrupted: bool, capped: bool, stop_at_known: bool
) -> tuple[Outcome, str]:
    """The one outcome of a run, and a sentence on it.

    A page that failed makes the run's outcome, so that `ok` means that everything was
    read; only what robots.txt keeps from us is passed over where other pages were read.
    """
    if interrupted:
        return Outcome.INTERRUPTED, "stopped before the end; the next run goes through all of it"
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
        elif run.outcome in {None, Outcome.INTERRUPTED} or run.posts_new or run.posts_changed:
            complete = False
    return complete
