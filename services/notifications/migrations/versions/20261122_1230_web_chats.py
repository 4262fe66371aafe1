"""web chats"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_1230"
down_revision: str | None = "20261122_0955"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "web_chats",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("origins", sa.ARRAY(sa.Text()), nullable=False),
        *(
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("is_active", "needs_address", "asks_consent")
        ),
        sa.Column("unknown", sa.String(8), nullable=False),
        sa.Column("privacy_url", sa.Text(), nullable=True),
        sa.Column("titles", JSONB(), nullable=False),
        sa.Column("greetings", JSONB(), nullable=False),
        sa.Column("color", sa.String(7), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_address_hour", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_chats")),
        sa.UniqueConstraint("key", name=op.f("uq_web_chats_key")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_web_chats_source_system_external_id")
        ),
    )
    op.create_table(
        "web_chat_guards",
        sa.Column("chat_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["web_chats.id"], name=op.f("fk_web_chat_guards_chat_id")
        ),
        sa.PrimaryKeyConstraint("chat_id", "subject", name=op.f("pk_web_chat_guards")),
    )
    op.create_index(op.f("ix_web_chat_guards_since"), "web_chat_guards", ["since"])
    op.add_column(
        "conversations", sa.Column("consented_at", UtcDateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("conversations", "consented_at")
    op.drop_table("web_chat_guards")
    op.drop_table("web_chats")
