"""Commands that keep single things as evidence: capture, import, export-wacz."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crawler.cli.opening import open_workspace, print_line, print_note, read_config
from crawler.cli.parsing import post_row, show_post

if TYPE_CHECKING:
    from crawler.app.one_page import Captured
    from crawler.app.wiring import App
    from crawler.types import Capture
    from spiders.imports.formats import Format
    from spiders.source import Source

PURPOSE = typer.Option("", "--purpose", help="What for. [default: capture.purpose]")
AUTHORITY = typer.Option("", "--authority", help="Who allowed it. [default: capture.authority]")
SOURCE = typer.Option(
    "", "--source", help="The source to keep it under; one of sources/ lends its hints too."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("capture")(_capture)
    app.command("import")(_import)
    app.command("export-wacz")(_export)


def _capture(
    context: typer.Context,
    url: str = typer.Argument(..., metavar="URL", help="A public page."),
    rendered: bool = typer.Option(
        False, "--rendered", help="Open it in Chromium, and keep a screenshot of all of it."
    ),
    purpose: str = PURPOSE,
    authority: str = AUTHORITY,
    legal_basis: str = typer.Option("", help="The law it stands on. [default: the source's]"),
    reviewer: str = typer.Option("", help="Who reviews the authority. [default: the source's]"),
    review_date: str = typer.Option(
        "", help="The last day without a new review: 2027-01-31. [default: the source's, or today]"
    ),
    source: str = SOURCE,
    platform: str = typer.Option("", "--platform", help="[default: told from the page]"),
    wacz: Path | None = typer.Option(None, "--wacz", help="Write it into a WACZ file too."),
    json_: bool = typer.Option(False, "--json", help="One JSON object a post."),
) -> None:
    """Keep one page now, with evidence. Exit code 1 when it did not give what it should."""
    from crawler.app.one_page import CAPTURED, address_source, capture_page, why
    from crawler.app.wiring import utc_now

    config = read_config(context)
    with open_workspace(context) as application:
        lender = named_source(application, source)
        reason = why(config, purpose, authority, lender)
        said = {"legal_basis": legal_basis, "reviewer": reviewer, "review_date": review_date}
        given = {name: value.strip() for name, value in said.items() if value.strip()}
        wanted = address_source(
            url, reason, day=utc_now(), rendered=rendered, platform=platform, authority=given
        )
        if lender is not None:
            hints = (
                "regions", "languages", "time_zone", "review_date", "person",
                "legal_basis", "reviewer", "surveillance_authority",
            )  # fmt: skip
            lent = {name: getattr(lender, name) for name in hints if name not in given}
            wanted = wanted.model_copy(update=lent)
        found = capture_page(
            config,
            application.store,
            wanted,
            name=source or CAPTURED,
            platform=platform,
            clock=utc_now,
        )
        if wacz is not None and found.capture is not None:
            export_capture(application, found.capture, wacz, reason=str(reason))
    print_captured(found, json_=json_)


def named_source(application: App, name: str) -> Source | None:
    """The workspace's source of that name; None when it is only a name.

    Raises:
        ConfigError: the name cannot be one.
    """
    from crawler.errors import ConfigError
    from spiders.source import is_name

    if name and not is_name(name):
        raise ConfigError.one("--source", f"{name!r} must be lower-case letters, digits, - and _")
    return application.load_sources().find(name) if name else None


def print_captured(found: Captured, *, json_: bool = False) -> None:
    """What became of a page, post by post; exits with 1 when it failed."""
    from crawler.types import Outcome

    print_note(f"{found.platform}: {found.outcome.value}" + (found.detail and f": {found.detail}"))
    for post, status in zip(found.posts, found.statuses, strict=True):
        if json_:
            row = {**post_row(post), "status": status.value}
            print_line(json.dumps(row, ensure_ascii=False))
        else:
            print_line(f"{status.value}: {show_post(post)}")
    if found.capture is not None:
        kept = found.capture
        print_note(f"capture {kept.id}\nSHA-256 {kept.sha256}, {kept.captured_at.isoformat()}")
        if kept.warc_file != "memory":
            print_note(f"{kept.warc_file} at {kept.warc_offset}")
    if found.page is not None and found.page.screenshot is not None:
        print_note(f"screenshot: {len(found.page.screenshot)} bytes")
    raise typer.Exit(0 if found.outcome in {Outcome.OK, Outcome.EMPTY} else 1)


def _import(
    context: typer.Context,
    file: Path = typer.Argument(
        ..., metavar="FILE", help="Zeeschuimer NDJSON, Telegram JSON, WARC, WACZ, HTML or CSV."
    ),
    format_: str = typer.Option("", "--format", help="[default: told from the file]"),
    url: str = typer.Option("", "--url", help="Of a saved page: its address."),
    captured: str = typer.Option("", "--captured", help="Of a saved page: when. ISO 8601."),
    columns: list[str] = typer.Option(
        [], "--map", metavar="FIELD=COLUMN", help="Of a CSV: text=body, time=posted …"
    ),
    platform: str = typer.Option("", "--platform", help="[default: told from the file]"),
    purpose: str = PURPOSE,
    authority: str = AUTHORITY,
    source: str = SOURCE,
) -> None:
    """Take in what was captured elsewhere. Exit code 1 when something could not be read."""
    from crawler.app.importing import IMPORTED, ImportOptions, import_file
    from crawler.app.one_page import why
    from crawler.app.wiring import utc_now
    from crawler.cli.parsing import read_moment

    options = ImportOptions(
        format=_format(format_),
        platform=platform.strip().lower(),
        url=url,
        captured=read_moment(captured),
        columns=_columns(columns),
    )
    with open_workspace(context) as application:
        lender = named_source(application, source)
        imported = import_file(
            application.config,
            application.store,
            file,
            reason=why(application.config, purpose, authority, lender),
            name=source or IMPORTED,
            options=options,
            clock=utc_now,
            languages=lender.languages if lender else (),
            regions=lender.regions if lender else (),
        )
    for bad in imported.bad:
        print_note(f"{file}: {bad}")
    counts = {status.value: count for status, count in imported.statuses.items()}
    told = ", ".join(f"{counts.get(one, 0)} {one}" for one in ("new", "changed", "same"))
    of = ", ".join(f"{count} of {name}" for name, count in imported.platforms.items())
    print_line(f"{imported.format}: {sum(counts.values())} posts ({told})" + (of and f": {of}"))
    if imported.pages:
        print_line(f"{imported.pages} pages")
    kept = imported.capture
    print_note(f"{file.name} is kept in {kept.warc_file} at {kept.warc_offset}")
    print_note(f"SHA-256 {kept.sha256}; {len(imported.bad)} could not be read")
    raise typer.Exit(1 if imported.bad else 0)


def _format(name: str) -> Format | None:
    from crawler.errors import ConfigError
    from spiders.imports.formats import FORMATS

    found = next((one for one in FORMATS if one == name.strip().lower()), None)
    if name and found is None:
        raise ConfigError.one("--format", f"{name!r} is none of {', '.join(FORMATS)}")
    return found


def _columns(given: list[str]) -> dict[str, str]:
    from crawler.errors import ConfigError
    from spiders.imports.table import COLUMNS

    columns = {}
    for one in given:
        field, separator, column = one.partition("=")
        if not separator or field not in COLUMNS or not column:
            known = ", ".join(COLUMNS)
            raise ConfigError.one("--map", f"{one!r} must be FIELD=COLUMN (fields: {known})")
        columns[field] = column
    return columns


def _export(
    context: typer.Context,
    capture: str = typer.Argument(..., metavar="CAPTURE", help="Its id, or how that begins."),
    out: Path = typer.Option(..., "--out", help="The file to write, NAME.wacz."),
    reason: str = typer.Option(..., "--reason", help="Why; goes into the audit log."),
) -> None:
    """Write one capture as a WACZ file, which replayweb.page opens."""
    with open_workspace(context) as application:
        export_capture(application, find_capture(application, capture), out, reason=reason)


def find_capture(application: App, wanted: str) -> Capture:
    """The capture whose id begins so.

    Raises:
        ConfigError: there is none, or more than one.
    """
    from crawler.errors import ConfigError

    begins = wanted.strip().lower().removeprefix("urn:uuid:")
    found = application.store.get_capture(f"urn:uuid:{begins}")
    if found is not None:
        return found
    captures = application.store.iter_captures()
    those = [one for one in captures if one.id.removeprefix("urn:uuid:").startswith(begins)]
    if len(those) != 1 or not begins:
        raise ConfigError.one("CAPTURE", f"{len(those)} captures have an id that begins so")
    return those[0]


def export_capture(application: App, capture: Capture, out: Path, *, reason: str) -> None:
    """Write a capture as a WACZ file, and note that it was handed out.

    Raises:
        ConfigError: the file is there already, or is not called .wacz.
        ArchiveError: the capture cannot be read, or the file not be written.
    """
    from crawler.archive.wacz import write_wacz
    from crawler.errors import ConfigError

    if out.suffix != ".wacz" or out.exists():
        fault = "is there already" if out.exists() else "must be called NAME.wacz"
        raise ConfigError.one(out, fault)
    folder = application.config.path(application.config.archive)
    write_wacz(folder, capture, out, title=capture.url, now=application.clock())
    application.store.log_event(
        "disclosure",
        user=application.user,
        object=f"wacz:{capture.id}",
        reason=f"{reason} ({out.name})",
        at=application.clock(),
    )
    print_note(f"wrote {out}")
