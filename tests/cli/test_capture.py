"""`foreland capture` and `foreland sources try` on a site on the loopback interface."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.archive import WarcArchive
from crawler.store import Store, open_store
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import preview
from tests.system.commands import foreland

WORDS = "Places on the Friday boat, ask for the price. " * 12
SETTINGS = """
[crawl]
delay = 0
timeout = 15

[log]
level = "warning"
"""
REASON = ("--purpose", "Op EXAMPLE", "--authority", "EX-1")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "foreland.toml").write_text(SETTINGS)
    (tmp_path / "sources").mkdir()
    return tmp_path


def site(path: str) -> Answer:
    page = f"<html><head><title>Berths</title></head><body><article>{WORDS}</article></body></html>"
    match path.partition("?")[0]:
        case "/page":
            return Answer(page.encode())
        case "/s/invented":
            return preview("invented", range(1, 6))
        case "/members":
            form = "<form action=/in><input type=password></form>"
            return Answer(f"<html><body><h1>Members</h1>{form}</body></html>".encode())
        case "/robots.txt":
            return Answer(
                b"User-agent: *\nDisallow: /private", headers=(("Content-Type", "text/plain"),)
            )
        case "/script":
            return Answer(
                b"<html><body><div id=here></div><script>here.innerHTML = '<article>' + "
                b"'Made by a script, places on the boat. '.repeat(20) + '</article>'"
                b"</script></body></html>"
            )
    return Answer(b"gone", 404)


def store_of(workspace: Path) -> Store:
    return open_store(f"sqlite:///{workspace}/data/foreland.sqlite3")


def test_a_page_is_kept_with_its_posts_and_the_proof(workspace: Path) -> None:
    with serving(site) as here:
        done = foreland(workspace, "capture", f"{here.url}/page", *REASON, "--json")
        again = foreland(workspace, "capture", f"{here.url}/page", *REASON, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["status"], row["text"].count("Friday")) == ("new", 12)
    assert json.loads(again.stdout)["status"] == "same"
    store = store_of(workspace)
    first, second = store.iter_captures()
    (post,) = store.iter_posts()
    events = list(store.iter_events())
    (run, _) = store.runs("capture")
    store.close()
    assert (post.source, post.platform, post.capture) == ("capture", "webpage", first.id)
    assert (run.outcome, run.pages, run.posts_seen) == ("ok", 1, 1)
    assert events[0].object == f"{here.url}/page"
    assert events[0].reason == "Op EXAMPLE (EX-1)"
    assert first.sha256 == second.sha256
    archive = WarcArchive(workspace / "data/archive", collector="", clock=lambda: first.captured_at)
    assert archive.load(second).body == archive.load(first).body == site("/page").body
    verified = foreland(workspace, "verify")
    assert verified.returncode == 0, verified.stdout
    assert "2 captures, 2 sealed files" in verified.stderr


def test_the_platform_is_told_from_the_page_and_ids_of_sites_do_not_clash(workspace: Path) -> None:
    with serving(site) as here:
        done = foreland(workspace, "capture", f"{here.url}/s/invented", *REASON)
        own = foreland(workspace, "capture", f"{here.url}/s/invented", "--source", "mine", *REASON)
    assert done.returncode == own.returncode == 0, done.stderr
    assert "telegram: ok" in done.stderr
    store = store_of(workspace)
    ids = {(post.source, post.platform, post.site_id) for post in store.iter_posts()}
    store.close()
    assert ("capture", "telegram", "127.0.0.1:invented/5") in ids
    assert ("mine", "telegram", "invented/5") in ids
    assert len(ids) == 10


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/members", "login_required"),
        ("/private/page", "robots_disallowed"),
        ("/nowhere", "gone"),
    ],
)
def test_an_honest_outcome(workspace: Path, path: str, outcome: str) -> None:
    with serving(site) as here:
        done = foreland(workspace, "capture", here.url + path, *REASON)
        asked = [one for one in here.asked if one != "/robots.txt"]
    assert done.returncode == 1
    assert f"webpage: {outcome}: " in done.stderr
    store = store_of(workspace)
    assert list(store.iter_posts()) == []
    assert [run.outcome for run in store.runs("capture")] == [outcome]
    # What was answered is evidence too; what robots.txt keeps from us was not asked for.
    assert len(list(store.iter_captures())) == len(asked) == (path != "/private/page")
    store.close()


def test_without_purpose_and_authority_nothing_is_fetched(workspace: Path) -> None:
    with serving(site) as here:
        done = foreland(workspace, "capture", f"{here.url}/page")
        assert here.asked == []
        assert done.returncode == 2
        assert "--authority: is needed" in done.stderr
        assert "--purpose: is needed" in done.stderr
        with (workspace / "foreland.toml").open("a") as file:
            file.write('[capture]\npurpose = "Standing order"\nauthority = "SO-1"\n')
        done = foreland(workspace, "capture", f"{here.url}/page")
    assert done.returncode == 0, done.stderr
    store = store_of(workspace)
    assert next(store.iter_events()).reason == "Standing order (SO-1)"
    store.close()


def test_the_whole_authority_is_given_with_the_command(workspace: Path) -> None:
    settings = SETTINGS.replace("delay = 0", "delay = 0\nfull_authority = true")
    (workspace / "foreland.toml").write_text(settings)
    basis = ("--legal-basis", "Invented Act 2026, s. 1", "--reviewer", "Insp. Example")
    with serving(site) as here:
        without = foreland(workspace, "capture", f"{here.url}/page", *REASON)
        past = foreland(
            workspace, "capture", f"{here.url}/page", *REASON, *basis, "--review-date", "2020-01-31"
        )
        assert here.asked == []
        done = foreland(
            workspace, "capture", f"{here.url}/page", *REASON, *basis, "--review-date", "2999-01-31"
        )
    assert without.returncode == 1
    assert "does not say its legal_basis and reviewer" in without.stderr
    assert past.returncode == 1
    assert "the review date has passed: 2020-01-31" in past.stderr
    assert done.returncode == 0, done.stderr
    store = store_of(workspace)
    assert next(store.iter_events()).reason == "Op EXAMPLE (EX-1; Invented Act 2026, s. 1)"
    store.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("capture", "https://a.example.org/", "--review-date", "soon", *REASON), "--review-date"),
        (("capture", "https://a.example.org/", "--reviewer", "x", *REASON), "--reviewer"),
        (("capture", "ftp://a.example.org/", *REASON), "must begin with http"),
        (("capture", "https://a.example.org/", "--platform", "none", *REASON), "no parser"),
        (("capture", "https://a.example.org/", "--source", "A b", *REASON), "--source"),
    ],
)
def test_wrong_use_is_said(workspace: Path, words: tuple[str, ...], said: str) -> None:
    done = foreland(workspace, *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_rendered_page_with_its_screenshot(workspace: Path) -> None:
    with serving(site) as here:
        done = foreland(workspace, "capture", f"{here.url}/script", "--rendered", *REASON)
    assert done.returncode == 0, done.stderr
    assert "screenshot: " in done.stderr
    store = store_of(workspace)
    (post,) = store.iter_posts()
    (capture,) = store.iter_captures()
    store.close()
    assert "Made by a script" in post.text
    archive = WarcArchive(
        workspace / "data/archive", collector="", clock=lambda: capture.captured_at
    )
    page = archive.load(capture)
    assert page.rendered
    assert (page.screenshot or b"").startswith(b"\x89PNG")
    assert foreland(workspace, "verify").returncode == 0


def source(url: str, **more: str) -> str:
    lines = {
        "platform": "telegram",
        "url": f"{url}/s/invented",
        "purpose": "a test",
        "authority": "T-1",
        "review_date": "2100-01-01",
        **more,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def test_a_source_is_tried_and_nothing_is_kept(workspace: Path) -> None:
    with serving(site) as here:
        (workspace / "sources/one.yml").write_text(source(here.url))
        done = foreland(workspace, "sources", "try", "one", "--json")
        assert [path for path in here.asked if path != "/robots.txt"] == ["/s/invented"]
        foreland(workspace, "crawl", "one")
        known = foreland(workspace, "sources", "try", "one", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == [f"invented/{n}" for n in range(1, 6)]
    assert {row["status"] for row in rows} == {"new"}
    assert {json.loads(line)["status"] for line in known.stdout.splitlines()} == {"same"}
    store = store_of(workspace)
    events = [event.reason for event in store.iter_events()]
    assert len(list(store.iter_captures())) == 1
    assert len(store.runs("one")) == 1
    store.close()
    assert events[0] == events[-1] == "tried, nothing kept: a test (T-1)"


def test_a_source_past_its_review_date_is_not_tried(workspace: Path) -> None:
    with serving(site) as here:
        (workspace / "sources/one.yml").write_text(source(here.url, review_date="2020-01-01"))
        done = foreland(workspace, "sources", "try", "one")
        assert here.asked == []
    assert done.returncode == 1
    assert "not_authorised" in done.stderr


def test_without_a_browser_nothing_is_rendered_and_that_is_said(workspace: Path) -> None:
    settings = workspace / "foreland.toml"
    settings.write_text(SETTINGS.replace("[crawl]", '[crawl]\nchromium = "/nowhere/chromium"'))
    with serving(site) as here:
        done = foreland(workspace, "capture", f"{here.url}/script", "--rendered", *REASON)
        assert here.asked == []
    assert done.returncode == 1
    assert "browser_failed: no Chromium was found" in done.stderr
