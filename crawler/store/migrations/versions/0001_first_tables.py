"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: SQLite counts only an INTEGER primary key by itself; PostgreSQL needs 64 bits said.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "captures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("warc_file", sa.Text(), nullable=False),
        sa.Column("warc_offset", sa.BigInteger(), nullable=False),
        sa.Column("rendered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
    )
    op.create_index(op.f("ix_captures_sha256"), "captures", ["sha256"], unique=False)
    op.create_index(op.f("ix_captures_source"), "captures", ["source"], unique=False)
    op.create_index(
        "ix_captures_warc_file_warc_offset_id",
        "captures",
        ["warc_file", "warc_offset", "id"],
        unique=False,
    )
    op.create_table(
        "changes",
        sa.Column("seq", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("post_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_kind_seq", "changes", ["kind", "seq"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_cursors")),
    )
    op.create_table(
        "edges",
        sa.Column("left_node", sa.Text(), nullable=False),
        sa.Column("right_node", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("left_node", "right_node", name=op.f("pk_edges")),
    )
    op.create_index("ix_edges_right_node", "edges", ["right_node"], unique=False)
    op.create_table(
        "events",
        sa.Column("seq", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("next_attempt", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_next_attempt", "outbox", ["next_attempt"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("advertiser", sa.Text(), nullable=True),
        sa.Column("nlp_version", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("source", "site_id", name=op.f("uq_posts_source_site_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posts_advertiser"), "posts", ["advertiser"], unique=False)
    op.create_index("ix_posts_nlp_version_id", "posts", ["nlp_version", "id"], unique=False)
    op.create_table(
        "rule_starts",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_rule_starts")),
    )
    op.create_table(
        "runs",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("posts_seen", sa.Integer(), nullable=False),
        sa.Column("posts_new", sa.Integer(), nullable=False),
        sa.Column("posts_changed", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_ended_at", "runs", ["ended_at"], unique=False)
    op.create_index("ix_runs_source_id", "runs", ["source", "id"], unique=False)
    op.create_table(
        "identifiers",
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("post_id", _ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_identifiers_post_id_posts")
        ),
        sa.PrimaryKeyConstraint("identifier", "post_id", name=op.f("pk_identifiers")),
    )
    op.create_index(op.f("ix_identifiers_post_id"), "identifiers", ["post_id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("post_id", _ID, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("author_handle", sa.Text(), nullable=True),
        sa.Column("posted_at", sa.BigInteger(), nullable=True),
        sa.Column("posted_text", sa.Text(), nullable=True),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("forwarded_from", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture"], ["captures.id"], name=op.f("fk_revisions_capture_captures")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_revisions_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_index(
        op.f("ix_revisions_author_handle"), "revisions", ["author_handle"], unique=False
    )
    op.create_index(op.f("ix_revisions_capture"), "revisions", ["capture"], unique=False)
    op.create_table(
        "adverts",
        sa.Column("post_id", _ID, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nlp_version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("mixture", sa.Text(), nullable=False),
        sa.Column("is_offer", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(precision=53), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("sub_kinds", sa.Text(), nullable=False),
        sa.Column("modes", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id", "revision"],
            ["revisions.post_id", "revisions.revision"],
            name=op.f("fk_adverts_post_id_revision_revisions"),
        ),
        sa.PrimaryKeyConstraint("post_id", "revision", name=op.f("pk_adverts")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("post_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("matched_at", sa.BigInteger(), nullable=False),
        sa.Column("mail_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox.id"], name=op.f("fk_alerts_mail_id_outbox")),
        sa.ForeignKeyConstraint(
            ["post_id", "revision"],
            ["revisions.post_id", "revisions.revision"],
            name=op.f("fk_alerts_post_id_revision_revisions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "rule", "post_id", "revision", name=op.f("uq_alerts_rule_post_id_revision")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_post_id", "alerts", ["post_id"], unique=False)


def downgrade() -> None:
    """Go back to the step before."""
    op.drop_index("ix_alerts_post_id", table_name="alerts")
    op.drop_table("alerts")
    op.drop_table("adverts")
    op.drop_index(op.f("ix_revisions_capture"), table_name="revisions")
    op.drop_index(op.f("ix_revisions_author_handle"), table_name="revisions")
    op.drop_table("revisions")
    op.drop_index(op.f("ix_identifiers_post_id"), table_name="identifiers")
    op.drop_table("identifiers")
    op.drop_index("ix_runs_source_id", table_name="runs")
    op.drop_index("ix_runs_ended_at", table_name="runs")
    op.drop_table("runs")
    op.drop_table("rule_starts")
    op.drop_index("ix_posts_nlp_version_id", table_name="posts")
    op.drop_index(op.f("ix_posts_advertiser"), table_name="posts")
    op.drop_table("posts")
    op.drop_index("ix_outbox_next_attempt", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("leases")
    op.drop_table("events")
    op.drop_index("ix_edges_right_node", table_name="edges")
    op.drop_table("edges")
    op.drop_table("cursors")
    op.drop_index("ix_changes_kind_seq", table_name="changes")
    op.drop_table("changes")
    op.drop_index("ix_captures_warc_file_warc_offset_id", table_name="captures")
    op.drop_index(op.f("ix_captures_source"), table_name="captures")
    op.drop_index(op.f("ix_captures_sha256"), table_name="captures")
    op.drop_table("captures")
