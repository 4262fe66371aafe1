"""forms that were set up for links of another system send no letters of ours"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_2400"
down_revision: str | None = "20261122_2202"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # who made them before there were letters sends a link himself: his visitors get one, not two
    op.add_column(
        "lead_forms",
        sa.Column("sends_letter", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("lead_forms", "sends_letter", server_default=None)


def downgrade() -> None:
    op.drop_column("lead_forms", "sends_letter")
