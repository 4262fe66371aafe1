"""the pace of mailings, letters sent anew, and indexes for what is asked again and again"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0905"
down_revision: str | None = "20261122_0852"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DUE = "status IN ('queued', 'failed_temporary')"
OPEN = sa.text("status IN ('sent', 'unknown')")
UNREAD = "read_at IS NULL"
LYING = "escalated_at IS NULL AND kind IN ('alarm', 'approval_asked', 'mentioned', 'overdue')"


def upgrade() -> None:
    op.create_table(
        "mailing_tokens",
        sa.Column("mailing_id", sa.Uuid(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mailing_id", name="pk_mailing_tokens"),
    )
    op.add_column(
        "messages",
        sa.Column("resent", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.drop_index("ix_messages_due", table_name="messages")
    op.create_index(
        "ix_messages_due",
        "messages",
        ["channel", "lane", "next_attempt_at"],
        postgresql_where=sa.text(f"{DUE} AND (mailing_id IS NULL OR lane = 0)"),
    )
    op.create_index(
        "ix_messages_mailing_due",
        "messages",
        ["mailing_id", "next_attempt_at"],
        postgresql_where=sa.text(f"{DUE} AND mailing_id IS NOT NULL AND lane = 1"),
    )
    op.drop_index("ix_messages_asked_after", table_name="messages")
    op.create_index(
        "ix_messages_asked_after", "messages", ["channel", "updated_at"], postgresql_where=OPEN
    )
    op.create_index("ix_feed_events_subject", "feed_events", ["subject", "position"])
    op.drop_index("ix_notices_urgent", table_name="notices")
    op.create_index(
        "ix_notices_lying",
        "notices",
        ["created_at"],
        postgresql_where=sa.text(f"{UNREAD} AND {LYING}"),
    )
    op.create_index("ix_notices_age", "notices", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_notices_age", table_name="notices")
    op.drop_index("ix_notices_lying", table_name="notices")
    op.create_index(
        "ix_notices_urgent", "notices", ["created_at"], postgresql_where=sa.text(UNREAD)
    )
    op.drop_index("ix_feed_events_subject", table_name="feed_events")
    op.drop_index("ix_messages_asked_after", table_name="messages")
    op.create_index(
        "ix_messages_asked_after", "messages", ["channel", "looked_up_at"], postgresql_where=OPEN
    )
    op.drop_index("ix_messages_mailing_due", table_name="messages")
    op.drop_index("ix_messages_due", table_name="messages")
    op.create_index(
        "ix_messages_due",
        "messages",
        ["channel", "lane", "next_attempt_at"],
        postgresql_where=sa.text(DUE),
    )
    op.drop_column("messages", "resent")
    op.drop_table("mailing_tokens")
