"""what comes in and conversations"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0852"
down_revision: str | None = "20261122_0725"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("reader", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column(
            "fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("noun_external_id", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("noun", sa.String(length=32), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_arrivals_source_system_external_id")
        ),
    )
    op.create_index("ix_arrivals_created_at_id", "arrivals", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_arrivals_source_system_created_at",
        "arrivals",
        ["source_system", "created_at"],
        unique=False,
    )
    op.create_table(
        "conversations",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("waiting_since", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "first_received_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column(
            "first_answered_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("last_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_conversations_channel_address")),
    )
    op.create_index("ix_conversations_company_id", "conversations", ["company_id"], unique=False)
    op.create_index("ix_conversations_contact_id", "conversations", ["contact_id"], unique=False)
    op.create_index("ix_conversations_last_at_id", "conversations", ["last_at", "id"], unique=False)
    op.create_index("ix_conversations_lead_id", "conversations", ["lead_id"], unique=False)
    op.create_index(
        "ix_conversations_owner_id", "conversations", ["owner_id", "last_at"], unique=False
    )
    op.create_index(
        "ix_conversations_waiting",
        "conversations",
        ["waiting_since", "id"],
        unique=False,
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_table(
        "inbound_systems",
        sa.Column("system", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("secret_number", sa.Integer(), nullable=False),
        sa.Column(
            "old_secret_until", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_systems")),
    )
    op.create_index(
        "uq_inbound_systems_system",
        "inbound_systems",
        ["system"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "arrival_bodies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["arrivals.id"], name=op.f("fk_arrival_bodies_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_bodies")),
    )
    op.create_index(op.f("ix_arrival_bodies_kept_at"), "arrival_bodies", ["kept_at"], unique=False)
    op.create_table(
        "conversation_messages",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=400), nullable=True),
        sa.Column("answers_message_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("left_out", sa.String(length=200), nullable=True),
        sa.Column("at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_messages_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_messages")),
        sa.UniqueConstraint(
            "conversation_id",
            "reference",
            name=op.f("uq_conversation_messages_conversation_id_reference"),
        ),
    )
    op.create_index(
        "ix_conversation_messages_conversation_id_at",
        "conversation_messages",
        ["conversation_id", "at", "id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_conversation_messages_conversation_id_at", table_name="conversation_messages")
    op.drop_table("conversation_messages")
    op.drop_index(op.f("ix_arrival_bodies_kept_at"), table_name="arrival_bodies")
    op.drop_table("arrival_bodies")
    op.drop_index(
        "uq_inbound_systems_system",
        table_name="inbound_systems",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_table("inbound_systems")
    op.drop_index(
        "ix_conversations_waiting",
        table_name="conversations",
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.drop_index("ix_conversations_owner_id", table_name="conversations")
    op.drop_index("ix_conversations_lead_id", table_name="conversations")
    op.drop_index("ix_conversations_last_at_id", table_name="conversations")
    op.drop_index("ix_conversations_contact_id", table_name="conversations")
    op.drop_index("ix_conversations_company_id", table_name="conversations")
    op.drop_table("conversations")
    op.drop_index("ix_arrivals_source_system_created_at", table_name="arrivals")
    op.drop_index("ix_arrivals_created_at_id", table_name="arrivals")
    op.drop_table("arrivals")
