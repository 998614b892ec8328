"""A line to the server that can be cut and mended: what a dead server looks like."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from urllib.parse import urlsplit


class Link:
    """Passes bytes on to the server of a URL, until it is cut."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 9200)
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.url = f"{parts.scheme}://127.0.0.1:{self._port}"
        self._accept(self._listener)

    def cut(self) -> None:
        """From now on nobody answers. Cutting twice is fine."""
        with self._lock:
            listener, self._listener = self._listener, None
            pairs, self._pairs = self._pairs, []
        if listener is not None:
            # Wakes the thread that waits for callers, which a close alone does not.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """The server answers again, at the same address."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._accept(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    self._connect(listener, caller)

        threading.Thread(target=run, daemon=True).start()

    def _connect(self, listener: socket.socket, caller: socket.socket) -> None:
        with contextlib.ExitStack() as ends:
            ends.enter_context(caller)
            target = ends.enter_context(socket.create_connection(self._target))
            with self._lock:
                if self._listener is not listener:  # it was cut meanwhile
                    return
                self._pairs.append((caller, target))
                threading.Thread(target=_pass_on, args=(caller, target), daemon=True).start()
                ends.pop_all()  # from here on the thread closes them


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with one, other, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                assert isinstance(key.fileobj, socket.socket)
                taken = key.fileobj.recv(65536)
                if not taken:
                    return
                key.data.sendall(taken)
