"""whom not to write to again: letters that came back, and complaints"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0725"
down_revision: str | None = "20261122_0630"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_came_back",
        "messages",
        ["recipient_id"],
        postgresql_where=sa.text("(bounced_at IS NOT NULL OR complained_at IS NOT NULL)"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_came_back", table_name="messages")
