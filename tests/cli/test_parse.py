"""`foreland parse`: what a parser makes of a saved page."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler.app.parsing import load_page, parse_saved
from crawler.cli import app
from crawler.errors import ConfigError

PAGES = Path(__file__).parents[1] / "pages"
URL = "https://forum.example.org/viewtopic.php?t=7"
KEYS = [
    "id",
    "author",
    "author_handle",
    "posted_at",
    "posted_text",
    "text",
    "quoted",
    "reply_to",
    "media",
]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["parse", *map(str, words)])


def test_each_post_is_a_line_and_the_platform_is_told_from_the_page() -> None:
    result = run(PAGES / "phpbb/normal/page.html", "--url", URL, "--json")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(row) for row in rows] == [KEYS, KEYS]
    assert rows[0]["id"] == "101"
    assert rows[0]["author"] == "Erfundene Anna"
    assert rows[0]["author_handle"] == "erfundene anna"
    assert rows[0]["posted_at"] == "2026-10-05T18:12:00+00:00"
    assert rows[0]["posted_text"] == "Mo 5. Okt 2026, 20:12"
    assert rows[0]["media"] == ["https://forum.example.org/download/file.php?id=9"]
    assert rows[1]["quoted"] == ["Wer kennt den Weg?", "ganz alt"]
    assert rows[1]["reply_to"] == "101"
    assert "phpbb: ok: 2 posts" in result.stderr


def test_links_are_a_last_line() -> None:
    result = run(PAGES / "phpbb/board/page.html", "--url", URL, "--json", "--links")
    assert result.exit_code == 0
    (last,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert last == {
        "next": "https://forum.example.org/viewforum.php?f=2&start=25",
        "links": [
            "https://forum.example.org/viewtopic.php?t=7",
            "https://forum.example.org/viewtopic.php?t=8",
        ],
    }


def test_a_person_reads_it_without_json() -> None:
    result = run(PAGES / "phpbb/normal/page.html", "--url", URL, "--links")
    assert "101 · Erfundene Anna · 2026-10-05T18:12:00+00:00" in result.stdout
    assert "> Wer kennt den Weg?" in result.stdout
    assert "next: https://forum.example.org/viewtopic.php?t=7&start=10" in result.stdout


@pytest.mark.parametrize("platform", ["phpbb", "forum"])
def test_relative_times_are_relative_to_when_the_page_was_saved(platform: str) -> None:
    page = PAGES / "phpbb/next_page/page.html"
    words = [page, "--url", URL, "--json", "--platform", platform, "--captured"]
    moments = [
        json.loads(run(*words, captured).stdout.splitlines()[1])["posted_at"]
        for captured in ("2026-05-02T12:00:00+00:00", "2020-05-02")
    ]
    assert moments == ["2026-05-01T07:05:00+00:00", "2020-05-01T07:05:00+00:00"]


def test_without_a_time_the_file_says_when(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html><body>words</body></html>", encoding="utf-8")
    moment = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    os.utime(file, (moment.timestamp(), moment.timestamp()))
    assert load_page(file, url=URL).fetched_at == moment


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("phpbb/blocked", "blocked"),
        ("phpbb/login_required", "login_required"),
        ("phpbb/empty", "empty"),
        ("phpbb/gone", "gone"),
        ("phpbb/layout_changed", "layout_changed"),
    ],
)
def test_an_outcome_that_is_not_ok_is_told_and_ends_with_one(case: str, outcome: str) -> None:
    result = run(PAGES / case / "page.html", "--url", URL, "--platform", "phpbb", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"phpbb: {outcome}: " in result.stderr


def test_the_wrong_platform_is_told_with_the_likelier_one() -> None:
    result = run(PAGES / "phpbb/normal/page.html", "--url", URL, "--platform", "xenforo")
    assert result.exit_code == 1
    assert "(the page looks like phpbb)" in result.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\x89PNG\r\n\x1a\n....", "is not a page"),
        (b"%PDF-1.7", "is not a page"),
        (None, "is not a file"),
    ],
)
def test_what_is_no_page_is_wrong_use(tmp_path: Path, body: bytes | None, message: str) -> None:
    file = tmp_path / "page.html"
    if body is not None:
        file.write_bytes(body)
    result = run(file, "--url", URL)
    assert isinstance(result.exception, ConfigError)  # `main` prints it and exits with 2
    assert message in str(result.exception)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--url", "forum.example.org/t"], "is not an address"),
        (["--url", "http://["], "is not an address"),
        (["--url", URL, "--platform", "myspace"], "has no parser (known: "),
        (["--url", URL, "--captured", "yesterday"], "is not a time"),
    ],
)
def test_wrong_words_are_wrong_use(words: list[str], message: str) -> None:
    result = run(PAGES / "phpbb/normal/page.html", *words)
    assert isinstance(result.exception, ConfigError)
    assert message in str(result.exception)


def test_the_address_must_be_given() -> None:
    assert run(PAGES / "phpbb/normal/page.html").exit_code == 2


@pytest.mark.parametrize(
    "around", ["{}", "<html><head></head><body><pre style='x'>{}</pre></body></html>"]
)
def test_json_is_read_also_as_a_browser_saves_it(tmp_path: Path, around: str) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "content_text": "a < b & c"}],
    }
    text = json.dumps(feed)
    if around != "{}":
        text = text.replace("&", "&amp;").replace("<", "&lt;")
    file = tmp_path / "page.json"
    file.write_text(around.replace("{}", text), encoding="utf-8")
    platform, parsed = parse_saved(load_page(file, url=URL))
    assert platform == "feed"
    assert [post.text for post in parsed.posts] == ["a < b & c"]


def test_what_only_looks_like_json_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html><body><pre>{ a program }</pre></body></html>", encoding="utf-8")
    assert load_page(file, url=URL).body.startswith(b"<html>")
