"""persons and audit"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0030"
down_revision: str | None = "20261122_0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_actor_id", "audit_entries", ["actor_id", "at"], unique=False)
    op.create_index("ix_audit_entries_at_id", "audit_entries", ["at", "id"], unique=False)
    op.create_index(
        "ix_audit_entries_subject_id", "audit_entries", ["subject_id", "at"], unique=False
    )
    op.create_table(
        "erasures",
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("completed_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_erasures_source_system_external_id")
        ),
    )
    op.create_index("ix_erasures_contact_id", "erasures", ["contact_id"], unique=False)
    op.create_index("ix_erasures_created_at_id", "erasures", ["created_at", "id"], unique=False)
    op.create_table(
        "person_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ready_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_exports")),
    )
    op.create_index("ix_person_exports_expires_at", "person_exports", ["expires_at"], unique=False)
    op.create_index(
        "ix_person_exports_requested_by",
        "person_exports",
        ["requested_by", "created_at"],
        unique=False,
    )
    op.create_table(
        "erasure_answers",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column(
            "planned", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "emptied", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("answered_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasures.id"], name=op.f("fk_erasure_answers_erasure_id")
        ),
        sa.PrimaryKeyConstraint("erasure_id", "service", name=op.f("pk_erasure_answers")),
    )
    op.create_table(
        "erased",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "erased_at",
            crm_shared.db.types.UtcDateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased")),
    )
    op.add_column(
        "contacts",
        sa.Column("restricted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "contacts",
        sa.Column("erased_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.drop_column("contacts", "erased_at")
    op.drop_column("contacts", "restricted_at")
    op.drop_table("erased")
    op.drop_table("erasure_answers")
    op.drop_index("ix_person_exports_requested_by", table_name="person_exports")
    op.drop_index("ix_person_exports_expires_at", table_name="person_exports")
    op.drop_table("person_exports")
    op.drop_index("ix_erasures_created_at_id", table_name="erasures")
    op.drop_index("ix_erasures_contact_id", table_name="erasures")
    op.drop_table("erasures")
    op.drop_index("ix_audit_entries_subject_id", table_name="audit_entries")
    op.drop_index("ix_audit_entries_at_id", table_name="audit_entries")
    op.drop_index("ix_audit_entries_actor_id", table_name="audit_entries")
    op.drop_table("audit_entries")
