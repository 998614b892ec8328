"""The desk in a real browser: what is shown, where links lead, and hostile text."""

from __future__ import annotations

import http.client
import socket
import threading
from urllib.parse import quote, urlsplit

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from crawler.app import App
from tests.web.conftest import HOSTILE, KURDISH
from web.serve import desk


def post_id(application: App, text: str) -> int:
    return next(post.id for post in application.store.iter_posts() if post.text == text)


def test_search_finds_by_field_and_marks_the_words(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Words, or fields").fill("بەڵەم to:GB mode:sea")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".found")).to_contain_text("1 post found")
    expect(page.locator(".hit mark").first).to_have_text("بەڵەم")
    expect(page.locator(".hit h2")).to_contain_text("Crossing by boat · Dunkirk (FR) → GB")


def test_search_text_runs_in_its_own_direction(page: Page, address: str) -> None:
    page.goto(f"{address}/?q=lang:ckb")
    text = page.locator(".hit .text")
    assert text.get_attribute("lang") == "ckb"
    assert text.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert page.locator("h1").evaluate("element => getComputedStyle(element).direction") == "ltr"


def test_facets_narrow_and_can_be_taken_away(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("navigation").get_by_role("link", name="entry_exit", exact=True).click()
    expect(page.locator(".found")).to_contain_text("1 post found")
    expect(page.locator(".found code")).to_have_text("area:entry_exit")
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator(".found")).to_contain_text("29 posts found")


def test_next_page_shows_the_rest(page: Page, address: str) -> None:
    page.goto(f"{address}/?q=police&sort=newest")
    first = page.locator(".hit h2 a").evaluate_all("links => links.map(link => link.href)")
    page.get_by_role("link", name="Next page").click()
    second = page.locator(".hit h2 a").evaluate_all("links => links.map(link => link.href)")
    assert len(first) == 20
    assert len(second) == 7
    assert not set(first) & set(second)
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)


def test_a_wrong_query_says_where(page: Page, address: str) -> None:
    answer = page.request.get(f"{address}/?q={quote('to:(GB')}")
    assert answer.status == 400
    page.set_content(answer.text())
    expect(page.get_by_role("alert")).to_contain_text("cannot be understood")


def test_an_advert_leads_to_more_like_it(page: Page, address: str, application: App) -> None:
    number = post_id(application, KURDISH)
    page.goto(f"{address}/advert/{number}")
    page.get_by_role("link", name="More like this").click()
    expect(page.get_by_label("Words, or fields")).to_have_value(f"like:{number}")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.locator(f"#advert-{number}").count() == 0  # it is not like itself


def test_advert_marks_every_mention_where_it_stands(
    page: Page, address: str, application: App
) -> None:
    page.goto(f"{address}/advert/{post_id(application, KURDISH)}")
    whole = page.locator(".whole")
    assert whole.text_content() == KURDISH
    expect(whole.locator(".m-contact")).to_have_text("٠٠٤٤٧٧٠٠٩٠٠١٢٣")
    expect(whole.locator(".m-price")).to_have_text("٢٥٠٠ پاوەند")
    assert whole.locator(".m-route").all_text_contents() == ["دونکێرک", "ئینگلتەرا"]
    expect(page.get_by_role("cell", name="whatsapp +447700900123")).to_be_visible()
    expect(page.get_by_role("cell", name="2,500 GBP a person")).to_be_visible()
    expect(page.locator("#why ~ table")).to_contain_text("the meaning of the whole text")


def test_hostile_text_stays_text(page: Page, address: str, application: App) -> None:
    for path in (f"/advert/{post_id(application, HOSTILE)}", "/?q=owned"):
        page.goto(address + path)
        assert "owned" not in page.title() or "/?q=" in path
        assert page.locator("img, script, iframe").count() == 0
        content = page.locator("main").text_content() or ""
        assert "<script>" in content
        assert "[U+202E]" in content
        assert "\u202e" not in content


def test_nothing_of_a_post_is_a_link(page: Page, address: str, application: App) -> None:
    page.goto(f"{address}/advert/{post_id(application, KURDISH)}")
    hosts = page.locator("a").evaluate_all("links => links.map(link => link.host)")
    assert set(hosts) == {urlsplit(address).netloc}


@pytest.mark.parametrize(
    "path", ["/advert/999999", "/advert/x", "/advert/" + "9" * 40, "/advertiser/no"]
)
def test_what_is_not_there_is_a_page_that_says_so(page: Page, address: str, path: str) -> None:
    answer = page.request.get(address + path)
    assert answer.status == 404
    assert "There is no advert" in answer.text()


def test_the_desk_answers_to_its_own_name_only(address: str) -> None:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    connection.request("GET", "/", headers={"Host": "evil.example.org"})
    assert connection.getresponse().status == 400
    connection.close()


def test_the_address_is_good_as_soon_as_it_is_given(
    application: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    run = uvicorn.Server.run

    def run_late(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        go_on.wait(10)
        run(self, sockets)

    monkeypatch.setattr(uvicorn.Server, "run", run_late)
    with desk(application, port=0) as url:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        connection.connect()
        go_on.set()
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


def test_every_answer_forbids_scripts_and_frames(page: Page, address: str) -> None:
    for path in ("/", "/advert/1", "/nowhere", "/static/desk.css"):
        policy = page.request.get(address + path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


def test_looks_are_logged(page: Page, address: str, application: App) -> None:
    number = post_id(application, KURDISH)
    page.goto(f"{address}/advert/{number}")
    page.goto(f"{address}/?q=nothingfindsthis")
    logged = {(event.object, event.reason) for event in application.store.iter_events()}
    assert (f"advert:{number}/1", "") in logged
    assert ("search:nothingfindsthis", "0 found") in logged
    assert application.store.verify_events() == []


def test_it_works_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Words, or fields").fill("police")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_contain_text("27 posts found")
    context.close()


def test_pages_have_no_accessibility_faults(
    browser: Browser, address: str, application: App
) -> None:
    # axe runs by script, which the desk's own policy forbids; so it is bypassed here.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    number = post_id(application, KURDISH)
    advertiser = application.store.advertiser_of([number])[number]
    for path in (
        "/",
        "/?q=police&sort=newest&f=lang:en",
        f"/?q={quote('to:(')}",
        f"/advert/{number}",
        f"/advert/{post_id(application, HOSTILE)}",
        f"/advertiser/{advertiser}",
        "/advert/999999",
    ):
        page.goto(address + path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    context.close()
