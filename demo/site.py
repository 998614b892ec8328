"""Serves the invented posts on this machine, for the demonstration and the tests."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from demo import pages
from demo.content import Content, InventedPlace, load_content

#: Asked for first, so that a demonstration that was cut off finds its sources again.
PREFERRED_PORT = 8766

_HTML = "text/html; charset=utf-8"
_PATH = re.compile(r"/(s|board|live|article|feeds)/([a-z0-9_-]+)(\.[a-z]+)?")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    content: Content

    def do_GET(self) -> None:
        """Answer one request."""
        address = urlsplit(self.path)
        if address.path == "/robots.txt":
            self._answer("User-agent: *\nDisallow: /private/\n", "text/plain; charset=utf-8")
            return
        if address.path == "/":
            self._answer(pages.front_page(self.content.places), _HTML)
            return
        match = _PATH.fullmatch(address.path)
        place = self.content.places.get(match[2]) if match else None
        if match and place and not pages.address_of(match[2], place).startswith(f"/{match[1]}/"):
            place = None  # a place is found under its own kind's folder only
        if not match or place is None:
            # A closed channel sends its preview's visitors to its landing page.
            name = address.path.strip("/")
            landing = self.content.places.get(name)
            if landing is not None and landing.kind == "closed":
                self._answer(pages.closed_channel(name, landing), _HTML)
            else:
                self._answer("not here\n", "text/plain; charset=utf-8", HTTPStatus.NOT_FOUND)
            return
        self._answer_place(match[2], place, match[3] or "", parse_qs(address.query))

    def _answer_place(
        self, name: str, place: InventedPlace, ending: str, query: dict[str, list[str]]
    ) -> None:
        base = f"http://{self.headers.get('Host', 'localhost')}"
        match place.kind, ending:
            case "telegram", "":
                before = _number(query, "before")
                self._answer(pages.channel_page(name, place, before), _HTML)
            case "closed", "":
                self.send_response(HTTPStatus.FOUND)
                self.send_header("Location", f"/{name}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "rss", ".rss":
                self._answer(pages.rss_feed(name, place, base), "application/rss+xml")
            case "atom", ".atom":
                self._answer(pages.atom_feed(name, place, base), "application/atom+xml")
            case "json", ".json":
                self._answer(pages.json_feed(name, place, base), "application/feed+json")
            case "board", "":
                page = _number(query, "page") or 1
                self._answer(pages.board_page(name, place, page), _HTML)
            case "live", "":
                self._answer(pages.live_page(name, place), _HTML)
            case "live", ".json":
                self._answer(pages.live_posts(place), "application/json")
            case "article", "":
                self._answer(pages.article_page(place), _HTML)
            case _:
                self._answer("not here\n", "text/plain; charset=utf-8", HTTPStatus.NOT_FOUND)

    def _answer(self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Say nothing: the crawl tells what it fetched."""


def _number(query: dict[str, list[str]], name: str) -> int | None:
    value = query.get(name, [""])[0]
    return int(value) if value.isdecimal() else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor that went away is no fault of the site."""


@contextlib.contextmanager
def serve_site(port: int | None = None, content: Content | None = None) -> Iterator[str]:
    """Serve from a thread. Yields the address.

    Args:
        port: None tries `PREFERRED_PORT`, then any that is free.
        content: None for the site's own.

    Raises:
        OSError: the port that was asked for is taken.
    """
    handler = type("Handler", (_Handler,), {"content": content or load_content()})
    try:
        server = _Server(("127.0.0.1", PREFERRED_PORT if port is None else port), handler)
    except OSError:
        if port is not None:
            raise
        server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, name="local site", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
