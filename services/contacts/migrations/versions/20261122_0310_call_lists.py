"""call lists, those on them, and each attempt to reach them"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0310"
down_revision: str | None = "20261122_0251"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    return sa.Column(name, moment, nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _aggregate() -> list[sa.Column[Any]]:
    return [
        _id("id"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("deleted_at", nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
    ]


def upgrade() -> None:
    _lists()
    _entries()
    _attempts()


def _lists() -> None:
    op.create_table(
        "call_lists",
        *_aggregate(),
        sa.Column("name", sa.String(length=200), nullable=False),
        _id("owner_id", nullable=True),
        _id("team_id", nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        _id("segment_id", nullable=True),
        sa.Column(
            "filter", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("caller_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        _id("script_id", nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("retry_after_minutes", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_lists")),
    )
    op.create_index("ix_call_lists_created_at_id", "call_lists", ["created_at", "id"])
    op.create_index("ix_call_lists_owner_id", "call_lists", ["owner_id"])


def _entries() -> None:
    name = "call_list_entries"
    op.create_table(
        name,
        *_aggregate(),
        _id("call_list_id"),
        _id("contact_id"),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("next_at"),
        _id("taken_by", nullable=True),
        _moment("taken_until", nullable=True),
        _id("reserved_for", nullable=True),
        sa.Column("last_result", sa.String(length=20), nullable=True),
        _moment("last_called_at", nullable=True),
        _id("last_called_by", nullable=True),
        sa.Column("excluded_for", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_list_entries")),
        sa.UniqueConstraint(
            "call_list_id", "contact_id", name=op.f("uq_call_list_entries_call_list_id_contact_id")
        ),
    )
    op.create_index("ix_call_list_entries_created_at_id", name, ["created_at", "id"])
    op.create_index("ix_call_list_entries_contact_id", name, ["contact_id"])
    op.create_index(
        "ix_call_list_entries_queue",
        name,
        ["call_list_id", "next_at", "id"],
        postgresql_where=sa.text("status IN ('waiting', 'taken')"),
    )
    op.create_index(
        "ix_call_list_entries_taken_until",
        name,
        ["taken_until"],
        postgresql_where=sa.text("status = 'taken'"),
    )


def _attempts() -> None:
    op.create_table(
        "call_attempts",
        _id("id"),
        _id("call_list_id"),
        _id("entry_id"),
        _id("contact_id"),
        _id("user_id"),
        _moment("at"),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        _id("activity_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempts")),
    )
    for column in ("entry_id", "call_list_id", "contact_id"):
        op.create_index(f"ix_call_attempts_{column}", "call_attempts", [column])


def downgrade() -> None:
    for table in ("call_attempts", "call_list_entries", "call_lists"):
        op.drop_table(table)
