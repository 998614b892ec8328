"""A workspace with sources, a clock that the test moves, and runs that it makes up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.app import App, open_app
from crawler.config import load_config
from crawler.health import FIELDS
from crawler.types import Outcome

START = datetime(2026, 11, 2, tzinfo=UTC)
SOURCE = """\
platform: telegram
url: https://t.me/s/{name}
purpose: a test of the health
authority: TEST-1
review_date: 2027-06-30
"""


class Desk:
    """What a test does to a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        (folder / "sources").mkdir()
        (folder / "foreland.toml").write_text(
            '[health]\nrecipients = ["duty@example.org", "second@example.org"]\n'
        )
        config = load_config(folder, {})
        self.app: App = open_app(config, clock=lambda: self.now)

    def add_source(self, name: str, more: str = "") -> None:
        (self.folder / f"sources/{name}.yml").write_text(SOURCE.format(name=name) + more)

    def run(self, source: str, posts: int, outcome: Outcome = Outcome.OK, **fields: int) -> None:
        """A run of a minute, an hour after the one before."""
        self.now += timedelta(hours=1)
        run_id = self.app.store.start_run(source, self.now)
        ended = self.now + timedelta(minutes=1)
        self.app.store.end_run(run_id, ended, outcome, posts_seen=posts)
        self.app.store.put_run_fields(run_id, dict.fromkeys(FIELDS, posts) | fields)
        self.now = ended


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.app.close()
