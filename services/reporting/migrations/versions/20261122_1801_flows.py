"""Two indexes of what figures read in long lists: flows by day, and what was promised for a day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1801"
down_revision: str | None = "20261122_1700"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_contributions_flows",
        "contributions",
        ["part", "day"],
        postgresql_include=[
            "subject_id",
            "at",
            "customer",
            "owner",
            "team",
            "kind",
            "currency",
            "amount",
            "measure",
            "active",
            "passed",
        ],
        postgresql_where=sa.text(
            "product IS NULL AND part IN "
            "(3, 4, 20, 30, 31, 35, 40, 41, 51, 57, 12, 22, 32, 33, 36, 16)"
        ),
    )
    op.create_index(
        "ix_deal_facts_expected_on",
        "deal_facts",
        ["expected_on", "at"],
        postgresql_where=sa.text("outcome = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_deal_facts_expected_on", "deal_facts")
    op.drop_index("ix_contributions_flows", "contributions")
