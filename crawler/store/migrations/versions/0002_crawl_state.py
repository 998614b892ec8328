"""What a crawl remembers: passes and their pages, the pace of hosts, how complete a run was."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: SQLite counts only an INTEGER primary key by itself; PostgreSQL needs 64 bits said.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this step."""
    # Columns that may be null are added in place by both databases, however many rows.
    op.add_column("runs", sa.Column("complete", sa.Boolean()))
    op.add_column("runs", sa.Column("posts_removed", sa.Integer()))
    op.add_column("runs", sa.Column("ids_expected", sa.BigInteger()))
    op.add_column("runs", sa.Column("ids_seen", sa.BigInteger()))
    op.create_index("ix_posts_source_last_seen", "posts", ["source", "last_seen"], unique=False)
    op.create_table(
        "passes",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger()),
        sa.Column("faulty", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_passes")),
    )
    op.create_table(
        "frontier",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontier")),
        sa.UniqueConstraint("source", "url", name=op.f("uq_frontier_source_url")),
    )
    op.create_table(
        "source_states",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("whole_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_states")),
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )


def downgrade() -> None:
    """Go back from this step."""
    for table in ("hosts", "source_states", "frontier", "passes"):
        op.drop_table(table)
    op.drop_index("ix_posts_source_last_seen", "posts")
    with op.batch_alter_table("runs") as batch:
        for column in ("ids_seen", "ids_expected", "posts_removed", "complete"):
            batch.drop_column(column)
