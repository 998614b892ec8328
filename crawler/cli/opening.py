"""Finds the workspace a command works in, and opens the application over it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from crawler.app import App
    from crawler.config import Config

#: Where `foreland demo` makes its workspace, under the folder it is called in.
DEMO_FOLDER = "foreland-demo"


def find_workspace(context: typer.Context) -> Path:
    """The workspace that was asked for; else this folder; else the demonstration's.

    Raises:
        ConfigError: there is none.
    """
    from crawler.config import FILE_NAME

    if context.obj:
        path = Path(context.obj)
        if not path.is_dir():
            raise ConfigError.one(path, f"is not a folder: make it with foreland init {path}")
        return path
    here = Path()
    if (here / FILE_NAME).exists():
        return here
    if (here / DEMO_FOLDER / FILE_NAME).exists():
        print_note(f"no {FILE_NAME} here: using the demonstration's workspace {DEMO_FOLDER}/")
        return here / DEMO_FOLDER
    raise ConfigError.one(
        here.resolve(),
        f"is not a workspace (no {FILE_NAME}): make one with foreland init, try foreland demo, "
        "or name one with --workspace",
    )


def read_config(context: typer.Context) -> Config:
    """The configuration of the workspace, with logging set up by it."""
    from crawler.config import load_config
    from crawler.log import configure_logging

    config = load_config(find_workspace(context))
    configure_logging(config.log)
    return config


def open_workspace(context: typer.Context) -> App:
    """The application over the workspace."""
    from crawler.app import open_app

    return open_app(read_config(context))


def print_note(text: str) -> None:
    """A line for the person, beside the results."""
    sys.stderr.write(text + "\n")


def print_line(text: str = "") -> None:
    """A line of the result. What the terminal cannot encode is shown by its code point."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
