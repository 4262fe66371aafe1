"""an erasure knows every record of a person; an erased lead is known as such"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1300"
down_revision: str | None = "20261122_1210"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IDS = sa.ARRAY(sa.Uuid())


def upgrade() -> None:
    for table, column in (("erasures", "contact_ids"), ("erasure_answers", "answered_for")):
        op.add_column(table, sa.Column(column, IDS, nullable=False, server_default="{}"))
        op.alter_column(table, column, server_default=None)
    # those under way wait for one answer of each service, as before
    op.execute(
        "UPDATE erasures SET contact_ids = ARRAY[contact_id]"
        " WHERE state = 'running' AND contact_id IS NOT NULL"
    )
    op.add_column("leads", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE leads SET erased_at = deleted_at WHERE contact_id IN"
        " (SELECT id FROM contacts WHERE erased_at IS NOT NULL)"
    )
    op.execute(
        "UPDATE leads SET erased_at = leads.deleted_at FROM erasures"
        " WHERE erasures.lead_id = leads.id AND erasures.state = 'completed'"
    )
    op.execute(
        "INSERT INTO erased (id) SELECT id FROM leads WHERE erased_at IS NOT NULL"
        " ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_column("leads", "erased_at")
    op.drop_column("erasure_answers", "answered_for")
    op.drop_column("erasures", "contact_ids")
