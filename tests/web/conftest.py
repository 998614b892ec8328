"""A desk over a small workspace, served for real, and a Chromium to look at it with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crawler.app import App, open_app
from crawler.chromium import find_chromium, launch_arguments
from crawler.config import load_config
from crawler.types import (
    Advert,
    Contact,
    Judgement,
    Mention,
    ModeWord,
    ParsedPost,
    Place,
    Post,
    Price,
    Reason,
    Route,
)
from web.serve import desk

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

KURDISH = "بەڵەم لە دونکێرکەوە بۆ ئینگلتەرا ٢٥٠٠ پاوەند، واتسئاپ ٠٠٤٤٧٧٠٠٩٠٠١٢٣"
HOSTILE = (
    '<script>document.title="owned"</script> \u202eoruE 005 =1+1 &amp; <img src=x onerror=alert(1)>'
)
NEWS = "Police said a boat was stopped near Calais. The court heard that seats cost £3,000."


def _mention(text: str, words: str, label: str, value: object) -> Mention:
    start = text.index(words)
    return Mention(label, start, start + len(words), words, value)  # type: ignore[arg-type]


def _advert(post: Post) -> Advert:
    mentions: tuple[Mention, ...] = ()
    judgement = Judgement(False, 0.03, reasons=(Reason("Police", "news", -2.0, 0, 6),))
    language, summary = "en", "Not an offer"
    if post.text == KURDISH:
        dunkirk = Place("Dunkirk", "FR", 51.03, 2.38)
        uk = Place("United Kingdom", "GB")
        first = KURDISH.index("دونکێرک")
        last = KURDISH.index("ئینگلتەرا")
        route = Route(dunkirk, (), uk, ((first, first + 7), (last, last + 9)))
        mentions = (
            _mention(KURDISH, "بەڵەم", "mode", ModeWord("sea")),
            Mention("route", first, last + 9, KURDISH[first : last + 9], route),
            _mention(KURDISH, "٢٥٠٠ پاوەند", "price", Price(Decimal(2500), "GBP", "person")),
            _mention(KURDISH, "٠٠٤٤٧٧٠٠٩٠٠١٢٣", "contact", Contact("whatsapp", "+447700900123")),
        )
        reasons = (
            Reason("بەڵەم", "sea", 1.4, 0, 5),
            Reason("", "the meaning of the whole text", 2),
        )
        judgement = Judgement(True, 0.97, "entry_exit", ("sea",), reasons)
        language = "ckb"
        summary = "Crossing by boat · Dunkirk (FR) → GB · £2,500 a person · WhatsApp +447700900123"
    if post.text == HOSTILE:
        language, summary = "und", HOSTILE
        judgement = Judgement(False, 0.2, reasons=(Reason(HOSTILE[:8], "wording", 0.2, 0, 8),))
    return Advert(
        post_id=post.id,
        revision=post.revision,
        nlp_version="test",
        language=language,
        mentions=mentions,
        judgement=judgement,
        modes=("sea",) if post.text == KURDISH else (),
        direction="into_uk" if post.text == KURDISH else None,
        summary=summary,
    )


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    config = load_config(tmp_path_factory.mktemp("workspace"), {})
    with open_app(config, clock=lambda: NOW) as app:
        posts = [
            ParsedPost("1", KURDISH, author="نێو", author_handle="invented", posted_at=NOW),
            ParsedPost("2", HOSTILE, author="<b>x</b>", posted_text="\u202eyesterday"),
            *(ParsedPost(str(number), f"{NEWS} {number}") for number in range(3, 30)),
        ]
        app.store.add_posts("channel", "telegram", posts, capture=None, seen_at=NOW)
        app.store.put_adverts([_advert(post) for post in app.store.posts_to_analyse(limit=100)])
        app.cluster_and_index()
        yield app


@pytest.fixture(scope="session")
def address(application: App) -> Iterator[str]:
    with desk(application, port=0) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium(None)
    assert executable, "the desk is tested in a real browser: install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(executable), args=launch_arguments()
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=True)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
    yield opened
    context.close()
    assert not troubles
