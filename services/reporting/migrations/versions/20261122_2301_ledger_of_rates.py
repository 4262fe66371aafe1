"""Rates and merges are found in the ledger: `as_of` asks what was told of them by then."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_2301"
down_revision: str | None = "20261122_2200"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_ledger_rates",
        "ledger",
        ["subject", "revision"],
        postgresql_where=sa.text("split_part(type, '.', 3) = 'rate'"),
    )
    op.create_index(
        "ix_ledger_merges",
        "ledger",
        ["recorded_at"],
        postgresql_where=sa.text("split_part(type, '.', 4) IN ('merged', 'unmerged')"),
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_merges", table_name="ledger")
    op.drop_index("ix_ledger_rates", table_name="ledger")
