"""A store in a file of its own for each test.

`TEST_POSTGRESQL_URL` runs the same tests on a PostgreSQL database, which they empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from crawler.store import Store, open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    server = os.environ.get("TEST_POSTGRESQL_URL")
    if server is None:
        return f"sqlite:///{tmp_path}/data/foreland.sqlite3"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url, timeout=10)
    yield store
    store.close()
