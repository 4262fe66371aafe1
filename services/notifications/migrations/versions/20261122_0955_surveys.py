"""what letters ask"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0955"
down_revision: str | None = "20261122_0935"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("message_rules", "mailings", "messages")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("survey_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "survey_id")
