"""The pages of the sources and of the candidates in a real browser."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from crawler.app import App
from crawler.health import FIELDS
from crawler.types import Outcome, Sighting
from tests.web.conftest import KURDISH, NOW
from tests.web.test_desk import post_id

SOURCE = """\
platform: telegram
url: https://t.me/s/{name}
purpose: a test
authority: TEST-1
review_date: 2027-06-30
"""


@pytest.fixture(scope="module", autouse=True)
def _runs(application: App) -> None:
    folder = application.config.path(application.config.sources)
    folder.mkdir(exist_ok=True)
    for name, last in (("a_well", 20), ("b_sick", 2)):
        (folder / f"{name}.yml").write_text(SOURCE.format(name=name))
        for hours, posts in ((5, 20), (4, 20), (3, 20), (2, last)):
            at = NOW - timedelta(hours=hours)
            run_id = application.store.start_run(name, at)
            application.store.end_run(run_id, at, Outcome.OK, posts_seen=posts)
            counted = dict.fromkeys(FIELDS, posts) | {"author": 0 if last == 2 else posts}
            application.store.put_run_fields(run_id, counted)
    (folder / "c_new.yml").write_text(SOURCE.format(name="c_new"))
    places = [
        Sighting("t.me/invented_port", "channel", "https://t.me/s/invented_port"),
        Sighting("t.me/c_new", "channel", "https://t.me/s/c_new"),  # is a source by now
        Sighting("board.example.org", "site", "https://board.example.org/\u202e<b>x"),
    ]
    offer = post_id(application, KURDISH)
    application.store.put_sightings({offer: (NOW, places)})


def test_alarms_come_first_and_say_what_is_wrong(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Sources").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("b_sick")
    expect(rows.nth(0)).to_contain_text("the last run saw 2 posts, 20 are usual")
    expect(rows.nth(1)).to_contain_text("a_well")
    expect(rows.nth(1)).to_contain_text("Well")
    expect(rows.nth(1)).to_contain_text("2026-11-20 10:00")
    expect(rows.nth(2)).to_contain_text("Not run yet")


def test_candidates_say_where_they_were_seen(page: Page, address: str, application: App) -> None:
    page.goto(address)
    page.get_by_role("link", name="Candidates").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("t.me/invented_port")
    expect(rows.nth(0)).to_contain_text("[U+202E]<b>x")
    hosts = page.locator("a").evaluate_all("links => links.map(link => link.host)")
    assert set(hosts) == {urlsplit(address).netloc}
    rows.nth(1).get_by_role("link", name="advert").click()
    expect(page.locator(".whole")).to_have_text(KURDISH)


def test_they_have_no_accessibility_faults(browser: Browser, address: str) -> None:
    # axe runs by script, which the desk's own policy forbids; so it is bypassed here.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    for path in ("/sources", "/candidates"):
        page.goto(address + path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    context.close()
