"""What is watched over: the health of sources, candidates, visits to persons."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: SQLite counts only an INTEGER primary key by itself; PostgreSQL needs 64 bits said.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this step."""
    op.create_table(
        "candidates",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_candidates")),
    )
    op.create_table(
        "visits",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_account_at", "visits", ["account", "at"], unique=False)
    op.create_table(
        "episodes",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Float(precision=53), nullable=True),
        sa.Column("value", sa.Float(precision=53), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("mail_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox.id"], name=op.f("fk_episodes_mail_id_outbox")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
    )
    op.create_index("ix_episodes_cleared_at", "episodes", ["cleared_at"], unique=False)
    op.create_table(
        "run_fields",
        sa.Column("run_id", _ID, autoincrement=False, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_fields_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", "field", name=op.f("pk_run_fields")),
    )
    op.create_table(
        "sightings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("post_id", _ID, autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["candidates.key"], name=op.f("fk_sightings_key_candidates")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_sightings_post_id_posts")),
        sa.PrimaryKeyConstraint("key", "post_id", name=op.f("pk_sightings")),
    )
    op.create_index(op.f("ix_sightings_post_id"), "sightings", ["post_id"], unique=False)


def downgrade() -> None:
    """Go back to the step before."""
    op.drop_index(op.f("ix_sightings_post_id"), table_name="sightings")
    op.drop_table("sightings")
    op.drop_table("run_fields")
    op.drop_index("ix_episodes_cleared_at", table_name="episodes")
    op.drop_table("episodes")
    op.drop_index("ix_visits_account_at", table_name="visits")
    op.drop_table("visits")
    op.drop_table("candidates")
