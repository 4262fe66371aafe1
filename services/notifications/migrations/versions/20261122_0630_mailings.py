"""mailings, and what their letters are known to have led to"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0630"
down_revision: str | None = "20261122_0625"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANTS = (
    "opened_at",
    "clicked_at",
    "machine_opened_at",
    "machine_clicked_at",
    "unsubscribed_at",
)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("template_b_id", sa.Uuid(), nullable=True),
        sa.Column("share_of_b", sa.Integer(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("window_from", sa.Time(), nullable=True),
        sa.Column("window_until", sa.Time(), nullable=True),
        sa.Column("expires_after_s", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        *(_moment(name) for name in ("starts_at", "started_at", "paused_at", "finished_at")),
        sa.Column("read_up_to", sa.Uuid(), nullable=True),
        sa.Column("is_filled", sa.Boolean(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        _moment("deleted_at"),
        sa.Column("source_system", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mailings"),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name="fk_mailings_template_id"),
        sa.ForeignKeyConstraint(
            ["template_b_id"], ["templates.id"], name="fk_mailings_template_b_id"
        ),
    )
    op.create_index("ix_mailings_created_at_id", "mailings", ["created_at", "id"])
    op.create_index(
        "ix_mailings_at_work",
        "mailings",
        ["starts_at"],
        postgresql_where=sa.text("status IN ('running', 'cancelled')"),
    )
    op.add_column("messages", sa.Column("mailing_id", sa.Uuid(), nullable=True))
    op.add_column("messages", sa.Column("variant", sa.String(1), nullable=True))
    op.add_column("messages", sa.Column("address_key", sa.String(64), nullable=True))
    for name in INSTANTS:
        op.add_column("messages", _moment(name))
    op.create_index(
        "uq_messages_address",
        "messages",
        ["mailing_id", "address_key"],
        unique=True,
        postgresql_where=sa.text("address_key IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_mailing_id",
        "messages",
        ["mailing_id", "status"],
        postgresql_where=sa.text("mailing_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_mailing_id", table_name="messages")
    op.drop_index("uq_messages_address", table_name="messages")
    for name in ("mailing_id", "variant", "address_key", *INSTANTS):
        op.drop_column("messages", name)
    op.drop_table("mailings")
