"""Alarms, when they were looked at, and the broken rhythms they know of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_1203"
down_revision: str | None = "20261122_1201"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    op.create_table(
        "alarms",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("metric", sa.String(60), nullable=True),
        sa.Column("variant", sa.String(20), nullable=True),
        sa.Column("filter", postgresql.JSONB(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(5), nullable=True),
        sa.Column("bound", sa.Numeric(24, 9), nullable=True),
        sa.Column("release", sa.Numeric(24, 9), nullable=True),
        sa.Column("classes", sa.ARRAY(sa.String(1)), nullable=True),
        sa.Column("user_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_raised", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column("source_system", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index("ix_alarms_owner_id", "alarms", ["owner_id"])
    op.create_table(
        "alarm_checks",
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("checked_at", moment, nullable=True),
        sa.Column("value", sa.Numeric(24, 9), nullable=True),
        sa.Column("reason", sa.String(60), nullable=True),
        _of_an_alarm("alarm_checks"),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("pk_alarm_checks")),
    )
    op.create_index("ix_alarm_checks_due_at", "alarm_checks", ["due_at"])
    op.create_table(
        "alarm_customers",
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        _of_an_alarm("alarm_customers"),
        sa.PrimaryKeyConstraint("alarm_id", "customer_id", name=op.f("pk_alarm_customers")),
    )


def _of_an_alarm(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_alarm_id")
    return sa.ForeignKeyConstraint(["alarm_id"], ["alarms.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("alarm_customers")
    op.drop_table("alarm_checks")
    op.drop_table("alarms")
