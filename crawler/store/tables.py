"""The tables of the store, for SQLite and PostgreSQL alike.

Times are whole microseconds since 1970 in UTC, so that they compare as numbers in both
databases. Lists of strings are JSON text. `migrations/` holds the same schema step by
step; a test keeps the two equal.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def clean(text: str) -> str:
    """The text with NULs and lone surrogates replaced by U+FFFD, one for one.

    PostgreSQL takes no NUL and neither database takes a lone surrogate. The number of
    code points stays, so offsets hold; the archive keeps the bytes as they came.
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


class CleanText(TypeDecorator[str]):
    """Text that came from outside and may hold what a database refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as both databases can keep it."""
        return None if value is None else clean(value)


class UtcTime(TypeDecorator[datetime]):
    """A time with a zone, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds since 1970.

        Raises:
            ValueError: the time says no zone, so what it means is not known.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value.isoformat()} has no zone: give it in UTC")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The time in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, kept as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """The JSON list."""
        if value is None:
            return None
        return "[]" if not value else clean(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """The strings, in order."""
        if value is None:
            return None
        return () if value == "[]" else tuple(json.loads(value))


#: SQLite counts only an INTEGER primary key by itself; PostgreSQL needs 64 bits said.
Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

captures = Table(
    "captures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", CleanText, nullable=False),
    Column("source", Text, nullable=False, index=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("captured_at", UtcTime, nullable=False),
    Column("collector", CleanText, nullable=False),
    Column("warc_file", CleanText, nullable=False),
    Column("warc_offset", BigInteger, nullable=False),
    Column("rendered", Boolean, nullable=False),
)
Index(
    "ix_captures_warc_file_warc_offset_id",
    captures.c.warc_file,
    captures.c.warc_offset,
    captures.c.id,
)

posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("site_id", CleanText, nullable=False),
    Column("revision", Integer, nullable=False),  # the current one
    Column("views", BigInteger),  # the latest count; a revision keeps its first
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("advertiser", Text, index=True),
    # The pipeline that analysed the current revision; null until one has.
    Column("nlp_version", Text),
    UniqueConstraint("source", "site_id"),
    # An id must never be given out again, not even after an erasure: audits name it.
    sqlite_autoincrement=True,
)
Index("ix_posts_nlp_version_id", posts.c.nlp_version, posts.c.id)
Index("ix_posts_source_last_seen", posts.c.source, posts.c.last_seen)

revisions = Table(
    "revisions",
    metadata,
    Column("post_id", Id, ForeignKey("posts.id"), primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("text", CleanText, nullable=False),
    Column("url", CleanText),
    Column("author", CleanText),
    Column("author_handle", CleanText, index=True),
    Column("posted_at", UtcTime),
    Column("posted_text", CleanText),
    Column("edited", Boolean, nullable=False),
    Column("views", BigInteger),
    Column("forwarded_from", CleanText),
    Column("reply_to", CleanText),
    Column("quoted", Strings, nullable=False),
    Column("media", Strings, nullable=False),
    Column("links", Strings, nullable=False),
    Column("capture", Text, ForeignKey("captures.id"), index=True),
    Column("seen_at", UtcTime, nullable=False),
    Column("languages", Strings, nullable=False),
    Column("regions", Strings, nullable=False),
)

adverts = Table(
    "adverts",
    metadata,
    Column("post_id", Id, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("nlp_version", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("script", Text, nullable=False),
    Column("mixture", Strings, nullable=False),
    Column("is_offer", Boolean, nullable=False),
    Column("probability", Float(53), nullable=False),
    Column("area", Text),
    Column("sub_kinds", Strings, nullable=False),
    Column("modes", Strings, nullable=False),
    Column("direction", Text),
    Column("summary", CleanText, nullable=False),
    Column("mentions", CleanText, nullable=False),  # JSON of `codec.py`
    Column("reasons", CleanText, nullable=False),  # JSON of `codec.py`
    Column("embedding", LargeBinary),
    ForeignKeyConstraint(["post_id", "revision"], ["revisions.post_id", "revisions.revision"]),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("post_id", Id, nullable=False),
    # A sequence number that came twice would hide a change from a consumer.
    sqlite_autoincrement=True,
)
Index("ix_changes_kind_seq", changes.c.kind, changes.c.seq)

cursors = Table(
    "cursors",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

edges = Table(
    "edges",
    metadata,
    # "left" and "right" are words of SQL.
    Column("left_node", CleanText, primary_key=True),
    Column("right_node", CleanText, primary_key=True),
    Column("score", Float(53), nullable=False),
    Column("same", Boolean, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", UtcTime),
    Column("reasons", CleanText, nullable=False),  # JSON of `codec.py`
)
Index("ix_edges_right_node", edges.c.right_node)

identifiers = Table(
    "identifiers",
    metadata,
    Column("identifier", CleanText, primary_key=True),
    Column(
        "post_id", Id, ForeignKey("posts.id"), primary_key=True, autoincrement=False, index=True
    ),
)

rule_starts = Table(
    "rule_starts",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("started_at", UtcTime, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("rule", Text, nullable=False),
    Column("recipients", Strings, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("html", CleanText, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", CleanText, nullable=False),
    Column("next_attempt", UtcTime),  # null once sent
    Column("sent_at", UtcTime),
    Column("sent_to", CleanText),  # where the mailer says it went
    sqlite_autoincrement=True,
)
Index("ix_outbox_next_attempt", outbox.c.next_attempt)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("rule", Text, nullable=False),
    Column("post_id", Id, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("matched_at", UtcTime, nullable=False),
    Column("mail_id", Id, ForeignKey("outbox.id")),
    UniqueConstraint("rule", "post_id", "revision"),
    ForeignKeyConstraint(["post_id", "revision"], ["revisions.post_id", "revisions.revision"]),
    sqlite_autoincrement=True,
)
Index("ix_alerts_post_id", alerts.c.post_id)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", Text),
    Column("detail", CleanText, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("posts_seen", Integer, nullable=False),
    Column("posts_new", Integer, nullable=False),
    Column("posts_changed", Integer, nullable=False),
    Column("failures", CleanText, nullable=False),  # JSON: [[outcome, url, detail], …]
    # Null in runs that were written before these were counted.
    Column("complete", Boolean),
    Column("posts_removed", Integer),
    Column("ids_expected", BigInteger),
    Column("ids_seen", BigInteger),
    sqlite_autoincrement=True,
)
Index("ix_runs_source_id", runs.c.source, runs.c.id)
Index("ix_runs_ended_at", runs.c.ended_at)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("source", Text, primary_key=True),
    Column("url", CleanText, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("since", UtcTime),
    Column("faulty", Boolean, nullable=False),
)

frontier = Table(
    "frontier",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("url", CleanText, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("done", Boolean, nullable=False),
    UniqueConstraint("source", "url"),
)

source_states = Table(
    "source_states",
    metadata,
    Column("source", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("whole_at", UtcTime),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("last_at", UtcTime),  # when it was asked last
    Column("next_at", UtcTime, nullable=False),  # before this nobody asks it again
)

events = Table(
    "events",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=False),  # 1, 2, 3 … without a gap
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("user_name", CleanText, nullable=False),
    Column("object", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("hash", Text, nullable=False),
)
