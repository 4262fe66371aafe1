"""segments, purchases of clients, and what a portrait of a person is drawn from"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0230"
down_revision: str | None = "20261122_0060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PORTRAIT = {
    "sex": 10,
    "country": 100,
    "city": 100,
    "district": 100,
    "income_band": 40,
    "education": 40,
    "marital_status": 40,
    "occupation": 100,
}


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    return sa.Column(name, moment, nullable=nullable)


def _aggregate() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("deleted_at", nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
    ]


def upgrade() -> None:
    for name, length in PORTRAIT.items():
        op.add_column("contacts", sa.Column(name, sa.String(length=length), nullable=True))
    _purchases()
    _segments()
    _members()


def _purchases() -> None:
    op.create_table(
        "customer_deals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        _moment("won_at", nullable=True),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_deals")),
    )
    for name in ("contact_id", "company_id"):
        op.create_index(
            f"ix_customer_deals_{name}",
            "customer_deals",
            [name],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )


def _segments() -> None:
    op.create_table(
        "segments",
        *_aggregate(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("noun", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "filter", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
    )
    op.create_index("ix_segments_created_at_id", "segments", ["created_at", "id"])
    op.create_index("ix_segments_owner_id", "segments", ["owner_id"])
    op.create_table(
        "segment_evaluations",
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        _moment("due_at"),
        _moment("evaluated_at", nullable=True),
        sa.Column("evaluated_version", sa.Integer(), nullable=True),
        sa.Column("seen_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segment_evaluations")),
    )
    op.create_index("ix_segment_evaluations_due_at", "segment_evaluations", ["due_at"])


def _members() -> None:
    op.create_table(
        "segment_members",
        *_aggregate(),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.String(length=10), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_members")),
        sa.UniqueConstraint(
            "segment_id", "member_id", name=op.f("uq_segment_members_segment_id_member_id")
        ),
    )
    op.create_index("ix_segment_members_member_id", "segment_members", ["member_id"])
    op.create_table(
        "segment_stays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        _moment("since"),
        _moment("until", nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_stays")),
    )
    op.create_index("ix_segment_stays_segment_id_since", "segment_stays", ["segment_id", "since"])
    op.create_index("ix_segment_stays_member_id", "segment_stays", ["member_id"])
    op.create_index(
        "uq_segment_stays_open",
        "segment_stays",
        ["segment_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )


def downgrade() -> None:
    for table in (
        "segment_stays",
        "segment_members",
        "segment_evaluations",
        "segments",
        "customer_deals",
    ):
        op.drop_table(table)
    for name in PORTRAIT:
        op.drop_column("contacts", name)
