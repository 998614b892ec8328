"""Every place is served in the markup of its platform, and reads back as it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from crawler.types import Outcome, Parsed, ParsedPost
from demo.content import Content, InventedPlace, InventedPost, load_content
from demo.pages import FIRST_ID, PAGE_SIZE, address_of
from demo.site import serve_site
from demo.workspace import workspace_files
from spiders.sites import find_parser, recognise_platform
from spiders.source import Source, SourceSet, load_sources
from tests.demo.reading import fetch, fetch_page, folded_spaces

PLACES = load_content().places
TODAY = date(2026, 11, 20)


def _names(*kinds: str) -> list[str]:
    return [name for name, place in PLACES.items() if place.kind in kinds]


@pytest.fixture(scope="session")
def sources(
    site: str, content: Content, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Source]:
    """The sources as the demonstration writes them."""
    folder = tmp_path_factory.mktemp("workspace")
    _write(folder, workspace_files(content, site, TODAY))
    found = load_sources(folder / "sources", today=TODAY)
    assert found.problems == ()
    return {source.name: source for source in found.sources}


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _walk(source: Source) -> list[Parsed]:
    """Every page of a source, the next ones followed as the crawl follows them."""
    parser = find_parser(source.platform)
    waiting, asked, pages = [source.url], set[str](), []
    while waiting:
        address = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        pages.append(parser.parse(fetch_page(address), source))
        waiting += pages[-1].next_pages
    return pages


def _oldest_first(posts: list[ParsedPost]) -> list[ParsedPost]:
    return sorted(posts, key=lambda post: post.posted_at or datetime.min.replace(tzinfo=UTC))


def _assert_same(found: list[ParsedPost], written: tuple[InventedPost, ...]) -> None:
    assert len({post.site_id for post in found}) == len(found) == len(written)
    ordered = _oldest_first(found)
    for read, post in zip(ordered, written, strict=True):
        assert folded_spaces(read.text) == folded_spaces(post.text)
        assert read.posted_at == post.at
        assert read.edited == post.edited
        assert read.forwarded_from == (post.forwarded_from or None)


def test_every_kind_of_place_is_there() -> None:
    assert {place.kind for place in PLACES.values()} == {
        "telegram", "closed", "rss", "atom", "json", "board", "live", "article",
    }  # fmt: skip
    assert len(_names("telegram")) >= 4


@pytest.mark.parametrize("name", _names("telegram", "rss", "atom", "json", "board"))
def test_place_reads_back_as_written(name: str, sources: dict[str, Source]) -> None:
    pages = _walk(sources[name])

    assert {page.outcome for page in pages if page.posts} == {Outcome.OK}
    _assert_same([post for page in pages for post in page.posts], PLACES[name].posts)


@pytest.mark.parametrize("name", _names("rss", "atom", "json", "board"))
def test_authors_are_read(name: str, sources: dict[str, Source]) -> None:
    found = _oldest_first([post for page in _walk(sources[name]) for post in page.posts])

    assert [post.author for post in found] == [post.author for post in PLACES[name].posts]


@pytest.mark.parametrize("name", _names("telegram"))
def test_channel_shows_the_authors_accounts(name: str, sources: dict[str, Source]) -> None:
    place = PLACES[name]
    found = _oldest_first([post for page in _walk(sources[name]) for post in page.posts])

    assert [post.author for post in found] == [post.author or place.title for post in place.posts]
    assert [post.author_handle for post in found] == [post.handle or name for post in place.posts]


@pytest.mark.parametrize("name", _names("telegram"))
def test_views_are_read_to_the_hundred(name: str, sources: dict[str, Source]) -> None:
    found = _oldest_first([post for page in _walk(sources[name]) for post in page.posts])

    for read, post in zip(found, PLACES[name].posts, strict=True):
        # Telegram prints thousands as '2.4K', so tens and units are gone.
        assert read.views == pytest.approx(post.views, abs=0 if post.views < 1000 else 51)


@pytest.mark.parametrize("name", _names("telegram"))
def test_channel_is_paged_past_the_missing_link(name: str, site: str) -> None:
    newest = fetch(f"{site}/s/{name}").body
    oldest_shown = FIRST_ID + len(PLACES[name].posts) - PAGE_SIZE
    older = fetch(f"{site}/s/{name}?before={oldest_shown}").body

    assert f'rel="prev" href="/s/{name}?before={oldest_shown}"'.encode() in newest
    assert b'rel="prev"' not in older
    assert f'data-post="{name}/{FIRST_ID}"'.encode() in older
    assert b'rel="prev"' not in fetch(f"{site}/s/{name}?before={FIRST_ID}").body


@pytest.mark.parametrize("query", ["before=abc", "before=", "before=999999", "after=5"])
def test_channel_takes_a_strange_number_for_the_newest(query: str, site: str) -> None:
    name = _names("telegram")[0]
    newest = FIRST_ID + len(PLACES[name].posts) - 1

    answer = fetch(f"{site}/s/{name}?{query}")

    assert answer.status == 200
    assert f'data-post="{name}/{newest}"'.encode() in answer.body


def test_board_has_pages(site: str) -> None:
    (name,) = _names("board")
    address = f"{site}/board/{name}"

    assert b'class="next"' in fetch(address).body
    assert b'class="next"' not in fetch(f"{address}?page=2").body
    assert b"<article" not in fetch(f"{address}?page=9").body


@pytest.mark.parametrize("name", _names("live"))
def test_live_page_is_empty_until_its_script_ran(
    name: str, site: str, sources: dict[str, Source]
) -> None:
    page = fetch_page(sources[name].url)
    fetched = json.loads(fetch(f"{site}/live/{name}.json").body)

    assert sources[name].render == "js"
    assert find_parser("webpage").parse(page, sources[name]).outcome is Outcome.LAYOUT_CHANGED
    assert [post["text"] for post in fetched] == [post.text for post in PLACES[name].posts]


@pytest.mark.parametrize("name", _names("live"))
def test_live_page_reads_back_once_rendered(
    name: str, site: str, sources: dict[str, Source]
) -> None:
    fetched = json.loads(fetch(f"{site}/live/{name}.json").body)
    articles = "".join(
        f'<article class="post" id="{post["id"]}"><div class="author">{escape(post["author"])}'
        f'</div><div class="body">{escape(post["text"])}</div>'
        f'<time datetime="{post["at"]}">{post["at"]}</time></article>'
        for post in fetched
    )
    page = fetch_page(sources[name].url, f"<html><body>{articles}</body></html>".encode())

    parsed = find_parser("webpage").parse(page, sources[name])

    _assert_same(list(parsed.posts), PLACES[name].posts)
    assert [post.author for post in parsed.posts] == [post.author for post in PLACES[name].posts]


@pytest.mark.parametrize("name", _names("article"))
def test_article_is_one_post_without_the_page_around_it(
    name: str, sources: dict[str, Source]
) -> None:
    (page,) = _walk(sources[name])
    (written,) = PLACES[name].posts
    (post,) = page.posts

    assert post.posted_at == written.at
    text = folded_spaces(post.text)
    for paragraph in written.text.splitlines():
        assert folded_spaces(paragraph) in text
    assert "invented newspaper on a local test site" not in text


@pytest.mark.parametrize("name", _names("closed"))
def test_closed_channel_sends_its_visitors_to_the_landing_page(
    name: str, site: str, sources: dict[str, Source]
) -> None:
    answer = fetch(f"{site}/s/{name}")
    landing = replace(fetch_page(site + answer.location), requested_url=f"{site}/s/{name}")

    assert (answer.status, answer.location, answer.body) == (302, f"/{name}", b"")
    parsed = find_parser("telegram").parse(landing, sources[name])
    assert (parsed.outcome, parsed.posts) == (Outcome.PREVIEW_DISABLED, ())


@pytest.mark.parametrize(
    ("kinds", "platform"),
    [(("telegram",), "telegram"), (("rss", "atom", "json"), "feed"), (("board",), "webpage")],
)
def test_platform_is_recognised_by_its_markup(
    kinds: tuple[str, ...], platform: str, site: str
) -> None:
    for name in _names(*kinds):
        page = fetch_page(site + address_of(name, PLACES[name]))
        assert recognise_platform(page) == platform


def test_robots_file_forbids_the_private_part_only(site: str) -> None:
    answer = fetch(f"{site}/robots.txt")

    assert answer.status == 200
    assert answer.kind.startswith("text/plain")
    assert answer.body.decode().splitlines() == ["User-agent: *", "Disallow: /private/"]


def test_front_page_links_to_every_place(site: str) -> None:
    front = fetch(f"{site}/").body.decode()

    for name, place in PLACES.items():
        assert f'href="{address_of(name, place)}"' in front


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/s/nobody",
        "/s/coast_post",
        "/rega_demo",
        "/feeds/coast_post",
        "/feeds/coast_post.atom",
        "/board/notice_board.json",
        "/live/rega_demo",
        "/../demo/content.py",
        "/feeds/../../etc/hosts",
    ],
)
def test_what_is_not_there_is_404(path: str, site: str) -> None:
    assert fetch(site + path).status == 404


def test_hostile_text_is_served_as_text(site: str, sources: dict[str, Source]) -> None:
    (name,) = _names("board")
    bodies = b"".join(fetch(f"{site}/board/{name}?page={page}").body for page in (1, 2))
    texts = [post.text for page in _walk(sources[name]) for post in page.posts]

    assert b"<script>alert" not in bodies
    assert b"&lt;script&gt;alert(1)" in bodies
    assert any(text.startswith("<script>alert(1)</script>") for text in texts)
    assert any("\u202e" in text for text in texts)
    assert any(text.startswith("=1+1") for text in texts)


def test_entity_that_was_typed_stays_as_typed(sources: dict[str, Source]) -> None:
    (name,) = _names("json")

    texts = [post.text for page in _walk(sources[name]) for post in page.posts]

    assert any("&amp;" in text for text in texts)


def test_a_taken_port_that_was_asked_for_is_an_error(site: str) -> None:
    port = int(site.rsplit(":", 1)[1])

    with pytest.raises(OSError, match="in use"), serve_site(port):
        pass  # pragma: no cover - it is not reached


def test_two_sites_at_once_have_ports_of_their_own(site: str) -> None:
    one = Content({"lone": InventedPlace(kind="board", title="Lone")})

    with serve_site(0, one) as other:
        assert other != site
        assert fetch(f"{other}/board/lone").status == 200
        assert fetch(f"{other}/board/notice_board").status == 404
        assert fetch(f"{site}/board/notice_board").status == 200


def test_sources_are_authorised_for_a_year(site: str, content: Content, tmp_path: Path) -> None:
    leap_day = date(2028, 2, 29)
    _write(tmp_path, workspace_files(content, site, leap_day))

    found: SourceSet = load_sources(tmp_path / "sources", today=leap_day)

    assert found.problems == ()
    assert {source.name for source in found.sources} == set(PLACES)
    for source in found.sources:
        assert source.authorised_on(leap_day + timedelta(days=300))
        assert not source.authorised_on(leap_day + timedelta(days=367))
