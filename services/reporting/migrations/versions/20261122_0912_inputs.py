"""What people enter in reporting."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0912"
down_revision: str | None = "20261122_0900"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("metric", sa.String(length=60), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("metric_version", sa.Integer(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("months", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_baselines_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
    )
    op.create_index(
        "uq_baselines_figure",
        "baselines",
        ["metric", "team_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "costs",
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_costs_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_costs")),
    )
    op.create_index(
        "ix_costs_period",
        "costs",
        ["starts_on", "ends_on"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "effect_setups",
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("margin", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("script_coverage", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("price_index", sa.Numeric(precision=12, scale=6), nullable=True),
        sa.Column("planned_benefit", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("weights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_setups")),
    )
    op.create_table(
        "investments",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("is_monthly", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("hours", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("rate", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("users", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("price", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_investments_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investments")),
    )
    op.create_table(
        "plans",
        sa.Column("metric", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("is_goal", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_plans_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(
        "ix_plans_period",
        "plans",
        ["starts_on", "ends_on"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "staff",
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("fte", sa.Numeric(precision=7, scale=3), nullable=False),
        sa.Column("pay", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_staff_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )


def downgrade() -> None:
    op.drop_table("staff")
    op.drop_index(
        "ix_plans_period", table_name="plans", postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.drop_table("plans")
    op.drop_table("investments")
    op.drop_table("effect_setups")
    op.drop_index(
        "ix_costs_period", table_name="costs", postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.drop_table("costs")
    op.drop_index(
        "uq_baselines_figure",
        table_name="baselines",
        postgresql_where=sa.text("deleted_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_table("baselines")
