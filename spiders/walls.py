"""Recognises pages that stand before the content: bans, challenges, logins.

They are told apart and reported; none is ever passed.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.etree import _Element

from crawler.types import Outcome, Page
from spiders.html5 import parse_html5
from spiders.html_text import html_text
from spiders.selection import find_first

#: Elements and forms of challenges, whatever their language.
_CHALLENGES = (
    "#challenge-form",
    "#challenge-running",
    "#cf-challenge-running",
    "#cf-wrapper",
    "#challenge-error-text",
    "#ddos-guard",
    "form[action*='/cdn-cgi/']",
    "script[src*='/cdn-cgi/challenge-platform/'] ~ noscript",
    "#sec-text-container",
    "#px-captcha",
    "#captcha-container",
    ".g-recaptcha",
    ".h-captcha",
    ".cf-turnstile",
)
_BLOCKED_TITLE = re.compile(
    r"just a moment|attention required|access denied|ddos.guard|checking your browser|"
    r"forbidden|are you (?:a )?human|captcha|security check|un momento|один момент|"
    r"доступ (?:запрещ|огранич)|acc[eè]s (?:refus|interdit)|zugriff verweigert",
    re.IGNORECASE,
)
_PASSWORD = ("input[type='password']",)
#: Where a site sends who is not logged in. `next=` and the like follow in the query.
_LOGIN_PATH = re.compile(
    r"/(?:login|log-in|signin|sign-in|sign_in|authwall|checkpoint|i/flow/login|"
    r"accounts/login|users/sign_in|member\.php|ucp\.php)(?:[/.]|$)",
    re.IGNORECASE,
)
#: More than this much to read beside a login form is a page of its own.
_FEW_WORDS = 400  # code points
#: What begins a document; anything else is data, before which no wall stands.
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?!\?xml|rss|feed)", re.IGNORECASE)


def find_wall(root: _Element) -> tuple[Outcome, str] | None:
    """`blocked` or `login_required` with a sentence for a person; None for neither.

    Only to be asked where no content was found: ordinary pages have login forms too.
    """
    title = root.find(".//title")
    words = html_text(title) if title is not None else ""
    if _BLOCKED_TITLE.search(words) or find_first(root, _CHALLENGES) is not None:
        return Outcome.BLOCKED, f"the site refuses us or asks for a challenge: {words[:100]!r}"
    if find_first(root, _PASSWORD) is not None:
        return Outcome.LOGIN_REQUIRED, "there is a login form and nothing else to read"
    return None


def find_page_wall(page: Page) -> tuple[Outcome, str] | None:
    """As `find_wall`, for a page in which no post was found, whatever its platform.

    A login form says something only where little else is there to read, or where the site
    led us to its login page.
    """
    if not _MARKUP.match(page.body):
        return None
    return find_wall_of(page, parse_html5(page))


def find_wall_of(page: Page, root: _Element) -> tuple[Outcome, str] | None:
    """As `find_page_wall`, of a page that is a document already."""
    wall = find_wall(root)
    led = bool(page.requested_url) and page.requested_url != page.url
    if led and _LOGIN_PATH.search(urlsplit(page.url).path):
        return Outcome.LOGIN_REQUIRED, f"the site leads to its login page, {page.url[:200]}"
    if wall is None:
        return None
    return wall if _words_of(root) <= _FEW_WORDS else None


def _words_of(root: _Element) -> int:
    """Code points to read outside of forms, menus and footers."""
    body = root.find(".//body")
    body = root if body is None else body
    around = list(body.iter("form", "nav", "header", "footer"))
    outer = [
        element for element in around if not any(up in around for up in element.iterancestors())
    ]
    return len(html_text(body)) - sum(len(html_text(element)) for element in outer)
