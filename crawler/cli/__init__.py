"""The `foreland` command.

Thin: each command reads its words, calls one function of the application and prints.
Results go to standard output, everything else to standard error. Exit code 0, 1 (problems
were found) or 2 (wrong use, or something that has to be put right first).
"""

from __future__ import annotations

import os
import sys

import typer

from crawler.cli import (
    adverts,
    collect,
    demonstrate,
    evidence,
    measure,
    parsing,
    sources,
    upkeep,
)
from crawler.errors import CrawlerError

app = typer.Typer(
    name="foreland",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Collects public posts that advertise facilitation of illegal immigration, reads "
    "them in the languages they are written in, and puts them in front of analysts.",
)
for module in (demonstrate, upkeep, collect, evidence, parsing, sources, adverts, measure):
    module.register(app)


@app.callback()
def _options(
    context: typer.Context,
    workspace: str = typer.Option(
        "",
        "--workspace",
        "-w",
        envvar="FORELAND_WORKSPACE",
        help="The folder with foreland.toml. [default: this folder]",
    ),
) -> None:
    context.obj = workspace


def main() -> None:
    """Run the command; an error a person can act on is printed, not traced."""
    try:
        app()
    except CrawlerError as error:
        sys.stderr.write(f"foreland: {error}\n")
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of our output went away ('foreland search … | head').
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
