"""Files are kept as evidence, their posts once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.app.importing import Imported, ImportOptions, import_file
from crawler.app.one_page import Purpose
from crawler.app.sealing import verify
from crawler.archive.warc import load_page
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.store import Store, open_store
from crawler.types import PostStatus
from tests.imports.test_readers import (
    EXPORT,
    INSTAGRAM,
    TIKTOK,
    USER,
    line,
    tweet,
    wacz_of,
    warc_of,
)
from tests.spiders.test_crawl import preview

REASON = Purpose("Op EXAMPLE", "EX-1")


class Desk:
    """A workspace to import into."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(workspace=folder)
        self.store: Store = open_store(self.config.database_url)
        self.folder = folder

    def take(self, name: str, body: bytes, **options: object) -> Imported:
        path = self.folder / name
        path.write_bytes(body)
        return import_file(
            self.config,
            self.store,
            path,
            reason=REASON,
            name="import",
            options=ImportOptions(**options),  # type: ignore[arg-type]
            clock=lambda: datetime.now(UTC),
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_a_file_is_kept_and_its_posts_point_to_it(desk: Desk) -> None:
    body = b"\n".join(
        [
            line("tiktok.com", TIKTOK),
            b"{broken",
            line("instagram.com", INSTAGRAM),
            line("x.com", tweet(USER)),
        ]
    )
    imported = desk.take("zee.ndjson", body)
    assert imported.format == "zeeschuimer"
    assert imported.statuses == {PostStatus.NEW: 3}
    assert imported.platforms == {"tiktok": 1, "instagram": 1, "x": 1}
    assert [one.line for one in imported.bad] == [2]
    assert imported.capture.sha256 == hashlib.sha256(body).hexdigest()
    posts = {post.site_id: post for post in desk.store.iter_posts()}
    assert set(posts) == {
        "tiktok:7300000000000000001",
        "instagram:3100000000000000001",
        "x:1850000000000000001",
    }
    assert {post.capture for post in posts.values()} == {imported.capture.id}
    page = load_page(desk.folder / "data/archive", imported.capture)
    assert page.body == body
    assert page.url == "urn:foreland:import:zee.ndjson"
    assert next(desk.store.iter_events()).object == "file:zee.ndjson"
    assert verify(desk.config, desk.store).faults == ()


def test_twice_is_once(desk: Desk) -> None:
    body = json.dumps(EXPORT).encode()
    first = desk.take("result.json", body)
    again = desk.take("result.json", body)
    assert (first.statuses, again.statuses) == ({PostStatus.NEW: 2}, {PostStatus.SAME: 2})
    assert len(list(desk.store.iter_posts())) == 2
    assert [run.outcome for run in desk.store.runs("import")] == ["unchanged", "ok"]
    size = sum(path.stat().st_size for path in desk.folder.rglob("*.warc.gz"))
    assert size < 8000  # the second time it is a reference to the first
    assert verify(desk.config, desk.store).faults == ()


def test_rows_of_two_tables_with_the_same_numbers_are_two(desk: Desk) -> None:
    desk.take("a.csv", b"id,text\n1,One\n")
    desk.take("b.csv", b"id,text\n1,Another\n")
    found = {post.site_id: post.text for post in desk.store.iter_posts()}
    assert found == {"a.csv:1": "One", "b.csv:1": "Another"}


@pytest.mark.parametrize("wrapped", [False, True])
def test_each_page_goes_through_its_parser(desk: Desk, wrapped: bool) -> None:
    words = (
        b"<html><body><article>" + b"Berths on the boat, ask. " * 20 + b"</article></body></html>"
    )
    pages = {
        "https://t.me/s/invented": preview("invented", range(1, 4)).body,
        "https://a.example.org/page": words,
    }
    data = warc_of(pages)
    imported = desk.take("x.wacz" if wrapped else "x.warc.gz", wacz_of(data) if wrapped else data)
    assert imported.pages == 2
    assert imported.platforms == {"telegram": 3, "webpage": 1}
    posts = {post.site_id: post for post in desk.store.iter_posts()}
    assert set(posts) == {
        *(f"t.me:invented/{number}" for number in range(1, 4)),
        "https://a.example.org/page",
    }
    capture = desk.store.get_capture(posts["t.me:invented/1"].capture or "")
    assert capture is not None
    assert capture.url == "https://t.me/s/invented"
    assert capture.captured_at.isoformat() == "2026-10-05T08:15:00+00:00"
    assert verify(desk.config, desk.store).faults == ()


def test_a_saved_page_needs_its_address(desk: Desk) -> None:
    body = preview("invented", range(1, 4)).body
    with pytest.raises(ConfigError, match="--url"):
        desk.take("page.html", body)
    assert list(desk.store.iter_captures()) == []
    imported = desk.take("page.html", body, url="https://t.me/s/invented")
    assert imported.statuses == {PostStatus.NEW: 3}
    saved = body.replace(
        b"<html>", b"<!-- saved from url=(0023)https://t.me/s/invented -->\n<html>"
    )
    assert desk.take("saved.html", saved).statuses == {PostStatus.SAME: 3}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b"\x89PNG\x00\x00", "of no format"),
        (b'{"messages": [{"type": ', "not whole JSON"),
        (b"no,column\n1,2\n", "of no format"),
    ],
)
def test_what_is_no_import_is_said_and_nothing_kept(desk: Desk, body: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        desk.take("file", body)
    assert list(desk.store.iter_captures()) == []
    assert list(desk.store.iter_events()) == []
