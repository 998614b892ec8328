"""The state that pages by relevance are read from, shared by the searches of a second."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from index.elastic_state import SharedState


class _Server:
    def __init__(self) -> None:
        self.now = 100.0
        self.made = 0
        self.let_go: list[str] = []
        self.states = SharedState(self._make, self.let_go.append, lambda: self.now)

    def _make(self) -> str:
        self.made += 1
        return f"state-{self.made}"


class TestSharedState:
    def test_searches_of_one_second_begin_in_one_state(self) -> None:
        server = _Server()
        first = server.states.begin()
        server.now += 0.9
        assert server.states.begin() == first
        server.now += 0.2
        assert server.states.begin() != first
        assert server.made == 2

    def test_a_state_that_nobody_reads_from_is_let_go(self) -> None:
        server = _Server()
        server.states.end(server.states.begin(), kept=False)
        assert server.let_go == []
        server.now += 2
        server.states.begin()
        assert server.let_go == ["state-1"]

    def test_a_search_that_goes_on_keeps_its_state(self) -> None:
        server = _Server()
        slow = server.states.begin()
        server.now += 2
        server.states.begin()
        assert server.let_go == []
        server.states.end(slow, kept=False)
        assert server.let_go == [slow]

    def test_a_state_with_a_cursor_is_left_to_expire(self) -> None:
        server = _Server()
        for kept in (True, False):
            server.states.end(server.states.begin(), kept=kept)
        server.now += 2
        server.states.begin()
        assert server.let_go == []

    def test_a_changed_index_is_seen_at_once(self) -> None:
        server = _Server()
        old = server.states.begin()
        server.states.expire()
        assert server.states.begin() != old

    def test_a_server_that_fails_is_asked_again(self) -> None:
        server = _Server()
        failing = [True]

        def make() -> str:
            if failing.pop():
                failing.append(False)
                raise OSError
            failing.append(False)
            return "state"

        states = SharedState(make, server.let_go.append, lambda: server.now)
        for _ in range(2):
            try:
                name = states.begin()
            except OSError:
                continue
        assert name == "state"

    def test_what_is_written_while_a_state_is_made_is_in_the_next(self) -> None:
        server = _Server()

        def make() -> str:
            server.states.expire()  # another thread has written meanwhile
            return server._make()

        server.states = SharedState(make, server.let_go.append, lambda: server.now)
        assert server.states.begin() != server.states.begin()

    def test_searches_do_not_wait_for_each_other_on_a_slow_server(self) -> None:
        both = Barrier(2, timeout=10)
        made = iter(("one", "two"))

        def make() -> str:
            both.wait()  # passes only when two are being made at once
            return next(made)

        states = SharedState(make, lambda name: None)
        with ThreadPoolExecutor(2) as pool:
            begun = [pool.submit(states.begin) for _ in range(2)]
            assert {one.result() for one in begun} == {"one", "two"}
