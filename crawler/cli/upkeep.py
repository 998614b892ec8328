"""Commands that make, check and run a workspace: init, run, serve, rules, index, verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crawler.cli.opening import open_workspace, print_line, print_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.errors import Problem


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(_init)
    app.command("run")(_run)
    app.command("serve")(_serve)
    app.command("verify")(_verify)
    rules = typer.Typer(no_args_is_help=True, help="Alert rules.")
    rules.command("check")(_rules_check)
    rules.command("try")(_rules_try)
    rules.command("run")(_rules_run)
    app.add_typer(rules, name="rules")
    index = typer.Typer(no_args_is_help=True, help="The search index.")
    index.command("sync")(_index_sync)
    index.command("rebuild")(_index_rebuild)
    app.add_typer(index, name="index")


def _init(folder: Path = typer.Argument(Path(), help="Made when it is not there.")) -> None:
    """Make a workspace: foreland.toml, an example source and two example rules."""
    from crawler.app.workspace import make_workspace

    for path in make_workspace(folder):
        print_line(f"wrote {path}")
    print_note("next: edit sources/, then foreland sources check, foreland run")


def _run(context: typer.Context) -> None:
    """Crawls, analysis, index, clustering, alerts and the desk, until Ctrl-C or SIGTERM."""
    from crawler.app.service import Service, on_signals
    from web.serve import desk

    with open_workspace(context) as application:
        service = Service(application)
        with on_signals(service), desk(application) as address:
            print_note(f"the desk is at {address} (Ctrl-C to stop)")
            service.run()


def _serve(context: typer.Context) -> None:
    """The desk alone, over what is in the store."""
    import threading

    from crawler.app.service import on_signals
    from web.serve import desk

    stop = threading.Event()
    with open_workspace(context) as application, on_signals(stop), desk(application) as address:
        print_note(f"the desk is at {address} (Ctrl-C to stop)")
        stop.wait()


def _verify(context: typer.Context) -> None:
    """Check every capture, the archive's files, the audit log and its timestamps."""
    from crawler.app.sealing import verify

    with open_workspace(context) as application:
        verified = verify(application.config, application.store)
    for fault in verified.faults:
        print_line(fault)
    for note in verified.notes:
        print_note(note)
    print_note(
        f"{verified.captures} captures, {verified.sealed} sealed files, {verified.events} events "
        f"and {verified.timestamps} timestamps checked, {len(verified.faults)} faults"
    )
    raise typer.Exit(1 if verified.faults else 0)


def print_problems(problems: Sequence[Problem], usable: int, what: str) -> None:
    """Every problem on a line of its own, then the count; exits with 1 when there are any."""
    for problem in problems:
        print_line(str(problem))
    print_note(f"{usable} usable {what}, {len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


def _rules_check(context: typer.Context) -> None:
    """Every fault of every rule file, with its line."""
    with open_workspace(context) as application:
        found = application.load_rules()
        print_problems(found.problems, len(found.rules), "rules")


def _rules_try(
    context: typer.Context,
    rule: str = typer.Argument(..., help="The rule's name."),
    days: int = typer.Option(7, min=1, help="How far back to look."),
) -> None:
    """What a rule finds in the last days. Nothing is alerted or mailed."""
    from crawler.cli.tables import print_hits

    with open_workspace(context) as application:
        query = f"({application.rule(rule).query}) AND seen:[now-{days}d TO now]"
        print_hits(application.search(query, limit=100, sort="newest"))


def _rules_run(context: typer.Context) -> None:
    """Evaluate the rules over what changed, and empty the outbox."""
    with open_workspace(context) as application:
        application.process()
        evaluation = application.evaluate_rules()
        delivery = application.deliver_mail()
        for rule, alerts in evaluation.alerts.items():
            print_line(f"{rule}: {alerts} new matches")
        for where in delivery.sent:
            print_line(f"sent: {where}")
        for fault in (*evaluation.failed.values(), *delivery.failed):
            print_note(fault)
    raise typer.Exit(1 if evaluation.failed or delivery.failed else 0)


def _index_sync(context: typer.Context) -> None:
    """Bring the index up to the store."""
    with open_workspace(context) as application:
        print_line(f"{application.cluster_and_index()} posts indexed")


def _index_rebuild(context: typer.Context) -> None:
    """Empty the index and fill it again from the store."""
    from index.sync import rebuild

    with open_workspace(context) as application:
        print_line(f"{rebuild(application.index, application.store)} posts indexed")
