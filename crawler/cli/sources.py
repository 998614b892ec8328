"""Commands on the sources: what is collected, and how it goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from crawler.cli.collect import completeness
from crawler.cli.opening import open_workspace, print_line, print_note
from crawler.cli.upkeep import print_problems

if TYPE_CHECKING:
    from crawler.health import SourceHealth
    from crawler.types import Candidate, Run
    from spiders.source import Source

_JSON = typer.Option(False, "--json", help="One JSON object a line.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    sources = typer.Typer(no_args_is_help=True, help="What is collected.")
    sources.command("check")(_check)
    sources.command("list")(_list)
    sources.command("health")(_health)
    sources.command("try")(_try)
    sources.command("reset")(_reset)
    sources.command("candidates")(_candidates)
    sources.command("accept")(_accept)
    sources.command("dismiss")(_dismiss)
    app.add_typer(sources, name="sources")


def _check(context: typer.Context) -> None:
    """Every fault of every source file, with its line."""
    with open_workspace(context) as application:
        found = application.load_sources()
        lacking = [source.name for source in found.sources if source.lacking_authority()]
        if lacking:
            print_note(f"without legal_basis or reviewer: {', '.join(lacking)}")
        print_problems(found.problems, len(found.sources), "sources")


def _list(context: typer.Context, json_: bool = _JSON) -> None:
    """The sources, how each one's last run ended, and whether it is well."""
    from crawler.app.watching import look_at_sources
    from crawler.cli.tables import print_table

    with open_workspace(context) as application:
        found = application.load_sources()
        health = {one.source: one for one in look_at_sources(application)}
        runs = application.store.last_runs()
    rows = [
        _source_row(source, health[source.name]) | _pass_row(runs.get(source.name))
        for source in found.sources
    ]
    if json_:
        for row in rows:
            print_line(json.dumps(row, ensure_ascii=False))
    else:
        shown = {
            "name": "name",
            "state": "state",
            "platform": "platform",
            "schedule": "schedule",
            "last_run": "last run",
            "outcome": "outcome",
            "posts_seen": "posts",
            "seen": "seen",
            "url": "address",
        }
        print_table([*shown.values()], [[_shown(row[key]) for key in shown] for row in rows])
    if found.problems:
        print_note(f"{len(found.problems)} problems: see foreland sources check")


def _source_row(source: Source, health: SourceHealth) -> dict[str, Any]:
    run = health.last_run
    return {
        "name": source.name,
        "state": health.state,
        "platform": source.platform,
        "url": source.url,
        "schedule": source.schedule,
        "purpose": source.purpose,
        "authority": source.authority,
        "review_date": source.review_date.isoformat(),
        "last_run": run.started_at.isoformat(timespec="seconds") if run else None,
        "outcome": str(run.outcome) if run and run.outcome else None,
        "posts_seen": run.posts_seen if run else None,
    }


def _pass_row(run: Run | None) -> dict[str, Any]:
    return {
        "complete": run.complete if run else None,
        "posts_removed": run.posts_removed if run else None,
        "ids_expected": run.ids_expected if run else None,
        "ids_seen": run.ids_seen if run else None,
        "seen": completeness(run),
    }


def _health(context: typer.Context, json_: bool = _JSON) -> None:
    """Yield and fields of each source against what is usual. Exit code 1 when one has alarms."""
    from crawler.app.watching import look_at_sources

    with open_workspace(context) as application:
        looked = look_at_sources(application)
        runs = application.store.last_runs()
    for health in looked:
        run = runs.get(health.source)
        if json_:
            row = _health_row(health) | _pass_row(run)
            print_line(json.dumps(row, ensure_ascii=False))
        else:
            _print_health(health, completeness(run))
    raise typer.Exit(1 if any(health.alarms for health in looked) else 0)


def _reset(
    context: typer.Context,
    name: str = typer.Argument(metavar="SOURCE", help="Whose alarms about levels are to end."),
    reason: str = typer.Option(..., help="Goes into the audit log."),
) -> None:
    """Take what a source yields from now on as usual, when it has changed for good."""
    from crawler.app.watching import reset_source

    with open_workspace(context) as application:
        reset_source(application, name, reason=reason, user=application.user)
    print_line(f"{name}: what is usual begins anew")


def _health_row(health: SourceHealth) -> dict[str, Any]:
    run, when = health.last_run, health.last_success
    return {
        "source": health.source,
        "state": health.state,
        "last_run": run.started_at.isoformat(timespec="seconds") if run else None,
        "outcome": str(run.outcome) if run and run.outcome else None,
        "last_success": when.isoformat(timespec="seconds") if when else None,
        "trend": health.trend,
        "levels": {
            level.name: {"value": round(level.value, 4), "usual": level.usual, "low": level.low}
            for level in health.levels
        },
        "alarms": [
            {"kind": alarm.kind, "field": alarm.field or None, "detail": alarm.detail}
            for alarm in health.alarms
        ],
    }


