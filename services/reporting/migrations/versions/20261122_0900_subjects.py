"""Leads, work, cases, money and messages are counted as deals are.

What follows from the ledger is emptied: the new columns cannot be told from what was kept. The
counters are built anew by the rebuild that `migrate` carries out after this, because the rules
of contributions have another version; until it is through nothing is served.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0900"
down_revision: str | None = "20261122_0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = crm_shared.db.types.UtcDateTime(timezone=True)
DERIVED = "deal_facts, noun_facts, contributions, counters, channels"
OF_CUSTOMERS = "customer IS NOT NULL AND part IN (3, 4, 20, 30, 31, 35, 40, 41, 51, 57)"


def upgrade() -> None:
    op.execute(f"TRUNCATE {DERIVED}")
    op.add_column("deal_facts", sa.Column("reason", sa.Uuid(), nullable=True))
    op.add_column("deal_facts", sa.Column("competitor", sa.Uuid(), nullable=True))
    op.add_column("deal_facts", sa.Column("agreed_at", MOMENT, nullable=True))
    op.add_column("deal_facts", sa.Column("credits", postgresql.JSONB(), nullable=False))
    op.add_column("noun_facts", sa.Column("at", MOMENT, nullable=False))
    op.alter_column("contributions", "deal_id", new_column_name="subject_id")
    op.add_column("contributions", sa.Column("customer", sa.Uuid(), nullable=True))
    op.add_column("contributions", sa.Column("kind", sa.Text(), nullable=True))
    op.create_index(
        "ix_contributions_customer_part_at",
        "contributions",
        ["customer", "part", "at"],
        postgresql_where=sa.text(OF_CUSTOMERS),
    )


def downgrade() -> None:
    op.execute(f"TRUNCATE {DERIVED}")
    op.drop_index("ix_contributions_customer_part_at", table_name="contributions")
    op.drop_column("contributions", "kind")
    op.drop_column("contributions", "customer")
    op.alter_column("contributions", "subject_id", new_column_name="deal_id")
    op.drop_column("noun_facts", "at")
    op.drop_column("deal_facts", "credits")
    op.drop_column("deal_facts", "agreed_at")
    op.drop_column("deal_facts", "competitor")
    op.drop_column("deal_facts", "reason")
