"""The tables of what is watched over: sources' health, candidates, visits to persons."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text

from crawler.store.tables import CleanText, Id, UtcTime, metadata

run_fields = Table(
    "run_fields",
    metadata,
    Column("run_id", Id, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    Column("posts", Integer, nullable=False),
)

episodes = Table(
    "episodes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("field", Text, nullable=False),  # '' unless the kind is 'field'
    Column("detail", CleanText, nullable=False),
    Column("baseline", Float(53)),
    Column("value", Float(53)),
    Column("opened_at", UtcTime, nullable=False),
    Column("cleared_at", UtcTime),  # null while it lasts
    Column("mail_id", Id, ForeignKey("outbox.id")),
)
Index("ix_episodes_cleared_at", episodes.c.cleared_at)

candidates = Table(
    "candidates",
    metadata,
    Column("key", CleanText, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("url", CleanText, nullable=False),
    Column("status", Text, nullable=False),
    Column("source", Text),  # the source it became
    Column("decided_by", CleanText, nullable=False),
    Column("decided_at", UtcTime),
    Column("reason", CleanText, nullable=False),
)

sightings = Table(
    "sightings",
    metadata,
    Column("key", CleanText, ForeignKey("candidates.key"), primary_key=True),
    Column(
        "post_id", Id, ForeignKey("posts.id"), primary_key=True, autoincrement=False, index=True
    ),
    Column("seen_at", UtcTime, nullable=False),  # when the post was posted, or else first seen
)

visits = Table(
    "visits",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("account", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("how", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
Index("ix_visits_account_at", visits.c.account, visits.c.at)
