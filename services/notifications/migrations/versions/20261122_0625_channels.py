"""channels: policies, buckets, addresses, receipts and costs of messages"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0625"
down_revision: str | None = "20261122_0601"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DUE = sa.text("status IN ('queued', 'failed_temporary')")
OPEN = sa.text("status IN ('sent', 'unknown')")
REFERRED = sa.text("reference IS NOT NULL")
INSTANTS = ("handed_at", "delivered_at", "bounced_at", "complained_at", "looked_up_at")


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("rate_per_s", sa.Float(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("cap_messages", sa.Integer(), nullable=True),
        sa.Column("cap_days", sa.Integer(), nullable=True),
        sa.Column("price", sa.Numeric(19, 4), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.UniqueConstraint("channel", name="uq_channels_channel"),
    )
    op.create_table(
        "channel_tokens",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_tokens"),
    )
    op.create_table(
        "channel_addresses",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "channel", name="pk_channel_addresses"),
    )
    op.create_table(
        "in_app_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("kept_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_in_app_letters"),
    )
    op.create_index("ix_in_app_letters_user_id", "in_app_letters", ["user_id", "kept_at", "id"])
    op.add_column(
        "mailbox_letters",
        sa.Column("channel", sa.String(32), server_default=sa.text("'email'"), nullable=False),
    )
    _widen_messages()


def _widen_messages() -> None:
    op.add_column(
        "messages",
        sa.Column("lane", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    for name in INSTANTS:
        op.add_column("messages", sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("provider", sa.String(32), nullable=True))
    op.add_column("messages", sa.Column("reference", sa.String(200), nullable=True))
    op.add_column("messages", sa.Column("cost", sa.Numeric(19, 4), nullable=True))
    op.add_column("messages", sa.Column("currency", sa.String(3), nullable=True))
    # what was under way when the version changed may have gone out
    op.execute("UPDATE messages SET handed_at = updated_at WHERE status = 'sending'")
    op.drop_index("ix_messages_due", table_name="messages")
    op.create_index(
        "ix_messages_due", "messages", ["channel", "lane", "next_attempt_at"], postgresql_where=DUE
    )
    op.create_index(
        "ix_messages_asked_after", "messages", ["channel", "looked_up_at"], postgresql_where=OPEN
    )
    op.create_index(
        "ix_messages_reference", "messages", ["provider", "reference"], postgresql_where=REFERRED
    )
    op.create_index("ix_messages_recipient_id", "messages", ["recipient_id", "sent_at"])


def downgrade() -> None:
    for name in ("recipient_id", "reference", "asked_after", "due"):
        op.drop_index(f"ix_messages_{name}", table_name="messages")
    op.create_index("ix_messages_due", "messages", ["next_attempt_at"], postgresql_where=DUE)
    for name in ("lane", *INSTANTS, "provider", "reference", "cost", "currency"):
        op.drop_column("messages", name)
    op.drop_column("mailbox_letters", "channel")
    for table in ("in_app_letters", "channel_addresses", "channel_tokens", "channels"):
        op.drop_table(table)
