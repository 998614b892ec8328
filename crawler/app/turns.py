"""Turns at hosts, taken from the store: one pace a host across sources, processes, machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from crawler.store import Store

#: However long a server asks to be left alone, it is asked again after this.
LONGEST_HOLD = 24 * 3600.0  # seconds


class StoreTurns:
    """The `turns` of a spider."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self.held = 0.0  #: the longest hold that this crawl asked for, in seconds

    def take(self, host: str, delay: float) -> float:
        """Take the turn, if it has come (0); otherwise the seconds until one may ask again."""
        return self._store.take_turn(host, self._clock(), min(delay, LONGEST_HOLD))

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody ask the host for so long."""
        seconds = min(seconds, LONGEST_HOLD)
        self.held = max(self.held, seconds)
        self._store.hold_host(host, self._clock() + timedelta(seconds=seconds))
