"""What the card shows of work and messages; indexes of open deals, planned work and products."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0640"
down_revision: str | None = "20261122_0070"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # of what was told before, both stay unknown until it changes
    op.add_column("known_work", sa.Column("due_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("known_work", sa.Column("assignee_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_known_work_planned",
        "known_work",
        ["deal_id"],
        postgresql_where=sa.text(
            "((kind = 'task' AND state = 'open') OR (kind = 'activity' AND state = 'planned'))"
        ),
    )
    op.create_table(
        "known_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("recipient_kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_messages")),
    )
    op.create_index("ix_known_messages_deal_id", "known_messages", ["deal_id", "at"])
    op.create_index(
        "ix_deals_under_way",
        "deals",
        ["id"],
        postgresql_where=sa.text("(outcome = 'open' AND deleted_at IS NULL AND is_void IS FALSE)"),
    )
    op.create_index(
        "ix_deals_product_ids",
        "deals",
        ["product_ids"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("(product_ids <> '{}'::uuid[])"),
    )


def downgrade() -> None:
    op.drop_index("ix_deals_product_ids", table_name="deals")
    op.drop_index("ix_deals_under_way", table_name="deals")
    op.drop_table("known_messages")
    op.drop_index("ix_known_work_planned", table_name="known_work")
    op.drop_column("known_work", "assignee_id")
    op.drop_column("known_work", "due_at")
