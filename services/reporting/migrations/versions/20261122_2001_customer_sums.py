"""What customers did until each day, kept beside the rows, and whose sums wait to be made anew."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_2001"
down_revision: str | None = "20261122_2301"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "3, 4, 20, 30, 31, 35, 40, 41, 51, 57"


def upgrade() -> None:
    op.create_table(
        "customer_days",
        sa.Column("deed", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(24, 4), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opening", sa.Numeric(24, 4), nullable=False),
        sa.PrimaryKeyConstraint("deed", "currency", "customer", "day"),
    )
    op.create_index(
        "ix_customer_days_first",
        "customer_days",
        ["deed", "currency", "customer"],
        postgresql_where=sa.text("day = opened_on"),
    )
    op.create_index("ix_customer_days_customer", "customer_days", ["customer", "day"])
    op.create_table(
        "decisions",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("days", sa.Numeric(), nullable=True),
        sa.PrimaryKeyConstraint("customer", "subject_id"),
    )
    op.create_index(
        "ix_decisions_part_day",
        "decisions",
        ["part", "day"],
        postgresql_include=["days", "customer"],
    )
    op.create_table(
        "busy_spans",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "customer", "start"),
    )
    op.create_table(
        "stale_customers",
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("spans", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("customer", "batch"),
    )
    _index_customers(f"{_BEFORE}, 12")
    op.create_index(
        "ix_contributions_customer_stays",
        "contributions",
        ["customer"],
        postgresql_where=sa.text("customer IS NOT NULL AND part IN (8, 21, 76)"),
    )
    # everybody is summed by the worker, some at a time; until then his rows are read
    op.execute("""
        INSERT INTO stale_customers (customer, batch, since, spans)
        SELECT DISTINCT customer, '00000000-0000-0000-0000-000000000000'::uuid,
               '-infinity'::date, true
        FROM contributions WHERE customer IS NOT NULL AND product IS NULL
    """)


def downgrade() -> None:
    op.drop_index("ix_contributions_customer_stays", "contributions")
    _index_customers(_BEFORE)
    for name in ("stale_customers", "busy_spans", "decisions", "customer_days"):
        op.drop_table(name)


def _index_customers(parts: str) -> None:
    op.drop_index("ix_contributions_customer_part_at", "contributions")
    op.create_index(
        "ix_contributions_customer_part_at",
        "contributions",
        ["customer", "part", "at"],
        postgresql_where=sa.text(f"customer IS NOT NULL AND part IN ({parts})"),
    )
