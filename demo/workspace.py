"""The workspace of the demonstration: its configuration, sources and rules, as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from demo.content import Content, InventedPlace
from demo.pages import address_of

_CONFIG = """\
# The workspace of the demonstration, over a local site of invented posts.
[crawl]
user_agent = "Foreland-demo/0.1 (+https://example.org/foreland)"
delay = 0.0

[log]
level = "warning"
"""

_SOURCE = """\
# Written by foreland demo. {title}
platform: {platform}
url: {url}
purpose: Demonstration on invented posts
authority: DEMO-2026-001
legal_basis: None needed, every post is invented
reviewer: Demonstration
review_date: {review_date}
schedule: "{schedule}"
languages: [{languages}]
regions: [{regions}]
"""

_SELECTORS = """\
selectors:
  post: article.post
  text: .body
  author: .author
  time: time
"""

_RULES = {
    "boats-to-uk.yml": """\
# Written by foreland demo.
name: boats-to-uk
title: Boats offered to the UK
query: "offer:true AND to:GB AND mode:sea"
recipients: [duty@example.org]
reason: "Demonstration: small boats desk"
""",
    "documents-for-sale.yml": """\
# Written by foreland demo.
name: documents-for-sale
title: Passports, licences and other documents for sale
query: "offer:true AND area:documents"
recipients: [duty@example.org, documents@example.org]
reason: "Demonstration: document fraud desk"
""",
}


def workspace_files(content: Content, site: str, today: date) -> Mapping[str, str]:
    """Relative path -> text of every file of the workspace.

    Args:
        content: what the site serves.
        site: its address.
        today: the sources are authorised for a year from here.
    """
    files = {"foreland.toml": _CONFIG}
    for number, (name, place) in enumerate(content.places.items()):
        files[f"sources/{name}.yml"] = _source(name, place, site, number, today)
    for name, text in _RULES.items():
        files[f"rules/{name}"] = text
    return files


def _source(name: str, place: InventedPlace, site: str, number: int, today: date) -> str:
    platforms = {"telegram": "telegram", "closed": "telegram"}
    feeds = ("rss", "atom", "json")
    platform = platforms.get(place.kind, "feed" if place.kind in feeds else "webpage")
    text = _SOURCE.format(
        title=place.title,
        platform=platform,
        url=site + address_of(name, place),
        review_date=today.replace(year=today.year + 1, day=min(today.day, 28)).isoformat(),
        schedule=f"{number * 5 % 60} * * * *",
        languages=", ".join(place.languages),
        regions=", ".join(place.regions),
    )
    if place.kind in ("board", "live"):
        text += _SELECTORS
    if place.kind == "board":
        text += "  next: a.next\n"
    if place.kind == "live":
        text += "render: js\nwait_for: article.post\n"
    return text
