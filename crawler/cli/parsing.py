"""The command that shows what a parser makes of a saved page: parse."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crawler.cli.opening import print_line, print_note
from crawler.errors import ConfigError

if TYPE_CHECKING:
    from crawler.types import Parsed, ParsedPost


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parse")(_parse)


def _parse(
    file: Path = typer.Argument(..., metavar="FILE", help="The page as it was saved."),
    url: str = typer.Option(..., "--url", help="The address it was saved from."),
    platform: str = typer.Option("", "--platform", help="[default: told from the page]"),
    captured: str = typer.Option(
        "", "--captured", help="When it was saved, ISO 8601. [default: the time of the file]"
    ),
    json_: bool = typer.Option(False, "--json", help="One JSON object a post."),
    links: bool = typer.Option(
        False, "--links", help="The next page and the links too; with --json in a last line."
    ),
) -> None:
    """Show what a parser makes of a saved page. Exit code 1 when it is not what it should be."""
    from crawler.app.parsing import load_page, parse_saved
    from crawler.types import Outcome

    page = load_page(file, url=url, captured=read_moment(captured))
    name, parsed = parse_saved(page, platform or None)
    print_note(f"{name}: {parsed.outcome.value}: {parsed.detail or _count(parsed)}")
    for post in parsed.posts:
        print_line(json.dumps(post_row(post), ensure_ascii=False) if json_ else show_post(post))
    if links:
        following = parsed.next_pages[0] if parsed.next_pages else None
        if json_:
            row = {"next": following, "links": parsed.links}
            print_line(json.dumps(row, ensure_ascii=False))
        else:
            print_line(f"next: {following or '–'}")
            for link in parsed.links:
                print_line(f"link: {link}")
    raise typer.Exit(0 if parsed.outcome is Outcome.OK else 1)


def read_moment(captured: str) -> datetime | None:
    """The time of an option; None when it was not given."""
    if not captured:
        return None
    try:
        moment = datetime.fromisoformat(captured)
    except ValueError:
        message = f"{captured!r} is not a time: write it as 2026-11-28T21:30:00+00:00"
        raise ConfigError.one("--captured", message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def post_row(post: ParsedPost) -> dict[str, object]:
    """A post as one JSON object of a listing."""
    return {
        "id": post.site_id,
        "author": post.author,
        "author_handle": post.author_handle,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
        "posted_text": post.posted_text,
        "text": post.text,
        "quoted": post.quoted,
        "reply_to": post.reply_to,
        "media": post.media,
    }


def show_post(post: ParsedPost) -> str:
    """A post as a person reads it: who and when, what is quoted, the text."""
    from crawler.hostile import visible

    when = "no time"
    if post.posted_at:
        when = post.posted_at.isoformat()
    elif post.posted_text:
        when = f"time not read: {post.posted_text}"
    head = visible(f"{post.site_id} · {post.author or 'no author'} · {when}")
    quoted = "".join(f"\n> {line}" for text in post.quoted for line in text.splitlines())
    return f"{head}{visible(quoted)}\n{visible(post.text)}\n"


def _count(parsed: Parsed) -> str:
    return f"{len(parsed.posts)} posts, {len(parsed.links)} links"
