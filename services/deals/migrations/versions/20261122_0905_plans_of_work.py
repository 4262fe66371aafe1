"""work that became known before its plan was kept is asked for once more"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0905"
down_revision: str | None = "20261122_0640"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "known_work",
        sa.Column("is_plan_known", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    work = sa.table(
        "known_work",
        *(sa.column(name) for name in ("kind", "state", "due_at", "assignee_id")),
        sa.column("is_plan_known"),
    )
    is_planned = sa.or_(
        sa.and_(work.c.kind == "task", work.c.state == "open"),
        sa.and_(work.c.kind == "activity", work.c.state == "planned"),
    )
    op.execute(
        sa.update(work)
        .where(is_planned, work.c.due_at.is_(None), work.c.assignee_id.is_(None))
        .values(is_plan_known=False)
    )
    op.create_index(
        "ix_known_work_plan_unknown",
        "known_work",
        ["id"],
        postgresql_where=sa.text("NOT is_plan_known"),
    )


def downgrade() -> None:
    op.drop_index("ix_known_work_plan_unknown", table_name="known_work")
    op.drop_column("known_work", "is_plan_known")
