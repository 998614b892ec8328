"""Pages that a parser refuses by raising: closed, blocked, cut short, or of another layout."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml

from crawler import errors
from crawler.types import Page
from spiders.sites import find_parser, platforms
from tests.spiders.recorded import PAGES


def refused_cases() -> list[str]:
    found = (path.parent for path in PAGES.glob("*/*/raises.yml"))
    return sorted(str(p.relative_to(PAGES)) for p in found if p.parent.name in platforms())


@pytest.mark.parametrize("case", refused_cases())
def test_refused_page(case: str) -> None:
    folder = PAGES / case
    meta = yaml.safe_load((folder / "meta.yml").read_text(encoding="utf-8"))
    raises = yaml.safe_load((folder / "raises.yml").read_text(encoding="utf-8"))
    (body,) = folder.glob("page.*")
    page = Page(
        url=meta["url"], body=body.read_bytes(), fetched_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    parser = find_parser(case.split("/", maxsplit=1)[0])
    with pytest.raises(getattr(errors, raises["error"])) as caught:
        parser.parse(page)
    assert raises["saying"] in str(caught.value)


def test_there_are_refused_pages_of_each_site_with_an_interface() -> None:
    refused = {case.split("/", maxsplit=1)[0] for case in refused_cases()}
    sites = {"bluesky", "discourse", "lemmy", "mastodon", "nodebb", "reddit", "vk", "wordpress"}
    assert sites <= refused
