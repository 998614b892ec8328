"""One page, now: kept as evidence (`foreland capture`), or only shown (`sources try`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawler.app.crawl import Clock, scrape_page
from crawler.app.guard import enter, refuse
from crawler.app.sealing import seal
from crawler.archive import MemoryArchive, WarcArchive
from crawler.chromium import find_chromium
from crawler.config import Config
from crawler.errors import ConfigError, Problem
from crawler.ports import Archive
from crawler.store import Store
from crawler.types import Capture, FrontierPage, Outcome, Page, Parsed, ParsedPost, PostStatus
from spiders.sites import FALLBACK, find_parser, recognise_platform
from spiders.source import Source

#: The source of captures that belong to no other.
CAPTURED = "capture"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why something is collected, and who allowed it."""

    purpose: str
    authority: str

    def __str__(self) -> str:
        return f"{self.purpose} ({self.authority})"


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of one page."""

    outcome: Outcome
    detail: str = ""
    platform: str = FALLBACK
    page: Page | None = None  #: None: nothing was received
    capture: Capture | None = None
    posts: tuple[ParsedPost, ...] = ()
    next_pages: tuple[str, ...] = ()
    #: of each post: what the store found it to be; of a trial, NEW or SAME (known)
    statuses: tuple[PostStatus, ...] = ()


def why(config: Config, purpose: str, authority: str, source: Source | None = None) -> Purpose:
    """The purpose and the authority: as given, else the source's, else the configured ones.

    Raises:
        ConfigError: there is none of one of them.
    """
    found = Purpose(
        purpose.strip() or (source.purpose if source else config.capture.purpose),
        authority.strip() or (source.authority if source else config.capture.authority),
    )
    lacking = [name for name in ("purpose", "authority") if not getattr(found, name)]
    if lacking:
        problems = [
            Problem(f"--{name}", 0, "", f"is needed: give it, or set capture.{name}")
            for name in lacking
        ]
        raise ConfigError(problems)
    return found


def address_source(
    url: str,
    reason: Purpose,
    *,
    day: datetime,
    rendered: bool,
    platform: str = "",
    authority: Mapping[str, str] | None = None,
) -> Source:
    """A source that is this one page.

    Args:
        url: of the page.
        reason: why it is collected.
        day: now; the page may be collected on this day.
        rendered: whether it is opened in the browser.
        platform: whose parser reads it.
        authority: more on the authority: `legal_basis`, `reviewer`, `review_date`.

    Raises:
        ConfigError: the address is none, there is no parser of that name, or what is said of
            the authority is malformed.
    """
    values = {
        "name": CAPTURED,
        "platform": platform or FALLBACK,
        "url": url,
        "purpose": reason.purpose,
        "authority": reason.authority,
        "review_date": day.date(),
        "render": "js" if rendered else "none",
        "browser": {"screenshot": rendered},
        **(authority or {}),
    }
    try:
        return Source.model_validate(values)
    except ValidationError as error:
        options = {"url": "URL", "platform": "--platform", "purpose": "--purpose"}
        problems = []
        for fault in error.errors(include_url=False):
            name = str(fault["loc"][0]) if fault["loc"] else ""
            message = fault["msg"].removeprefix("Value error, ")
            if name in (authority or {}):
                name = f"--{name.replace('_', '-')}"
            problems.append(Problem(options.get(name, name), 0, "", message))
        raise ConfigError(problems) from error


def capture_page(
    config: Config, store: Store, source: Source, *, name: str, platform: str, clock: Clock
) -> Captured:
    """Fetch, archive and parse the page of a source, and keep its posts.

    Args:
        config: of the workspace.
        store: where posts and the audit log are.
        source: what to fetch; its hints go with the posts.
        name: of the source that the posts and the capture are kept under.
        platform: whose parser reads it; '' to tell it from the page.
        clock: gives the time, in UTC.

    Raises:
        ArchiveError, StoreError: the page could not be kept.
    """
    started = clock()
    refused = _refusal(config, store, source, started, how="capture")
    if refused is not None:
        return refused
    collector = collector_of(config)
    _log_collection(store, source, collector, started)
    archive = WarcArchive(
        config.path(config.archive),
        collector=collector,
        clock=clock,
        lookup=store.capture_of_payload,
    )
    sink = _OnePage(archive, name)
    try:
        scrape_page(config, source, store, sink, clock=clock, parse=sink.reader(platform))
    finally:
        archive.close()
    found = sink.result()
    posts = tuple(distinct(post, source.url, name) for post in found.posts)
    statuses: Sequence[PostStatus] = ()
    with store.transaction():
        run = store.start_run(name, started)
        if found.capture is not None:
            store.add_capture(found.capture)
            statuses = store.add_posts(
                name,
                found.platform,
                posts,
                capture=found.capture.id,
                seen_at=found.capture.captured_at,
                languages=source.languages,
                regions=source.regions,
            )
        failed = found.outcome not in {Outcome.OK, Outcome.EMPTY}
        store.end_run(
            run,
            clock(),
            found.outcome,
            detail=found.detail,
            pages=found.page is not None,
            posts_seen=len(posts),
            posts_new=statuses.count(PostStatus.NEW),
            posts_changed=statuses.count(PostStatus.CHANGED),
            failures=((found.outcome.value, source.url, found.detail),) if failed else (),
        )
    seal(config, store, archive.written, user=collector, clock=clock)
    return replace(found, posts=posts, statuses=tuple(statuses))


def try_source(config: Config, store: Store, source: Source, *, clock: Clock) -> Captured:
    """Fetch and parse the first page of a source. The fetch is logged; nothing is kept.

    Raises:
        StoreError: the log cannot be written: then nothing is fetched.
    """
    started = clock()
    refused = _refusal(config, store, source, started, how="try")
    if refused is not None:
        return refused
    _log_collection(store, source, collector_of(config), started, "tried, nothing kept: ")
    sink = _OnePage(MemoryArchive(), source.name)
    scrape_page(config, source, store, sink, clock=clock, parse=sink.reader(source.platform))
    found = sink.result()
    known = store.known_site_ids(source.name, [post.site_id for post in found.posts])
    statuses = tuple(
        PostStatus.SAME if post.site_id in known else PostStatus.NEW for post in found.posts
    )
    return replace(found, statuses=statuses)


def _refusal(
    config: Config, store: Store, source: Source, now: datetime, *, how: str
) -> Captured | None:
    """Why nothing is fetched; None when it may be."""
    refusal = refuse(config, source, now)
    if refusal:
        return Captured(Outcome.NOT_AUTHORISED, refusal)
    if source.render == "js" and find_chromium(config.crawl.chromium) is None:
        detail = "no Chromium was found: install one, or set crawl.chromium"
        return Captured(Outcome.BROWSER_FAILED, detail)
    # Last: it counts a look at a named person's page.
    refusal = enter(config, store, source, now, how=how)
    return Captured(Outcome.NOT_AUTHORISED, refusal) if refusal else None


def distinct(post: ParsedPost, url: str, name: str) -> ParsedPost:
    """The post with an id that is its own among those of every site a source has.

    A site's ids are unique on that site alone, and captures and imports are of many.
    """
    if name != CAPTURED or post.site_id.startswith(("http://", "https://")):
        return post
    return replace(post, site_id=f"{urlsplit(url).hostname}:{post.site_id}")


def collector_of(config: Config) -> str:
    """Who collects, with the tool's version."""
    from crawler import __version__
    from crawler.app.wiring import collector_name

    return f"{config.collector} foreland/{__version__}" if config.collector else collector_name()


