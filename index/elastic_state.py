"""The state of an Elasticsearch index that pages by relevance are read from.

The server keeps such a state (a point in time) for as long as somebody may ask for the next
page. To have one made costs a question of its own, 2 to 3 ms beside a search of 30; so the
searches of one second share one.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

#: So long the server keeps a state for the next page.
KEEP_ALIVE = "10m"
#: Seconds for which searches begin in the same state. The server itself shows what another
#: process wrote after a second only; what this one writes is shown at once.
_SHARED = 1.0


class SharedState:
    """The state in which searches begin. May be used from several threads.

    Args:
        make: has the server remember its state, and gives the state's name.
        let_go: has the server forget a state, when no search and no cursor is in it.
    """

    def __init__(
        self,
        make: Callable[[], str],
        let_go: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make, self._let_go, self._clock = make, let_go, clock
        self._lock = threading.Lock()
        self._name = ""
        self._fresh_until = 0.0
        self._changes = 0
        self._searches: Counter[str] = Counter()  #: that are in a state now
        self._kept: set[str] = set()  #: states that a cursor was given for

    def begin(self) -> str:
        """The name of the present state for a search, made if there is none of this second."""
        with self._lock:
            if self._name and self._clock() < self._fresh_until:
                self._searches[self._name] += 1
                return self._name
            changes, fresh_until = self._changes, self._clock() + _SHARED
        # Outside the lock: of a server that does not answer, each search waits by itself.
        made = self._make()
        with self._lock:
            old, self._name = self._name, made
            # What was written meanwhile may not be in it: then it is this search's alone.
            self._fresh_until = fresh_until if changes == self._changes else 0.0
            self._searches[made] += 1
        self._sweep(old)
        return made

    def end(self, name: str, *, kept: bool) -> None:
        """A search in this state is over; `kept` if a cursor is given for its next page."""
        with self._lock:
            self._searches[name] -= 1
            if kept:
                self._kept.add(name)
        self._sweep(name)

    def expire(self) -> None:
        """Begin no further search in the present state: the index has changed."""
        with self._lock:
            self._changes += 1
            self._fresh_until = 0.0

    def _sweep(self, name: str) -> None:
        with self._lock:
            if not name or name == self._name or self._searches[name]:
                return
            del self._searches[name]
            kept = name in self._kept
            self._kept.discard(name)
        if not kept:
            self._let_go(name)
