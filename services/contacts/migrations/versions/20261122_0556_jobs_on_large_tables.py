"""what timed jobs look for, without what they have told already"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0556"
down_revision: str | None = "20261122_0555"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# index, table, column, condition
NEW = (
    (
        "ix_leads_respond_by_untold",
        "leads",
        "respond_by",
        "status = 'new' AND overdue_at IS NULL AND deleted_at IS NULL",
    ),
    (
        "ix_leads_unassigned_untold",
        "leads",
        "unassigned_since",
        "owner_id IS NULL AND unassigned_at IS NULL AND deleted_at IS NULL"
        " AND status IN ('new', 'qualified', 'working')",
    ),
    ("ix_cases_closed_at", "cases", "closed_at", "status = 'closed'"),
)
FORMER = (
    ("ix_leads_respond_by_new", "leads", "respond_by", "status = 'new' AND deleted_at IS NULL"),
    (
        "ix_leads_unassigned_since",
        "leads",
        "unassigned_since",
        "owner_id IS NULL AND deleted_at IS NULL",
    ),
)


def upgrade() -> None:
    for name, table, column, condition in NEW:
        op.create_index(name, table, [column], postgresql_where=sa.text(condition))
    for name, table, _column, _condition in FORMER:
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, table, column, condition in FORMER:
        op.create_index(name, table, [column], postgresql_where=sa.text(condition))
    for name, table, _column, _condition in NEW:
        op.drop_index(name, table_name=table)
