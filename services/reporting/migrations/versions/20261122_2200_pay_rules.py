"""By which rates pay follows from figures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_2200"
down_revision: str | None = "20261122_2110"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "pay_rules",
        sa.Column("role", sa.String(length=60), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("metric", sa.String(length=60), nullable=False),
        sa.Column("rate", sa.Numeric(precision=24, scale=9), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("threshold", sa.Numeric(precision=24, scale=9), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
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
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_pay_rules_period")),
        sa.CheckConstraint("num_nonnulls(role, owner_id) = 1", name=op.f("ck_pay_rules_whose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_rules")),
    )


def downgrade() -> None:
    op.drop_table("pay_rules")
