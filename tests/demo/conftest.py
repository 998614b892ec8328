"""The site, served once a test process on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.content import Content, load_content
from demo.site import serve_site


@pytest.fixture(scope="session")
def content() -> Content:
    """The invented posts."""
    return load_content()


@pytest.fixture(scope="session")
def site(content: Content) -> Iterator[str]:
    """The address of the site."""
    with serve_site(0, content) as address:
        yield address
