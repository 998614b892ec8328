"""The whole system on the local site, from the first page to the e-mail, through a kill."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from demo.content import load_content
from tests.system.commands import foreland, free_port, start, told

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def final_state(folder: Path) -> dict[str, object]:
    """What a run of the demonstration leaves, without times."""
    with closing(sqlite3.connect(folder / "foreland-demo/data/foreland.sqlite3")) as database:
        one = lambda statement: database.execute(statement).fetchall()  # noqa: E731
        posts = one("SELECT source, site_id, revision FROM posts ORDER BY 1, 2")
        alerts = one("SELECT rule, count(*) FROM alerts GROUP BY 1 ORDER BY 1")
        adverts = one("SELECT count(*), sum(is_offer) FROM adverts")
        mails = one("SELECT count(*), count(sent_at) FROM outbox")
    # A page's own address is its id, and the site's port is another in every run.
    named = [(source, re.sub(r":\d+/", "/", site_id), rest) for source, site_id, rest in posts]
    return {"posts": named, "alerts": alerts, "adverts": adverts, "mails": mails}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the demonstration ran to its end."""
    folder = tmp_path_factory.mktemp("demo")
    port = str(free_port())
    done = foreland(folder, "demo", "--once", "--port", port)
    assert done.returncode == 0, done.stderr
    (folder / "port.txt").write_text(port)
    (folder / "summary.txt").write_text(done.stdout)
    return folder


def test_demo_collects_every_post_and_says_what_it_found(finished: Path) -> None:
    summary = (finished / "summary.txt").read_text()
    posts = load_content().posts
    assert posts >= 200
    assert f"{posts} posts collected and read" in summary
    assert "preview_disabled 1" in summary
    assert "2 e-mails written" in summary


def test_demo_mails_each_match_once(finished: Path) -> None:
    mails = sorted((finished / "foreland-demo/data/outbox").glob("*.eml"))
    assert [mail.name.split("-", 1)[1] for mail in mails] == [
        "boats-to-uk.eml",
        "documents-for-sale.eml",
    ]
    found = foreland(finished, "search", "offer:true to:GB mode:sea", "--json", "--limit", "500")
    ids = [json.loads(line)["id"] for line in found.stdout.splitlines()]
    assert len(ids) > 3
    assert sorted(told(mails[0])) == sorted(ids)


def test_search_finds_prices_of_the_same_currency(finished: Path) -> None:
    found = foreland(finished, "search", "price:[1000 TO 3000] currency:GBP", "--json")
    hits = [json.loads(line) for line in found.stdout.splitlines()]
    assert hits
    for hit in hits:
        assert any(
            price["currency"] == "GBP" and 1000 <= price["amount"] <= 3000
            for price in hit["prices"]
        )


def test_every_command_of_the_readme_answers(finished: Path) -> None:
    for words in (
        ("search", "to:GB mode:sea"),
        ("advertisers",),
        ("sources", "check"),
        ("sources", "list"),
        ("rules", "check"),
        ("rules", "try", "boats-to-uk", "--days", "7"),
        ("rules", "run"),
        ("analyse", "--stale"),
        ("index", "sync"),
        ("index", "rebuild"),
        ("verify",),
    ):
        done = foreland(finished, *words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    # One source is a closed channel, so a look at the health finds something.
    health = foreland(finished, "sources", "health")
    assert health.returncode == 1
    assert "preview_disabled" in health.stdout


def test_again_finds_nothing_new_and_mails_nothing(finished: Path) -> None:
    before = final_state(finished)
    port = (finished / "port.txt").read_text()
    again = foreland(finished, "demo", "--once", "--port", port)
    assert again.returncode == 0, again.stderr
    assert final_state(finished)["alerts"] == before["alerts"]
    assert len(list((finished / "foreland-demo/data/outbox").glob("*.eml"))) == 2


def test_a_killed_demo_goes_on_to_the_same_end(finished: Path, tmp_path: Path) -> None:
    port = str(free_port())
    process = start(tmp_path, "demo", "--once", "--port", port)
    database = tmp_path / "foreland-demo/data/foreland.sqlite3"
    end = time.monotonic() + 120
    posts = 0
    while posts < 30:
        assert time.monotonic() < end, "nothing was collected"
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
        if database.exists():
            try:
                with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as look:
                    posts = look.execute("SELECT count(*) FROM posts").fetchone()[0]
            except sqlite3.OperationalError:
                continue
    process.kill()
    process.wait()
    assert posts < load_content().posts
    done = foreland(tmp_path, "demo", "--once", "--port", port)
    assert done.returncode == 0, done.stderr
    assert final_state(tmp_path) == final_state(finished)
    assert foreland(tmp_path, "verify").returncode == 0
