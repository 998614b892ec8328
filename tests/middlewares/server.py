"""A small site on the loopback interface whose answers a test decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What the site says. `delay` is in seconds; `length` is what it claims."""

    body: bytes = b"<html><body>here</body></html>"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    length: int | None = None


@dataclass
class Site:
    """A running site: where it is, and what was asked of it so far."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[str], Answer]) -> Iterator[Site]:
    """Serve whatever `answer` gives for a path with its query."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.times.append(time.monotonic())
            said = answer(self.path)
            if said.delay:
                time.sleep(said.delay)
            try:
                self.send_response(said.status)
                if not any(name == "Content-Type" for name, _ in said.headers):
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                for name, value in said.headers:
                    self.send_header(name, value)
                length = len(said.body) if said.length is None else said.length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(said.body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the crawler hung up, which is what some tests are about

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
