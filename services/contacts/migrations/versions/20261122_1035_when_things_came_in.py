"""when things came in"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261122_1035"
down_revision: str | None = "20261122_0950"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "inbound_settlements",
        sa.Column("came_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
    )
    op.create_index(
        "ix_inbound_settlements_name",
        "inbound_settlements",
        ["source_system", "external_id", "came_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_settlements_name", table_name="inbound_settlements")
    op.drop_column("inbound_settlements", "came_at")