def _log_collection(
    store: Store, source: Source, collector: str, at: datetime, what: str = ""
) -> None:
    reason = f"{what}{source.justification}"
    store.log_event("collection", user=collector, object=source.url, reason=reason, at=at)


@dataclass
class _OnePage:
    """A spider's sink for one page."""

    archive: Archive
    source: str
    page: Page | None = None
    kept: Capture | None = None
    parsed: Parsed | None = None
    platform: str = FALLBACK
    faults: list[tuple[Outcome, str]] = field(default_factory=list)

    def capture(self, page: Page) -> Capture:
        self.page = page
        self.kept = self.archive.store(page, source=self.source)
        return self.kept

    def add(self, parsed: Parsed, capture: Capture) -> None:
        if capture is self.kept:
            self.parsed = parsed

    def is_known(self, site_ids: Sequence[str], *, at_all: bool = False) -> bool:
        del at_all
        return not site_ids  # there is but one page

    def failed(self, outcome: Outcome, url: str, detail: str) -> None:
        self.faults.append((outcome, detail or url))

    def asked(self, pages: Sequence[FrontierPage]) -> None:
        pass

    def left(self, pages: Sequence[FrontierPage]) -> None:
        pass

    def done(self, url: str) -> None:
        pass

    def commit_if_due(self) -> None:
        pass

    def reader(self, platform: str) -> Callable[[Page, Source], Parsed]:
        """What parses the page, and notes as which platform's."""

        def read(page: Page, source: Source) -> Parsed:
            self.platform = platform or recognise_platform(page)
            return find_parser(self.platform).parse(page, source)

        return read

    def result(self) -> Captured:
        """What became of the page."""
        parsed = self.parsed or Parsed()
        outcome, detail = parsed.outcome, parsed.detail
        if self.faults:
            outcome, detail = self.faults[0]
        elif self.parsed is None:
            outcome, detail = Outcome.INTERRUPTED, "stopped before the page was there"
        elif outcome is Outcome.OK and not parsed.posts:
            outcome, detail = Outcome.EMPTY, "there were no posts"
        return Captured(
            outcome,
            detail,
            self.platform,
            self.page,
            self.kept,
            parsed.posts,
            parsed.next_pages,
        )
