"""Commands that collect: crawl, and the sources."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from crawler.cli.opening import open_workspace, print_line, print_note, read_config
from crawler.cli.upkeep import print_problems

if TYPE_CHECKING:
    from crawler.types import Run


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("crawl")(_crawl)
    sources = typer.Typer(no_args_is_help=True, help="What is collected.")
    sources.command("check")(_check)
    sources.command("list")(_list)
    sources.command("health")(_health)
    sources.command("try")(_try)
    app.add_typer(sources, name="sources")


def _crawl(
    context: typer.Context,
    names: list[str] = typer.Argument(None, metavar="SOURCE…", help="Names of sources."),
    all_: bool = typer.Option(False, "--all", help="Every source that may be collected."),
    due: bool = typer.Option(False, "--due", help="Every source whose schedule says so."),
    with_parent: bool = typer.Option(False, hidden=True),
) -> None:
    """Collect sources now. Several run in processes of their own."""
    if with_parent:
        _end_with_parent()
    if sum((bool(names), all_, due)) != 1:
        raise typer.BadParameter("give the names of sources, or --all, or --due")
    if names and len(names) == 1:
        _crawl_here(context, names[0])
    else:
        _crawl_apart(context, names or [], due=due)


def _end_with_parent() -> None:
    """Have the kernel ask this process to stop when the one that started it dies.

    So that a killed service leaves no crawl behind. Linux only; elsewhere the crawl goes on
    to its end, which the lease on its source makes harmless.
    """
    import ctypes
    import signal
    import sys

    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _crawl_here(context: typer.Context, name: str) -> None:
    from crawler.app import open_app
    from crawler.app.crawl import crawl_source
    from crawler.app.wiring import utc_now

    config = read_config(context)
    with open_app(config) as application:
        source = application.source(name)
    run = crawl_source(config, source, clock=utc_now)
    print_line(describe_run(run))
    raise typer.Exit(0 if succeeded(run) else 1)


def _crawl_apart(context: typer.Context, names: list[str], *, due: bool) -> None:
    from crawler.app.processes import CrawlProcesses

    with open_workspace(context) as application:
        if due:
            names = application.due_sources()
        elif names:
            names = [application.source(name).name for name in names]
        else:
            found = application.load_sources().sources
            names = [source.name for source in found if source.enabled]
        processes = CrawlProcesses(application.config.workspace, application.config.crawl.parallel)
        processes.add(names)
        failed = 0
        try:
            while len(processes):
                for finished in processes.poll():
                    failed += finished.code != 0
                    run = application.store.last_runs().get(finished.source)
                    print_line(describe_run(run) if run else f"{finished.source}: did not start")
                time.sleep(0.1)
        finally:
            processes.stop()
    raise typer.Exit(1 if failed else 0)


def succeeded(run: Run) -> bool:
    """Whether a run ended as a run should."""
    from crawler.types import Outcome

    return run.outcome in (Outcome.OK, Outcome.EMPTY, Outcome.UNCHANGED)


def describe_run(run: Run) -> str:
    """One line on a run, with how its pages failed."""
    line = (
        f"{run.source}: {run.outcome or 'running'}: {run.pages} pages, {run.posts_seen} posts "
        f"({run.posts_new} new, {run.posts_changed} changed)"
    )
    if run.detail:
        line += f": {run.detail}"
    for outcome, url, detail in run.failures:
        line += f"\n  {outcome}: {url}" + (f": {detail}" if detail else "")
    return line


def _check(context: typer.Context) -> None:
    """Every fault of every source file, with its line."""
    with open_workspace(context) as application:
        found = application.load_sources()
        print_problems(found.problems, len(found.sources), "sources")


def _list(
    context: typer.Context,
    json_: bool = typer.Option(False, "--json", help="One JSON object a line."),
) -> None:
    """The sources, and how each one's last run ended."""
    import json

    from crawler.cli.tables import print_table

    with open_workspace(context) as application:
        found = application.load_sources()
        runs = application.store.last_runs()
        rows = []
        for source in found.sources:
            run = runs.get(source.name)
            row = {
                "name": source.name,
                "platform": source.platform,
                "url": source.url,
                "schedule": source.schedule,
                "review_date": source.review_date.isoformat(),
                "last_run": run.started_at.isoformat(timespec="seconds") if run else None,
                "outcome": str(run.outcome) if run and run.outcome else None,
                "posts_seen": run.posts_seen if run else None,
            }
            rows.append(row)
    if json_:
        for row in rows:
            print_line(json.dumps(row, ensure_ascii=False))
    else:
        print_table(
            ["name", "platform", "schedule", "last run", "outcome", "posts", "address"],
            [
                [
                    str(row[key] if row[key] is not None else "–")
                    for key in (
                        "name",
                        "platform",
                        "schedule",
                        "last_run",
                        "outcome",
                        "posts_seen",
                        "url",
                    )
                ]
                for row in rows
            ],
        )
    if found.problems:
        print_note(f"{len(found.problems)} problems: see foreland sources check")


def _health(context: typer.Context) -> None:
    """How each source's last run ended. Exit code 1 when one needs a look."""
    with open_workspace(context) as application:
        runs = application.store.last_runs()
        bad = 0
        for source in application.load_sources().sources:
            run = runs.get(source.name)
            if run is None:
                print_line(f"{source.name}: never run")
                continue
            bad += not succeeded(run)
            print_line(describe_run(run))
    raise typer.Exit(1 if bad else 0)


def _try(
    context: typer.Context,
    name: str = typer.Argument(..., metavar="SOURCE", help="The source's name."),
    json_: bool = typer.Option(False, "--json", help="One JSON object a post."),
) -> None:
    """Fetch a source's first page and show what would be stored. Nothing is, but the log."""
    from crawler.app.one_page import try_source
    from crawler.app.wiring import utc_now
    from crawler.cli.evidence import print_captured

    with open_workspace(context) as application:
        source = application.source(name)
        found = try_source(application.config, application.store, source, clock=utc_now)
    for following in found.next_pages:
        print_note(f"next page: {following}")
    print_captured(found, json_=json_)
