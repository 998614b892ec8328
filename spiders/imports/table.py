"""CSV of whatever tool: one post a row, its columns told by their names."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping

from crawler.types import ParsedPost
from spiders.imports import BadLine, Found, FoundPost, NotThisFormat
from spiders.imports.values import addresses, handle_of, moment_of, number_of

PLATFORM = "table"  #: where no column and nobody says another
#: What columns are called, by the field that they hold; the first that is there counts.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "message", "content", "post", "caption", "full_text", "description",
             "comment", "tweet", "title"),
    "id": ("id", "post_id", "item_id", "message_id", "tweet_id", "video_id", "shortcode"),
    "author": ("author_name", "author_full", "author_fullname", "display_name", "full_name",
               "nickname", "author", "name", "from", "sender"),
    "handle": ("author_handle", "handle", "username", "user_name", "screen_name", "user",
               "account", "author"),
    "time": ("posted_at", "unix_timestamp", "timestamp", "created_at", "create_time", "datetime",
             "date", "time", "published", "posted", "taken_at"),
    "url": ("url", "link", "permalink", "post_url", "tiktok_url", "address"),
    "media": ("media", "image_url", "images", "media_url", "video_url", "videos", "thumbnail_url",
              "attachment"),
    "platform": ("platform", "source_platform", "site", "network"),
    "views": ("views", "view_count", "plays", "impressions"),
    "reply_to": ("reply_to", "in_reply_to", "parent_id"),
}  # fmt: skip
_HEAD = 100_000  # bytes in which the first line is looked for
_MOST_RESTARTS = 200  # each one reads what is left from its beginning
csv.field_size_limit(16_000_000)


def reads(body: bytes) -> bool:
    """Whether the first line has columns, one of them a text."""
    _, header = next(_rows(body[:_HEAD]), (0, ""))
    try:
        return not isinstance(header, str) and bool(_columns(header, {}))
    except NotThisFormat:
        return False


def read(
    body: bytes, *, columns: Mapping[str, str] | None = None, platform: str = ""
) -> Iterator[Found]:
    """Every row, in order.

    Args:
        body: CSV in UTF-8, UTF-16 or, failing that, Windows-1252; comma, semicolon or tab.
        columns: field -> the name of its column, over what is told by the names.
        platform: of all rows; '' to take it from a column.

    Raises:
        NotThisFormat: no column holds the text, or one that is named is not there.
    """
    rows = _rows(body)
    _, header = next(rows, (0, "is empty"))
    if isinstance(header, str):
        raise NotThisFormat(header)
    where = _columns(header, columns or {})
    for line, row in rows:
        if isinstance(row, str):
            yield BadLine(line, row)
        elif any(cell.strip() for cell in row):
            yield _post(line, row, len(header), where, platform)


def _post(line: int, row: list[str], width: int, where: Mapping[str, int], platform: str) -> Found:
    if len(row) != width:
        return BadLine(line, f"has {len(row)} columns, and the first line {width}")
    values = {field: row[position].strip() for field, position in where.items()}
    text = values.get("text", "")
    if not text:
        return BadLine(line, "has no text")
    said = "\x1f".join(values.get(name, "") for name in ("url", "handle", "author", "time", "text"))
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    author = values.get("author")
    return FoundPost(
        platform or values.get("platform", "").lower() or PLATFORM,
        ParsedPost(
            site_id=values.get("id") or f"sha256:{digest}",
            text=text,
            url=values.get("url") or None,
            author=author or None,
            author_handle=handle_of(values.get("handle")),
            posted_at=moment_of(values.get("time")),
            posted_text=values.get("time") or None,
            views=number_of(values.get("views")),
            reply_to=values.get("reply_to") or None,
            media=addresses(values.get("media", "").replace(",", " ").split()),
        ),
    )


def _columns(header: list[str], named: Mapping[str, str]) -> dict[str, int]:
    """The position of the column of each field that has one."""
    names = [cell.strip().lower().replace(" ", "_") for cell in header]
    found: dict[str, int] = {}
    for field, known in COLUMNS.items():
        wanted = [named[field].strip().lower().replace(" ", "_")] if field in named else known
        position = next((names.index(name) for name in wanted if name in names), None)
        if position is not None:
            found[field] = position
        elif field in named:
            raise NotThisFormat(f"has no column {named[field]!r} (there are: {', '.join(header)})")
    if "text" not in found:
        there = ", ".join(header)[:300]
        raise NotThisFormat(f"has no column of texts (there are: {there}): give --map text=COLUMN")
    return found


def _rows(body: bytes) -> Iterator[tuple[int, list[str] | str]]:
    """Each row with the line where it begins; a sentence where a row cannot be read.

    A quotation mark that is never closed would swallow every row after it: then the line
    alone is given up.
    """
    text = _decoded(body)
    lines = io.StringIO(text, newline="").readlines()
    head = lines[0] if lines else ""
    delimiter = max(",;\t|", key=head.count)
    begin, restarts = 0, 0
    while begin < len(lines):
        reader = csv.reader(lines[begin:], delimiter=delimiter, strict=True)
        base, done = begin, 0
        try:
            for row in reader:
                yield base + done + 1, row
                done = reader.line_num
        except csv.Error as error:
            yield base + done + 1, f"is no row of CSV: {error}"
            begin = base + done + 1
            restarts += 1
        else:
            return
        if restarts > _MOST_RESTARTS:
            yield begin + 1, f"nothing more is read after {restarts} broken rows"
            return


def _decoded(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
