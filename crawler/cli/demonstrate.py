"""`foreland demo`: the whole system on a local site of invented posts, then the desk."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crawler.cli.opening import DEMO_FOLDER, print_line, print_note

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from crawler.app import App
    from crawler.app.summary import Summary

_SEARCHES = ("to:GB mode:sea", "price:[1000 TO 3000] currency:GBP", "area:documents NOT lang:en")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(_demo)


def _demo(
    once: bool = typer.Option(False, "--once", help="End after the summary, without the desk."),
    fresh: bool = typer.Option(False, "--fresh", help="Forget what an earlier call collected."),
    port: int = typer.Option(
        0, min=0, max=65535, help="Of the local site. [default: 8766, or any that is free]"
    ),
) -> None:
    """Crawl, read, index, cluster and alert on a local site of invented posts.

    A call that was cut off goes on where it stopped.
    """
    from crawler.app import open_app
    from crawler.app.service import on_signals
    from crawler.app.summary import summarise
    from crawler.app.workspace import write_files
    from crawler.config import load_config
    from crawler.log import configure_logging
    from demo.content import load_content
    from demo.site import serve_site
    from demo.workspace import workspace_files
    from web.serve import desk

    folder = Path(DEMO_FOLDER)
    if fresh and folder.exists():
        shutil.rmtree(folder)
    stop = threading.Event()
    started = time.monotonic()
    with serve_site(port or None) as site, on_signals(stop):
        from crawler.app.wiring import utc_now

        content = load_content()
        write_files(folder, workspace_files(content, site, utc_now().date()))
        config = load_config(folder)
        configure_logging(config.log.model_copy(update={"level": "warning"}))
        print_note(f"{content.posts} invented posts in {len(content.places)} places at {site}")
        with open_app(config) as application:
            _collect_and_read(application, stop, content.posts)
            if stop.is_set():
                print_note("stopped; foreland demo goes on from here")
                raise typer.Exit(1)
            _print_summary(summarise(application.store), application, time.monotonic() - started)
            if once:
                return
            with desk(application) as address:
                print_line(f"\nthe desk: {address}  (Ctrl-C to stop)")
                sys.stdout.flush()
                stop.wait()


def _collect_and_read(application: App, stop: threading.Event, expected: int) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        sources = [source.name for source in application.load_sources().sources]
        crawling = progress.add_task("crawling", total=len(sources))
        reading = progress.add_task("reading", total=expected)
        alerting = progress.add_task("alerting", total=1)
        _crawl(application, sources, stop, progress, crawling)
        done = application.store.counts().adverts
        progress.update(reading, completed=done)
        application.process(
            progress=lambda posts: progress.advance(reading, posts), stop=stop.is_set
        )
        progress.update(reading, total=application.store.counts().posts)
        if not stop.is_set():
            application.evaluate_rules()
            application.deliver_mail()
            progress.advance(alerting)


def _crawl(
    application: App,
    sources: list[str],
    stop: threading.Event,
    progress: Progress,
    task: TaskID,
) -> None:
    from crawler.app.processes import CrawlProcesses

    processes = CrawlProcesses(application.config.workspace, application.config.crawl.parallel)
    application.store.abandon_runs(application.clock())
    processes.add((source, "") for source in sources)  # the site is our own
    try:
        while len(processes) and not stop.is_set():
            finished = processes.poll()
            progress.advance(task, len(finished))
            stop.wait(0.05)
    finally:
        processes.stop()


def _print_summary(summary: Summary, application: App, seconds: float) -> None:
    say = print_line
    say(f"\n{summary.posts} posts collected and read in {seconds:.0f} s")
    outcomes = Counter(str(outcome) for outcome in summary.outcomes.values())
    say(f"  sources      {_counted(outcomes)}")
    say(f"  languages    {_counted(summary.languages)}")
    say(f"{summary.offers} offers, the rest are news, warnings, charities, lawful business …")
    say(f"  areas        {_counted(summary.offers_by_area)}")
    say(f"  languages    {_counted(summary.offers_by_language)}")
    say(f"  routes       {_counted(summary.routes, 10)}")
    for currency, (count, lowest, median, highest) in list(summary.prices.items())[:4]:
        spread = f"{lowest:,.0f} to {highest:,.0f}, median {median:,.0f}"
        say(f"  prices       {count} in {currency}: {spread}")
    id_, name, posts = summary.largest
    say(
        f"{summary.advertisers} advertisers, {summary.advertisers_of_several} of them with several "
        f"adverts; the largest is {id_} ({name}) with {posts}"
    )
    folder = application.config.path(Path("data/outbox"))
    mails = sorted(folder.glob("*.eml"))
    say(f"{len(mails)} e-mails written, none sent:")
    for mail in mails:
        say(f"  {_shown(mail)}")
    say("\nthree searches to try:")
    command = "./run" if Path("run").exists() else "foreland"
    for query in _SEARCHES:
        say(f"  {command} search '{query}'")


def _counted(counts: Counter[str], most: int = 40) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(most)) or "none"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
