"""calls and tasks may be about a lead"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1205"
down_revision: str | None = "20261122_1202"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("calls", "tasks")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("lead_id", sa.Uuid(), nullable=True))
        op.create_index(
            f"ix_{table}_lead_id",
            table,
            ["lead_id"],
            postgresql_where=sa.text("lead_id IS NOT NULL"),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_lead_id", table_name=table)
        op.drop_column(table, "lead_id")
