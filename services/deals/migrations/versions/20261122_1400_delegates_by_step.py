"""who answers in whose place is said step by step"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1400"
down_revision: str | None = "20261122_0910"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE, KEY = "approval_delegates", "pk_approval_delegates"


def upgrade() -> None:
    op.add_column(
        TABLE, sa.Column("step", sa.SmallInteger(), nullable=False, server_default=sa.text("1"))
    )
    # what was handed on before stands for the step that its request is in
    op.execute(
        "UPDATE approval_delegates SET step = approvals.step"
        " FROM approvals WHERE approvals.id = approval_id"
    )
    op.drop_constraint(KEY, TABLE, type_="primary")
    op.create_primary_key(KEY, TABLE, ["approval_id", "step", "to_user_id"])


def downgrade() -> None:
    # of several steps the last one is kept: the former key has room for one
    op.execute(
        "DELETE FROM approval_delegates AS one USING approval_delegates AS later"
        " WHERE later.approval_id = one.approval_id AND later.to_user_id = one.to_user_id"
        " AND later.step > one.step"
    )
    op.drop_constraint(KEY, TABLE, type_="primary")
    op.create_primary_key(KEY, TABLE, ["approval_id", "to_user_id"])
    op.drop_column(TABLE, "step")
