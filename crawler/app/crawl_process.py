"""What a crawl's own process does.

The process is forked from one that has loaded everything (`crawl_preload`): a small source
takes a third of a second so, of which a new interpreter's imports alone would take two.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import wait
from pathlib import Path

from crawler.errors import CrawlerError
from crawler.types import Outcome, Run

#: How a run ends that did what it should.
_WELL = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.UNCHANGED, Outcome.PAUSED})


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """How to crawl, as `crawl_source` takes it."""

    full: bool = False
    since: datetime | None = None
    scheduled: bool = False


def succeeded(run: Run) -> bool:
    """Whether a run ended as a run should."""
    return run.outcome in _WELL


def run_crawl(
    workspace: Path, name: str, options: CrawlOptions, environment: Mapping[str, str]
) -> None:
    """Crawl one source of a workspace, and end the process.

    The exit code is 0, 1 where the run did not end well, or 2 where something has to be put
    right first, which standard error says.

    Args:
        workspace: of the source.
        name: of the source, which is read now: it may have changed since it was queued.
        options: of the crawl.
        environment: of the process that asks; this one's is that of the first crawl.
    """
    from crawler.app.crawl import crawl_source
    from crawler.app.wiring import open_app, utc_now
    from crawler.config import load_config
    from crawler.log import configure_logging

    # Apart from the terminal's Ctrl-C: each crawl is asked to stop once, in order.
    os.setsid()
    _close_standard_streams()
    _end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    try:
        config = load_config(workspace)
        configure_logging(config.log)
        with open_app(config) as application:
            source = application.source(name)
        run = crawl_source(
            config,
            source,
            clock=utc_now,
            full=options.full,
            since=options.since,
            scheduled=options.scheduled,
        )
    except CrawlerError as error:
        sys.stderr.write(f"foreland: {error}\n")
        sys.exit(2)
    sys.exit(0 if succeeded(run) else 1)


def _close_standard_streams() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    os.close(nothing)


def _end_with_parent() -> None:
    """Ask this process to stop when the one that wanted it dies, however that ends.

    So that a killed service leaves no crawl behind.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, args=(parent.sentinel,), daemon=True).start()
