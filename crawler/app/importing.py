"""Takes in what an analyst captured elsewhere: `foreland import FILE`.

The file itself is archived first, as evidence; each post points to it, or to the page of it
that the post was read from. The same file twice, or files that overlap, give each post once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import structlog

from crawler.app.crawl import Clock
from crawler.app.one_page import Purpose, collector_of
from crawler.app.parsing import load_page, parse_saved
from crawler.app.sealing import seal
from crawler.archive import WarcArchive
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.store import Store
from crawler.types import Capture, Outcome, Page, ParsedPost, PostStatus
from spiders.imports import (
    BadLine,
    Found,
    FoundPage,
    FoundPost,
    NotThisFormat,
    table,
    telegram_export,
    warc,
    zeeschuimer,
)
from spiders.imports.formats import Format, recognise_format, saved_from

_log = structlog.get_logger(__name__)

#: The source of imports that belong to no other.
IMPORTED = "import"
#: A file is archived and read in one piece.
LARGEST = 1_000_000_000  # bytes
_BATCH = 500  # posts written in one transaction
_MOST_FAILURES = 100  # kept in the run's history
_TYPES: Mapping[Format, str] = {
    "zeeschuimer": "application/x-ndjson",
    "telegram": "application/json",
    "warc": "application/warc",
    "wacz": "application/wacz",
    "html": "text/html",
    "csv": "text/csv",
}


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is to be read, where that is not told from it."""

    format: Format | None = None
    platform: str = ""  #: whose posts they are
    url: str = ""  #: of a saved page: where it is from
    captured: datetime | None = None  #: of a saved page: when; None: when the file was written
    columns: Mapping[str, str] = field(default_factory=dict)  #: CSV: field -> column


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file."""

    format: Format
    capture: Capture  #: of the file itself
    pages: int = 0
    statuses: Mapping[PostStatus, int] = field(default_factory=dict)
    platforms: Mapping[str, int] = field(default_factory=dict)  #: posts of each
    bad: tuple[BadLine, ...] = ()


def import_file(
    config: Config,
    store: Store,
    path: Path,
    *,
    reason: Purpose,
    name: str,
    options: ImportOptions,
    clock: Clock,
    languages: tuple[str, ...] = (),
    regions: tuple[str, ...] = (),
) -> Imported:
    """Archive a file and keep its posts under the source `name`.

    Raises:
        ConfigError: it cannot be read, is of no known format, or needs an option.
        ArchiveError, StoreError: it could not be kept. What was kept before stays, and a
            second import goes on.
    """
    body = _read(path)
    kind = options.format or recognise_format(body)
    if kind is None:
        known = "Zeeschuimer NDJSON, Telegram Desktop JSON, WARC, WACZ, HTML, CSV"
        raise ConfigError.one(path, f"is of no format that is known ({known}): say --format")
    started = clock()
    found = _checked(path, _found(kind, path, body, options))
    collector = collector_of(config)
    store.log_event(
        "collection", user=collector, object=f"file:{path.name}", reason=str(reason), at=started
    )
    archive = WarcArchive(
        config.path(config.archive),
        collector=collector,
        clock=clock,
        lookup=store.capture_of_payload,
    )
    try:
        file = Page(
            url=f"urn:foreland:import:{quote(path.name)}",
            body=body,
            fetched_at=started,
            status=None,
            headers=(("Content-Type", _TYPES[kind]),),
        )
        capture = archive.store(file, source=name)
        with store.transaction():
            store.add_capture(capture)
        intake = _Intake(store, archive, capture, name, path.name, options, languages, regions)
        intake.take(found, table_ids=kind == "csv")
    finally:
        archive.close()
    imported = intake.result(kind)
    _note_run(store, name, started, clock(), imported)
    seal(config, store, archive.written, user=collector, clock=clock)
    return imported


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ConfigError.one(path, f"has {size} bytes; {LARGEST} are read: split it")
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError.one(path, f"cannot be read: {error.strerror}") from error
    if not body.strip():
        raise ConfigError.one(path, "is empty")
    return body


def _found(kind: Format, path: Path, body: bytes, options: ImportOptions) -> Iterator[Found]:
    match kind:
        case "zeeschuimer":
            return zeeschuimer.read(body)
        case "telegram":
            return telegram_export.read(body)
        case "warc":
            return warc.read(body)
        case "wacz":
            return warc.read_wacz(body)
        case "csv":
            return table.read(body, columns=options.columns, platform=options.platform)
        case "html":
            url = options.url or saved_from(body)
            if url is None:
                raise ConfigError.one("--url", "is needed: the address the page was saved from")
            return iter([FoundPage(load_page(path, url=url, captured=options.captured))])


def _checked(path: Path, found: Iterator[Found]) -> Iterator[Found]:
    """The same, with what begins wrong told before anything is kept."""
    try:
        first = next(found, None)
    except NotThisFormat as error:
        raise ConfigError.one(path, str(error)) from error
    return _continued(first, found)


def _continued(first: Found | None, rest: Iterator[Found]) -> Iterator[Found]:
    if first is not None:
        yield first
    try:
        yield from rest
    except NotThisFormat as error:
        yield BadLine(0, f"{error}: what came before was read")


class _Intake:
    """Writes what was found, some hundred posts at a time."""

    def __init__(
        self,
        store: Store,
        archive: WarcArchive,
        file: Capture,
        name: str,
        file_name: str,
        options: ImportOptions,
        languages: tuple[str, ...],
        regions: tuple[str, ...],
    ) -> None:
        self._store = store
        self._archive = archive
        self._file = file
        self._name = name
        self._file_name = file_name
        self._options = options
        self._languages = languages
        self._regions = regions
        self._waiting: dict[str, list[ParsedPost]] = {}
        self._pages = 0
        self._statuses: Counter[PostStatus] = Counter()
        self._platforms: Counter[str] = Counter()
        self._bad: list[BadLine] = []

    def take(self, found: Iterator[Found], *, table_ids: bool) -> None:
        """Keep everything; `table_ids`: a post's id may be no more than a row's number."""
        for one in found:
            match one:
                case BadLine():
                    self._bad.append(one)
                case FoundPage():
                    self._page(one.page)
                case FoundPost():
                    platform = self._options.platform or one.platform
                    place = self._file_name if table_ids and not one.post.url else ""
                    waiting = self._waiting.setdefault(platform, [])
                    waiting.append(self._distinct(one.post, place or platform))
                    if len(waiting) >= _BATCH:
                        self._write()
        self._write()

    def result(self, kind: Format) -> Imported:
        """What came of it."""
        return Imported(
            kind, self._file, self._pages, self._statuses, self._platforms, tuple(self._bad)
        )

    def _distinct(self, post: ParsedPost, place: str) -> ParsedPost:
        # Ids are unique on a platform, and imports are of many.
        if self._name != IMPORTED or post.site_id.startswith(("http://", "https://")):
            return post
        reply = f"{place}:{post.reply_to}" if post.reply_to else None
        return replace(post, site_id=f"{place}:{post.site_id}", reply_to=reply)

    def _write(self) -> None:
        with self._store.transaction():
            for platform, posts in self._waiting.items():
                self._add(platform, posts, self._file)
        self._waiting.clear()

    def _add(self, platform: str, posts: list[ParsedPost], capture: Capture) -> None:
        statuses = self._store.add_posts(
            self._name,
            platform,
            posts,
            capture=capture.id,
            seen_at=capture.captured_at,
            languages=self._languages,
            regions=self._regions,
        )
        self._statuses.update(statuses)
        self._platforms[platform] += len(posts)

    def _page(self, page: Page) -> None:
        self._pages += 1
        capture = self._archive.store(page, source=self._name)
        platform = ""
        posts: tuple[ParsedPost, ...] = ()
        try:
            platform, parsed = parse_saved(page, self._options.platform or None)
            posts = parsed.posts
            if parsed.outcome not in {Outcome.OK, Outcome.EMPTY}:
                self._bad.append(BadLine(0, f"{page.url}: {parsed.outcome}: {parsed.detail}"))
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - as in a crawl: one page must not end the rest
            _log.exception("parser failed", url=page.url)
            self._bad.append(BadLine(0, f"{page.url}: the parser failed: {error!r}"))
        host = urlsplit(page.url).hostname or ""
        with self._store.transaction():
            self._store.add_capture(capture)
            if posts:
                self._add(platform, [self._distinct(post, host) for post in posts], capture)


def _note_run(
    store: Store, name: str, started: datetime, ended: datetime, imported: Imported
) -> None:
    seen = sum(imported.statuses.values())
    new = imported.statuses.get(PostStatus.NEW, 0)
    changed = imported.statuses.get(PostStatus.CHANGED, 0)
    if not seen:
        outcome = Outcome.BROKEN if imported.bad else Outcome.EMPTY
    else:
        outcome = Outcome.OK if new or changed else Outcome.UNCHANGED
    url = imported.capture.url
    with store.transaction():
        run = store.start_run(name, started)
        store.end_run(
            run,
            ended,
            outcome,
            detail=f"{len(imported.bad)} lines could not be read" if imported.bad else "",
            pages=imported.pages,
            posts_seen=seen,
            posts_new=new,
            posts_changed=changed,
            failures=[
                (Outcome.BROKEN.value, url, str(one)) for one in imported.bad[:_MOST_FAILURES]
            ],
        )
