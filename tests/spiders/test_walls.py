"""Walls are told from pages; a page that only has a login form is a page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.types import Page
from spiders.sites import find_parser
from spiders.walls import find_page_wall

WORDS = "<p>" + "Boats and berths at the harbour, and who is seen there. " * 20 + "</p>"
LOGIN = "<form action='/enter'><input name=user><input type=password></form>"


def page(body: str, *, url: str = "https://board.example.org/t/1", asked: str = "") -> Page:
    document = f"<!DOCTYPE html><html><head>{body.partition('|')[0]}</head>"
    document += f"<body>{body.partition('|')[2]}</body></html>"
    return Page(
        url=url,
        body=document.encode(),
        fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
        requested_url=asked or None,
    )


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<title>Just a moment...</title>|<p>Checking your browser</p>", "blocked"),
        ("<title>x</title>|<form id='challenge-form'></form>", "blocked"),
        ("<title>x</title>|<div class='h-captcha'></div><p>Are you human?</p>", "blocked"),
        ("<title>Доступ запрещён</title>|<p>403</p>", "blocked"),
        ("<title>x</title>|<h1>Members</h1>" + LOGIN, "login_required"),
        ("<title>x</title>|<header>" + LOGIN + "</header>" + WORDS, None),
        ("<title>x</title>|" + WORDS + "<div class='g-recaptcha'></div>", None),
        ("<title>Access denied: a report</title>|" + WORDS, None),
        ("<title>x</title>|<p>A short page.</p>", None),
    ],
)
def test_find_page_wall(body: str, outcome: str | None) -> None:
    found = find_page_wall(page(body))
    assert (found[0].value if found else None) == outcome
    parsed = find_parser("webpage").parse(page(body))
    assert parsed.outcome.value == (outcome or "ok")
    assert bool(parsed.posts) == (outcome is None)


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("https://board.example.org/accounts/login/?next=/t/1", "login_required"),
        ("https://board.example.org/i/flow/login", "login_required"),
        ("https://board.example.org/login.php", "login_required"),
        ("https://board.example.org/blogin", None),
    ],
)
def test_a_site_that_leads_to_its_login_page(url: str, outcome: str | None) -> None:
    led = page("<title>x</title>|" + WORDS, url=url, asked="https://board.example.org/t/1")
    found = find_page_wall(led)
    assert (found[0].value if found else None) == outcome
    assert find_page_wall(page("<title>x</title>|" + WORDS, url=url)) is None


def test_data_is_no_wall() -> None:
    data = b'{"title": "Just a moment", "login": "<input type=password>"}'
    answer = Page(url="https://a.example.org/", body=data, fetched_at=datetime.now(UTC))
    assert find_page_wall(answer) is None