def _print_health(health: SourceHealth, seen: str | None) -> None:
    run, when = health.last_run, health.last_success
    ended = f"{run.outcome or 'running'}, {run.posts_seen} posts" if run else "no run yet"
    if seen:
        ended += f", seen {seen}"
    success = when.strftime("%Y-%m-%d %H:%M UTC") if when else "never"
    line = f"{health.source}: {health.state}: {ended}; last success {success}"
    if health.trend != "unknown":
        line += f"; {health.trend}"
    print_line(line)
    levels = [
        f"{name} {_amount(name, level.value)} (usual {_amount(name, level.usual)})"
        for level in health.levels
        if (name := level.name) and level.usual is not None
    ]
    if levels:
        print_line("  " + ", ".join(levels))
    for alarm in health.alarms:
        print_line(f"  ALARM {alarm.kind}: {alarm.detail}")


def _amount(name: str, value: float) -> str:
    return f"{value:g}" if name == "posts" else f"{value:.0%}"


def _shown(value: object) -> str:
    return "–" if value is None else str(value)


def _candidates(
    context: typer.Context,
    json_: bool = _JSON,
    all_: bool = typer.Option(False, "--all", help="Those that were decided about, too."),
) -> None:
    """Channels, groups and sites that offers name, those most named first."""
    from crawler.app.candidates import open_candidates
    from crawler.cli.tables import print_table

    with open_workspace(context) as application:
        found = application.store.list_candidates() if all_ else open_candidates(application)
        application.log_look("candidates")
    if json_:
        for one in found:
            print_line(json.dumps(_candidate_row(one), ensure_ascii=False))
        return
    headings = ["candidate", "kind", "status", "offers", "advertisers", "first seen", "last seen"]
    rows = [
        [
            one.key,
            one.kind,
            one.status,
            str(len(one.posts)),
            str(len(one.advertisers)),
            one.first_seen.strftime("%Y-%m-%d") if one.first_seen else "–",
            one.last_seen.strftime("%Y-%m-%d") if one.last_seen else "–",
            ", ".join(str(post) for post in one.posts[:5]),
        ]
        for one in found
    ]
    print_table([*headings, "posts"], rows)


def _candidate_row(one: Candidate) -> dict[str, Any]:
    return {
        "candidate": one.key,
        "kind": one.kind,
        "url": one.url,
        "status": one.status,
        "count": len(one.posts),
        "posts": list(one.posts),
        "advertisers": list(one.advertisers),
        "first_seen": one.first_seen.isoformat() if one.first_seen else None,
        "last_seen": one.last_seen.isoformat() if one.last_seen else None,
        "source": one.source,
        "decided_by": one.decided_by or None,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "reason": one.reason or None,
    }


def _accept(
    context: typer.Context,
    candidate: str = typer.Argument(metavar="CANDIDATE", help="As listed, or its address."),
    purpose: str = typer.Option(..., help="What it is collected for."),
    authority: str = typer.Option(..., help="The reference of who allowed it."),
    review_date: str = typer.Option(..., help="The last day without a new review: 2027-01-31."),
    legal_basis: str = typer.Option("", help="The law that the collection stands on."),
    reviewer: str = typer.Option("", help="Who reviews the authority."),
    schedule: str = typer.Option("", help="A cron line. [default: only when asked]"),
    name: str = typer.Option("", help="Of the source. [default: made from the candidate]"),
    platform: str = typer.Option("", help="Whose parser reads it. [default: from the address]"),
    url: str = typer.Option("", help="The first page. [default: where it was seen]"),
) -> None:
    """Write the source that a candidate becomes."""
    from crawler.app.candidates import accept_candidate

    given = {
        "purpose": purpose,
        "authority": authority,
        "legal_basis": legal_basis,
        "reviewer": reviewer,
        "review_date": review_date,
        "schedule": schedule,
        "name": name,
        "platform": platform,
        "url": url,
    }
    with open_workspace(context) as application:
        required = ("purpose", "authority", "review_date")
        kept = {key: value for key, value in given.items() if value or key in required}
        path = accept_candidate(application, candidate, kept, user=application.user)
    print_line(f"wrote {path}")
    print_note("next: foreland sources check, then foreland crawl")


def _dismiss(
    context: typer.Context,
    candidate: str = typer.Argument(metavar="CANDIDATE", help="As listed, or its address."),
    reason: str = typer.Option(..., help="Goes into the audit log."),
) -> None:
    """Note that a candidate is not to be collected, however often it is seen again."""
    from crawler.app.candidates import dismiss_candidate

    with open_workspace(context) as application:
        found = dismiss_candidate(application, candidate, reason=reason, user=application.user)
    print_line(f"dismissed {found.key}")


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
