"""The ledger is found by who wrote: adoption asks whether somebody did on a day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1900"
down_revision: str | None = "20261122_1801"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_ledger_actor", "ledger", [sa.text("(envelope ->> 'actorid')"), "recorded_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_actor", table_name="ledger")
