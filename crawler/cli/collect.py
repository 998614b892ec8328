"""Commands that collect: crawl."""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as datetime_time
from typing import TYPE_CHECKING

import typer

from crawler.cli.opening import open_workspace, print_line, read_config

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.types import Run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("crawl")(_crawl)


def _crawl(
    context: typer.Context,
    names: list[str] = typer.Argument(None, metavar="SOURCE…", help="Names of sources."),
    all_: bool = typer.Option(False, "--all", help="Every source that may be collected."),
    due: bool = typer.Option(False, "--due", help="Every source whose schedule says so."),
    full: bool = typer.Option(False, "--full", help="Go through everything, known or not."),
    since: str = typer.Option("", metavar="DATE", help="Go back to this day, known or not."),
    scheduled: bool = typer.Option(False, hidden=True),
) -> None:
    """Collect sources now. Several run in processes of their own."""
    if sum((bool(names), all_, due)) != 1:
        raise typer.BadParameter("give the names of sources, or --all, or --due")
    if full and since:
        raise typer.BadParameter("give --full or --since: both is --full")
    if since:
        _day(since)
    if names and len(names) == 1:
        _crawl_here(context, names[0], full=full, since=since, scheduled=scheduled)
    else:
        _crawl_apart(context, names or [], full=full, since=since, due=due)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a day: write it as 2026-11-01"
        raise typer.BadParameter(message, param_hint="--since") from None


def _start_of(since: str, config: Config) -> datetime | None:
    """The moment at which a day begins where the desk stands; None without a day."""
    from zoneinfo import ZoneInfo

    if not since:
        return None
    return datetime.combine(_day(since), datetime_time(), ZoneInfo(config.time_zone))


def _crawl_here(
    context: typer.Context, name: str, *, full: bool, since: str, scheduled: bool
) -> None:
    from crawler.app import open_app
    from crawler.app.crawl import crawl_source
    from crawler.app.crawl_process import succeeded
    from crawler.app.watching import watch_sources
    from crawler.app.wiring import utc_now

    config = read_config(context)
    with open_app(config) as application:
        source = application.source(name)
    start = _start_of(since, config)
    run = crawl_source(config, source, clock=utc_now, full=full, since=start, scheduled=scheduled)
    print_line(describe_run(run))
    with open_app(config) as application:
        watch_sources(application)
    raise typer.Exit(0 if succeeded(run) else 1)


def _crawl_apart(
    context: typer.Context, names: list[str], *, full: bool, since: str, due: bool
) -> None:
    from crawler.app.crawl_process import CrawlOptions
    from crawler.app.processes import CrawlProcesses
    from crawler.app.watching import watch_sources

    with open_workspace(context) as application:
        if due:
            sources = application.find_due()
        elif names:
            sources = [application.source(name) for name in names]
        else:
            found = application.load_sources().sources
            sources = [source for source in found if source.enabled]
        config = application.config
        options = CrawlOptions(full, _start_of(since, config), scheduled=due)
        processes = CrawlProcesses(config.workspace, config.crawl.parallel, options)
        processes.add((source.name, application.pace_of(source)) for source in sources)
        failed = 0
        try:
            while len(processes):
                for finished in processes.poll():
                    failed += finished.code != 0
                    run = application.store.last_runs().get(finished.source)
                    print_line(describe_run(run) if run else f"{finished.source}: did not start")
                processes.wait(0.1)
        finally:
            processes.stop()
        watch_sources(application)
    raise typer.Exit(1 if failed else 0)


def describe_run(run: Run) -> str:
    """One line on a run, with how its pages failed."""
    line = (
        f"{run.source}: {run.outcome or 'running'}: {run.pages} pages, {run.posts_seen} posts "
        f"({run.posts_new} new, {run.posts_changed} changed, {run.posts_removed} vanished)"
    )
    if run.ids_expected:
        line += f", {run.ids_seen} of {run.ids_expected} numbers"
    if run.outcome and run.id and not run.complete:
        line += ", not complete"
    if run.detail:
        line += f": {run.detail}"
    for outcome, url, detail in run.failures:
        line += f"\n  {outcome}: {url}" + (f": {detail}" if detail else "")
    return line


def completeness(run: Run | None) -> str | None:
    """How much of what it set out to see a run saw, in a word or two."""
    if run is None or run.outcome is None:
        return None
    counted = f" {run.ids_seen}/{run.ids_expected}" if run.ids_expected else ""
    return ("all" if run.complete else "part") + counted
