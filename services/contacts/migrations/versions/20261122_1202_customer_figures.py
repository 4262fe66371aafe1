"""What reporting tells of customers, and since when."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261122_1202"
down_revision: str | None = "20261122_1035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "customer_figures",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("since", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("abc_class", sa.String(1), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("first_purchase_on", sa.Date(), nullable=True),
        sa.Column("last_purchase_on", sa.Date(), nullable=True),
        sa.Column("purchase_sum", sa.Numeric(24, 2), nullable=False),
        sa.Column("purchase_sum_year", sa.Numeric(24, 2), nullable=False),
        sa.Column("average_check", sa.Numeric(24, 2), nullable=True),
        sa.Column("lifetime_value", sa.Numeric(24, 2), nullable=True),
        sa.Column("unconverted", sa.Integer(), nullable=False),
        sa.Column("purchase_interval", sa.Numeric(9, 2), nullable=True),
        sa.Column("rhythm_broken", sa.Boolean(), nullable=True),
        sa.Column("on_time_share", sa.Numeric(7, 2), nullable=True),
        sa.Column("late_invoices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "revision", name=op.f("pk_customer_figures")),
    )


def downgrade() -> None:
    op.drop_table("customer_figures")
