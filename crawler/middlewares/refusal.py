"""A request that is not made, with the outcome that a person will read."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from crawler.types import Outcome


class Refused(IgnoreRequest):
    """Raised instead of fetching. `outcome` is the page's outcome, the message its detail."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        self.outcome = outcome
        super().__init__(detail)
