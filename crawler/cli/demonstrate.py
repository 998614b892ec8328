"""`foreland demo`: the whole system on a local site of invented posts."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
