"""Serves the desk from a thread of the calling process."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from crawler.app import App
from crawler.errors import ConfigError
from web.desk import make_desk


@contextlib.contextmanager
def desk(app: App, *, port: int | None = None) -> Iterator[str]:
    """Serve the desk from a thread. Yields its address.

    Raises:
        ConfigError: the port is taken.
    """
    settings = app.config.web
    server_socket = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server_socket.bind((settings.host, settings.port if port is None else port))
    except OSError as error:
        server_socket.close()
        message = f"port {settings.port} cannot be used ({error.strerror}): set another"
        raise ConfigError.one(
            app.config.workspace / "foreland.toml", message, field="web.port"
        ) from error
    # From here on the system holds connections for the server, so the address is good at once.
    server_socket.listen()
    host, number = server_socket.getsockname()[:2]
    server = uvicorn.Server(
        uvicorn.Config(make_desk(app), log_config=None, access_log=False, lifespan="off")
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [server_socket]}, name="desk", daemon=True
    )
    thread.start()
    try:
        yield f"http://{host}:{number}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        server_socket.close()
