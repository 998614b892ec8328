"""Where a spider puts what it collects. The spider knows neither store nor archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from crawler.types import Capture, FrontierPage, Outcome, Page, Parsed


class Sink(Protocol):
    """Takes pages before they are parsed, and what was made of them.

    Every method raises ArchiveError or StoreError when it cannot keep what it is given;
    the spider then ends the run.
    """

    def capture(self, page: Page) -> Capture:
        """Archive a page. It is on disk, or with the operating system, at return."""

    def add(self, parsed: Parsed, capture: Capture) -> None:
        """Keep the posts of a page. They may be committed a little later."""

    def is_known(self, site_ids: Sequence[str], *, at_all: bool = False) -> bool:
        """Whether an earlier pass has all of these posts, and paging may stop at them.

        Always False in a pass that goes through everything. With `at_all`, whether the
        store has all of them, whoever brought them.
        """

    def asked(self, pages: Sequence[FrontierPage]) -> None:
        """Note pages that this run asks for, so that the next one can if this is killed."""

    def left(self, pages: Sequence[FrontierPage]) -> None:
        """Note pages that this run will not ask for: it has reached its cap."""

    def done(self, url: str) -> None:
        """Note that a page was answered and read, or has failed. `url` as it was asked for."""

    def failed(self, outcome: Outcome, url: str, detail: str) -> None:
        """Note what became of a page that did not yield what it should."""
