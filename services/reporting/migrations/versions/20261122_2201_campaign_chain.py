"""What was invoiced and paid of a deal is found by it; costs name their campaign as leads do."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_2201"
down_revision: str | None = "20261122_2101"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("costs", sa.Column("campaign", sa.String(length=100), nullable=True))
    op.create_index(
        "ix_noun_facts_deal",
        "noun_facts",
        [sa.text("(data ->> 'deal_id')")],
        postgresql_where=sa.text("kind IN ('invoice', 'payment')"),
    )


def downgrade() -> None:
    op.drop_index("ix_noun_facts_deal", table_name="noun_facts")
    op.drop_column("costs", "campaign")
