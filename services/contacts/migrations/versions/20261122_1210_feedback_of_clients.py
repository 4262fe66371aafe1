"""clients are asked about deals and in general, not only about cases"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1210"
down_revision: str | None = "20261122_1205"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("feedback", sa.Column("deal_id", sa.Uuid(), nullable=True))
    op.alter_column("feedback", "case_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    # the earlier release knows feedback of cases only
    op.execute("DELETE FROM feedback WHERE case_id IS NULL")
    op.alter_column("feedback", "case_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("feedback", "deal_id")
