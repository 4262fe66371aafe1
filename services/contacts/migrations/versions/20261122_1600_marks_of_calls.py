"""calls are marked by whoever listened to them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1600"
down_revision: str | None = "20261122_1501"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("mark", sa.SmallInteger(), nullable=True))
    op.add_column("calls", sa.Column("mark_comment", sa.Text(), nullable=True))
    op.add_column("calls", sa.Column("marked_by_id", sa.Uuid(), nullable=True))
    op.add_column("calls", sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True))
    # no row can break it: the column is new
    op.create_check_constraint("mark_of_five", "calls", "mark BETWEEN 1 AND 5")


def downgrade() -> None:
    op.drop_constraint("mark_of_five", "calls", type_="check")
    for column in ("marked_at", "marked_by_id", "mark_comment", "mark"):
        op.drop_column("calls", column)
