"""Commands that read and find adverts: analyse, search, advertisers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from crawler.cli.opening import open_workspace, print_line, print_note
from crawler.errors import ConfigError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("analyse")(_analyse)
    app.command("search")(_search)
    app.command("export")(_export)
    advertisers = typer.Typer(
        invoke_without_command=True, help="Who wrote what: adverts by the same hand."
    )
    advertisers.callback()(_advertisers)
    advertisers.command("assign")(_assign)
    advertisers.command("show")(_show)
    app.add_typer(advertisers, name="advertisers")


def _analyse(
    context: typer.Context,
    jsonl: bool = typer.Option(
        False, "--jsonl", help="Read posts from standard input, one JSON object a line."
    ),
    stale: bool = typer.Option(False, "--stale", help="Also what an older pipeline analysed."),
) -> None:
    """Analyse what was collected and not read yet, then cluster and index it."""
    if jsonl:
        from nlp.jsonl import analyse_lines
        from nlp.pipeline import Analyser

        for line in analyse_lines(_input_lines(), Analyser()):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        return
    with open_workspace(context) as application:
        done = application.process(
            stale=stale, progress=lambda posts: print_note(f"{posts} posts analysed")
        )
        print_line(f"{done.analysed} posts analysed, {done.offers} offers, {done.indexed} indexed")


def _input_lines() -> Iterator[str]:
    """Lines of standard input; bytes that are not UTF-8 become U+FFFD, not a crash."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def _search(
    context: typer.Context,
    query: str = typer.Argument("", help="Lucene syntax: 'to:GB mode:sea price:[1000 TO 3000]'."),
    like: int = typer.Option(None, min=1, help="More like this: the number of a post."),
    limit: int = typer.Option(20, min=1, max=1000, help="How many hits to show."),
    sort: str = typer.Option(
        "relevance", help="relevance, newest, oldest, cheapest_gbp or dearest_gbp (any currency)."
    ),
    after: str = typer.Option("", help="The cursor that an earlier search ended with."),
    json_: bool = typer.Option(False, "--json", help="One JSON object a line."),
    histogram: str = typer.Option("", help="Count the posts by day, week or month instead."),
    explain: bool = typer.Option(
        False, "--explain", help="Show what the query means and what the index is asked."
    ),
) -> None:
    """Find adverts."""
    from crawler.cli.tables import hit_to_json, print_hits

    if like:
        query = f"like:{like} AND ({query})" if query.strip() else f"like:{like}"
    with open_workspace(context) as application:
        if explain:
            from crawler.hostile import visible
            from index.explain import explain as explain_query

            for line in explain_query(application.parse_query(query)).splitlines():
                print_line(visible(line))
            return
        if histogram:
            counted = application.histogram(query, histogram)
            most = max((posts for _, posts in counted), default=1)
            for day, posts in counted:
                print_line(f"{day}  {posts:>7}  {'#' * -(-40 * posts // most)}")
            return
        result = application.search(query, limit=limit, sort=sort, after=after or None)
        if json_:
            for hit in result.hits:
                print_line(hit_to_json(hit))
        else:
            print_hits(result)
        if result.after:
            print_note(f"more: --after {result.after}")


def _export(
    context: typer.Context,
    query: str = typer.Argument("", help="As for search; nothing: every post."),
    output: Path = typer.Option(..., "--output", "-o", help="The file to write."),
    format_: str = typer.Option("", "--format", help="csv or json; else by the file's ending."),
) -> None:
    """Write every post that a query finds to a file, newest first, without a cap."""
    from crawler.app.exporting import FORMATS, export

    kind = format_ or output.suffix.removeprefix(".").removesuffix("l").lower()
    if kind not in FORMATS:
        raise ConfigError.one(output, f"is of no known format: use {' or '.join(FORMATS)}")
    with open_workspace(context) as application:
        hits = application.iter_hits(query)
        part = output.with_name(f"{output.name}.part")
        try:
            # With a mark at its head, Excel reads a CSV file as UTF-8.
            encoding = "utf-8-sig" if kind == "csv" else "utf-8"
            with part.open("w", encoding=encoding, errors="replace", newline="") as out:
                done = export(hits, out, kind)
            part.replace(output)
        except OSError as error:
            raise ConfigError.one(output, f"cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        application.log_export(query, str(output), done)
        print_line(f"{done} posts written to {output}")


def _advertisers(
    context: typer.Context,
    jsonl: bool = typer.Option(
        False, "--jsonl", help="Read posts from standard input, one JSON object a line."
    ),
    minimum: int = typer.Option(2, min=1, help="List those with at least so many adverts."),
    json_: bool = typer.Option(False, "--json", help="One JSON object a line."),
) -> None:
    """List the advertisers, those with the most adverts first."""
    if context.invoked_subcommand:
        return
    if jsonl:
        from index.advertisers.jsonl import assign_lines
        from nlp.pipeline import READERS, Analyser

        # Every line is clustered whatever it is, so the costly judgement is left out.
        analyser = Analyser(READERS)
        for line in assign_lines(_input_lines(), analyser.analyse):
            sys.stdout.write(line + "\n")
        return
    with open_workspace(context) as application:
        found = application.store.list_advertisers(minimum=minimum)
        for advertiser in found:
            if json_:
                row = {"id": advertiser.id, "name": advertiser.name, "posts": advertiser.posts}
                print_line(json.dumps(row, ensure_ascii=False))
            else:
                print_line(
                    f"{advertiser.id:<12} {len(advertiser.posts):>5} adverts  {advertiser.name}"
                )
        print_note(f"{len(found)} advertisers with at least {minimum} adverts")


def _assign(context: typer.Context) -> None:
    """Assign what changed to advertisers."""
    with open_workspace(context) as application:
        application.cluster_and_index()
        print_line(f"{application.store.counts().advertisers} advertisers")


def _show(
    context: typer.Context,
    id_: str = typer.Argument(..., metavar="ID", help="The advertiser's id."),
) -> None:
    """One advertiser: its adverts, and why they are thought to be by one hand."""
    from crawler.hostile import isolated, visible

    with open_workspace(context) as application:
        advertiser = application.store.get_advertiser(id_)
        if advertiser is None:
            raise ConfigError.one(application.config.workspace, f"there is no advertiser {id_!r}")
        print_line(f"{advertiser.id}  {advertiser.name}  {len(advertiser.posts)} adverts")
        for item in application.store.get_analysed(advertiser.posts):
            text = " ".join(item.post.text.split())
            print_line(f"  {item.post.id:>6}  {visible(item.advert.summary)}")
            print_line(f"          {isolated(text[:160])}")
        nodes = [f"post:{post_id}" for post_id in advertiser.posts]
        for edge in application.store.edges_of(nodes):
            for reason in edge.reasons:
                print_line(
                    f"  {edge.left} – {edge.right}: {edge.score:.2f}: {reason.feature}: "
                    f"{visible(reason.left)} / {visible(reason.right)}"
                )
