"""One real server for all tests of the Elasticsearch index.

`TEST_ES_URL=https://user:password@host:9200` (with `TEST_ES_CA=…` for an authority of
one's own) points the tests at any other server. There is no skipping: a server that
cannot be had fails the tests; leave them out with `-m "not elastic"`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from crawler.config import ElasticIndex as Settings
from tests.index.elastic.server import drop_index, shared_server

MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """How the server is reached: with the right credentials, and its authority."""
    if given := os.environ.get("TEST_ES_URL"):
        parts = urlsplit(given)
        ca = os.environ.get("TEST_ES_CA")
        yield Settings(
            kind="elastic",
            hosts=(f"{parts.scheme}://{parts.hostname}:{parts.port or 9200}",),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),  # type: ignore[arg-type]
            ca=Path(ca) if ca else None,
        )
        return
    folder = tmp_path_factory.getbasetemp()
    with shared_server(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) as found:
        yield found


@pytest.fixture
def make_settings(server: Settings) -> Iterator[MakeSettings]:
    """Settings for an index of the test's own; taken away after it."""
    made: set[str] = set()

    def make(**changes: object) -> Settings:
        name = f"test-{secrets.token_hex(4)}"
        settings = Settings.model_validate({**server.model_dump(), "name": name, **changes})
        made.add(settings.name)
        return settings

    yield make
    for name in made:
        drop_index(server.model_copy(update={"name": name}))


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    """Settings for the index of this test."""
    return make_settings()
