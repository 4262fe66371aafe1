"""How many records look alike is told when it changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_2202"
down_revision: str | None = "20261122_1600"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("duplicate_scans", sa.Column("told_records", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("duplicate_scans", "told_records")
