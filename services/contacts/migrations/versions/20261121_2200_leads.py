"""leads and the web forms that bring them"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_shared.db.types import UtcDateTime

revision: str = "20261121_2200"
down_revision: str | None = "20261121_2016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IS_NEW = sa.text("status = 'new' AND deleted_at IS NULL")
IS_NOBODYS = sa.text("owner_id IS NULL AND deleted_at IS NULL")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int | None, *, nullable: bool = True) -> sa.Column[Any]:
    kind = sa.Text() if length is None else sa.String(length=length)
    return sa.Column(name, kind, nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def _texts(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.ARRAY(sa.Text()), nullable=False)


def _id(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _aggregate() -> list[sa.Column[Any]]:
    return [
        _id("id", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        _moment("deleted_at"),
        _text("source_system", 64),
        _text("external_id", 200),
    ]


def upgrade() -> None:
    _leads()
    _lead_forms()
    op.create_table(
        "lead_form_guards",
        _id("form_id", nullable=False),
        _text("subject", 32, nullable=False),
        _moment("since", nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["form_id"], ["lead_forms.id"], name=op.f("fk_lead_form_guards_form_id")
        ),
        sa.PrimaryKeyConstraint("form_id", "subject", name=op.f("pk_lead_form_guards")),
    )
    op.create_index("ix_lead_form_guards_since", "lead_form_guards", ["since"])


def _leads() -> None:
    op.create_table(
        "leads",
        _text("first_name", 100),
        _text("last_name", 100),
        _text("company_name", 300),
        _text("job_title", 200),
        _json("emails"),
        _json("phones"),
        _text("note", None),
        _text("language", 2),
        _id("owner_id"),
        _id("team_id"),
        _text("source", 100),
        _text("channel", 100),
        _text("campaign", 100),
        sa.Column("utm", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        _json("labels"),
        _id("form_id"),
        _text("status", 20, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        _json("score_reasons"),
        _moment("respond_by"),
        _moment("first_responded_at"),
        _moment("qualified_at"),
        _moment("converted_at"),
        _moment("disqualified_at"),
        _text("disqualify_reason", 40),
        _text("disqualify_note", None),
        _id("contact_id"),
        _id("company_id"),
        _id("deal_id"),
        _text("deal_title", 300),
        sa.Column("awaits_confirmation", sa.Boolean(), nullable=False),
        _moment("confirmed_at"),
        _moment("overdue_at"),
        _moment("unassigned_since"),
        _moment("unassigned_at"),
        _texts("email_keys"),
        _texts("phone_keys"),
        _text("search_text", None, nullable=False),
        *_aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_leads_source_system_external_id")
        ),
    )
    op.create_index("ix_leads_created_at_id", "leads", ["created_at", "id"])
    op.create_index("ix_leads_owner_id_created_at", "leads", ["owner_id", "created_at"])
    op.create_index("ix_leads_team_id_created_at", "leads", ["team_id", "created_at"])
    op.create_index("ix_leads_email_keys", "leads", ["email_keys"], postgresql_using="gin")
    op.create_index("ix_leads_phone_keys", "leads", ["phone_keys"], postgresql_using="gin")
    op.create_index("ix_leads_respond_by_new", "leads", ["respond_by"], postgresql_where=IS_NEW)
    op.create_index(
        "ix_leads_unassigned_since", "leads", ["unassigned_since"], postgresql_where=IS_NOBODYS
    )
    op.create_index(
        "ix_leads_search_text",
        "leads",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )


def _lead_forms() -> None:
    op.create_table(
        "lead_forms",
        _text("name", 200, nullable=False),
        _text("key_hash", 64, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _texts("fields"),
        _text("honeypot", 60),
        _id("owner_id"),
        _id("team_id"),
        _text("source", 100),
        _text("channel", 100),
        _text("campaign", 100),
        _json("utm_labels"),
        sa.Column("double_opt_in", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_address_hour", sa.Integer(), nullable=False),
        *_aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_forms")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_lead_forms_key_hash")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_lead_forms_source_system_external_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("lead_form_guards")
    op.drop_table("lead_forms")
    op.drop_table("leads")
