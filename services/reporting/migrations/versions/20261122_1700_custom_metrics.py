"""Metrics of the company's own: what they say, what they said, what events come to by them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_1700"
down_revision: str | None = "20261122_1501"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "custom_metrics",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("description", postgresql.JSONB(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("numerator", postgresql.JSONB(), nullable=False),
        sa.Column("denominator", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("groups", postgresql.JSONB(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.String(length=20)), nullable=True),
        sa.Column("counted_revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_metrics")),
    )
    op.create_index(
        "uq_custom_metrics_key",
        "custom_metrics",
        ["key"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "custom_metric_states",
        sa.Column("metric_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["metric_id"],
            ["custom_metrics.id"],
            name=op.f("fk_custom_metric_states_metric_id_custom_metrics"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("metric_id", name=op.f("pk_custom_metric_states")),
    )
    op.create_table(
        "custom_metric_versions",
        sa.Column("metric_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["metric_id"],
            ["custom_metrics.id"],
            name=op.f("fk_custom_metric_versions_metric_id_custom_metrics"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("metric_id", "revision", name=op.f("pk_custom_metric_versions")),
    )
    op.create_table(
        "custom_facts",
        sa.Column("metric_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("team", sa.Uuid(), nullable=True),
        sa.Column("value", sa.Numeric(precision=30, scale=9), nullable=True),
        sa.Column("distinct_of", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint(
            "metric_id", "revision", "side", "event_id", name=op.f("pk_custom_facts")
        ),
    )
    op.create_index("ix_custom_facts_at", "custom_facts", ["metric_id", "revision", "side", "at"])


def downgrade() -> None:
    op.drop_table("custom_facts")
    op.drop_table("custom_metric_versions")
    op.drop_table("custom_metric_states")
    op.drop_table("custom_metrics")
