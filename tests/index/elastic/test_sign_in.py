"""What is sent to sign in, as a server of ten lines sees it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from crawler.config import ElasticIndex as Settings
from index.elastic_client import make_client


class _Listener(ThreadingHTTPServer):
    heard: list[str | None]


class _Ear(BaseHTTPRequestHandler):
    server: _Listener

    def do_GET(self) -> None:
        self.server.heard.append(self.headers["Authorization"])
        body = json.dumps({"count": 0}).encode()
        self.send_response(200)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *about: object) -> None:
        """Nothing: the tests print no log."""


@pytest.fixture
def listener() -> Iterator[_Listener]:
    server = _Listener(("127.0.0.1", 0), _Ear)
    server.heard = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"api_key": SecretStr("aW52ZW50ZWQ6a2V5")}, "ApiKey aW52ZW50ZWQ6a2V5"),
        ({"user": "ann", "password": SecretStr("example")}, "Basic YW5uOmV4YW1wbGU="),
        ({}, None),
    ],
)
def test_the_credentials_of_the_settings_are_sent(
    listener: _Listener, given: dict[str, object], sent: str | None
) -> None:
    url = f"http://127.0.0.1:{listener.server_port}"
    settings = Settings.model_validate({"kind": "elastic", "hosts": (url,), **given})
    client = make_client(settings, None)
    client.info()
    client.close()
    assert listener.heard == [sent]
