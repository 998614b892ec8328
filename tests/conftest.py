"""What holds for all tests: they leave the caches of the user alone."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

_FOLDER = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests an empty cache; the processes of one run of the tests share it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        config.stash[_FOLDER] = tempfile.mkdtemp(prefix="foreland-tests-")
        os.environ["XDG_CACHE_HOME"] = config.stash[_FOLDER]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the cache away again."""
    if _FOLDER in config.stash:
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)
