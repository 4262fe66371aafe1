"""inbox of the staff"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0601"
down_revision: str | None = "20261122_0535"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
UNREAD = sa.text("read_at IS NULL")


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, crm_shared.db.types.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(length=100), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        _instant("happened_at", nullable=False),
        _instant("created_at", nullable=False),
        _instant("read_at"),
        _instant("escalated_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "user_id", "event_id", "kind", name=op.f("uq_notices_user_id_event_id_kind")
        ),
    )
    op.create_index("ix_notices_created_at", "notices", ["user_id", "created_at", "id"])
    op.create_index("ix_notices_unread", "notices", ["user_id", "kind"], postgresql_where=UNREAD)
    op.create_index("ix_notices_position", "notices", ["position"])
    op.create_index("ix_notices_urgent", "notices", ["created_at"], postgresql_where=UNREAD)
    op.create_table(
        "watches",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.String(length=32), nullable=False),
        _instant("created_at", nullable=False),
        sa.PrimaryKeyConstraint("user_id", "record_id", name=op.f("pk_watches")),
    )
    op.create_index("ix_watches_record_id", "watches", ["record_id"])
    op.create_table(
        "inbox_settings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("muted", sa.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        _instant("next_digest_at"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_inbox_settings")),
    )


def downgrade() -> None:
    for table in ("inbox_settings", "watches", "notices"):
        op.drop_table(table)
