"""merging and unmerging; key clients"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0034"
down_revision: str | None = "20261122_0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # where the chain of merges ends stands in survivor_id; what was said, in into_id
    op.add_column("aliases", sa.Column("into_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE aliases SET into_id = survivor_id")
    op.alter_column("aliases", "into_id", nullable=False)
    op.create_index("ix_aliases_into_id", "aliases", ["into_id"])
    for table in ("contacts", "companies"):
        op.add_column(
            table,
            sa.Column("is_key", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        )
        op.add_column(
            table,
            sa.Column(
                "preferences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
            ),
        )
        op.add_column(table, sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.add_column("companies", sa.Column("lifecycle_stage", sa.String(length=100), nullable=True))
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_revision", sa.Integer(), nullable=False),
        sa.Column("loser_id", sa.Uuid(), nullable=False),
        sa.Column("loser_revision", sa.Integer(), nullable=False),
        sa.Column("merged_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("unmerged_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("unmerged_by", sa.Uuid(), nullable=True),
        sa.Column("unmerged_revision", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index("ix_merges_survivor_id", "merges", ["survivor_id"])
    op.create_index(
        "uq_merges_loser_id",
        "merges",
        ["loser_id"],
        unique=True,
        postgresql_where=sa.text("unmerged_at IS NULL"),
    )
    op.create_table(
        "duplicate_pairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("found_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("one_id", "other_id", name="uq_duplicate_pairs_one_id_other_id"),
    )
    op.create_index("ix_duplicate_pairs_other_id", "duplicate_pairs", ["other_id"])
    op.create_index(
        "ix_duplicate_pairs_kind_state_score", "duplicate_pairs", ["kind", "state", "score", "id"]
    )
    op.create_table(
        "duplicate_scans",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("seen_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_duplicate_scans")),
    )
    for table in ("contacts", "companies", "leads"):
        op.create_index(f"ix_{table}_updated_at_id", table, ["updated_at", "id"])


def downgrade() -> None:
    for table in ("contacts", "companies", "leads"):
        op.drop_index(f"ix_{table}_updated_at_id", table_name=table)
    op.drop_table("duplicate_scans")
    op.drop_table("duplicate_pairs")
    op.drop_table("merges")
    op.drop_column("companies", "lifecycle_stage")
    for table in ("contacts", "companies"):
        for column in ("merged_into_id", "preferences", "is_key"):
            op.drop_column(table, column)
    op.drop_index("ix_aliases_into_id", table_name="aliases")
    op.drop_column("aliases", "into_id")
