"""Tells a handle from a display name."""

from __future__ import annotations

import re

_HANDLE = re.compile(r"(?:/?u/|@)([A-Za-z0-9_.-]{2,64})")


def find_handle(author: str | None) -> str | None:
    """The handle in a name that is one as it stands, in lower case; None for any other.

    >>> find_handle("@Papers_Sample"), find_handle("/u/somebody"), find_handle("Some Body")
    ('papers_sample', 'somebody', None)
    """
    match = _HANDLE.fullmatch((author or "").strip())
    return match.group(1).lower() if match else None
