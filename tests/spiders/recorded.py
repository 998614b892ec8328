"""Loads the recorded pages: a page, how it came, and what a parser must make of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from crawler.types import Page
from spiders.sites import platforms
from spiders.source import Selectors, Source

PAGES = Path(__file__).parent.parent / "pages"


@dataclass(frozen=True)
class Recorded:
    """One case."""

    platform: str
    page: Page
    source: Source
    expected: dict[str, Any]


@cache
def load_case(case: str) -> Recorded:
    folder = PAGES / case
    platform = case.split("/", maxsplit=1)[0]
    meta = yaml.safe_load((folder / "meta.yml").read_text(encoding="utf-8"))
    text = (folder / "expected.yml").read_text(encoding="utf-8")
    expected = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes strings of everything
    (body,) = folder.glob("page.*")
    page = Page(
        url=meta["url"],
        body=body.read_bytes(),
        fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
        rendered=meta.get("rendered", False),
        encoding=meta.get("encoding"),
    )
    selectors = Selectors(**meta["selectors"]) if "selectors" in meta else None
    source = Source(
        name="recorded",
        platform=platform,
        url=meta["url"] if platform != "telegram" else "https://t.me/s/invented_crossings",
        purpose="a test",
        authority="TEST-1",
        review_date=date(2027, 1, 1),
        selectors=selectors,
        languages=tuple(meta.get("languages", ())),
        time_zone=meta.get("time_zone"),
    )
    return Recorded(platform, page, source, expected)


def list_cases() -> list[str]:
    found = (path.parent for path in PAGES.glob("*/*/expected.yml"))
    return sorted(str(p.relative_to(PAGES)) for p in found if p.parent.name in platforms())


def list_fields() -> list[tuple[str, int, str]]:
    """Every field of every post that a case expects: (case, number of the post, field)."""
    return [
        (case, number, field)
        for case in list_cases()
        for number, post in enumerate(load_case(case).expected.get("posts", []))
        for field in post
    ]
