"""Recognises pages that stand before the content: bans, challenges, logins.

They are told apart and reported; none is ever passed.
"""

from __future__ import annotations

import re

from lxml.etree import _Element

from crawler.types import Outcome
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
