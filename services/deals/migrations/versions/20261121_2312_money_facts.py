"""invoices, payments, claims; what deals were discounted by and when they were agreed"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261121_2312"
down_revision: str | None = "20261121_2309"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "number_sequences",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_number_sequences")),
    )
    op.create_table(
        "invoices",
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("line_items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("net", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("tax", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("total", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("paid", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("credited", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("overdue_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_disputed", sa.Boolean(), nullable=False),
        sa.Column("credits_invoice_id", sa.Uuid(), nullable=True),
        sa.Column("void_reason", sa.String(length=16), nullable=True),
        sa.Column("voided_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["credits_invoice_id"], ["invoices.id"], name=op.f("fk_invoices_credits_invoice_id")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_invoices_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
    )
    op.create_index(op.f("ix_invoices_company_id"), "invoices", ["company_id"], unique=False)
    op.create_index(op.f("ix_invoices_contact_id"), "invoices", ["contact_id"], unique=False)
    op.create_index("ix_invoices_created_at_id", "invoices", ["created_at", "id"], unique=False)
    op.create_index(
        op.f("ix_invoices_credits_invoice_id"), "invoices", ["credits_invoice_id"], unique=False
    )
    op.create_index(op.f("ix_invoices_deal_id"), "invoices", ["deal_id"], unique=False)
    op.create_index(
        "ix_invoices_owed",
        "invoices",
        ["due_date"],
        unique=False,
        postgresql_where=sa.text("status IN ('issued', 'partly_paid')"),
    )
    op.create_index(op.f("ix_invoices_owner_id"), "invoices", ["owner_id"], unique=False)
    op.create_index(
        "uq_invoices_external",
        "invoices",
        ["source_system", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "uq_invoices_number",
        "invoices",
        ["number"],
        unique=True,
        postgresql_where=sa.text("number IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_table(
        "payments",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("refunds_id", sa.Uuid(), nullable=True),
        sa.Column("refunded", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("allocations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("invoice_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("allocated", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("void_reason", sa.String(length=16), nullable=True),
        sa.Column("voided_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.CheckConstraint("allocated BETWEEN 0 AND amount", name=op.f("ck_payments_allocated")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_payments_deal_id")),
        sa.ForeignKeyConstraint(
            ["refunds_id"], ["payments.id"], name=op.f("fk_payments_refunds_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_company_id"), "payments", ["company_id"], unique=False)
    op.create_index(op.f("ix_payments_contact_id"), "payments", ["contact_id"], unique=False)
    op.create_index("ix_payments_created_at_id", "payments", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_payments_deal_id"), "payments", ["deal_id"], unique=False)
    op.create_index(
        "ix_payments_invoice_ids", "payments", ["invoice_ids"], unique=False, postgresql_using="gin"
    )
    op.create_index(op.f("ix_payments_owner_id"), "payments", ["owner_id"], unique=False)
    op.create_index("ix_payments_paid_on_id", "payments", ["paid_on", "id"], unique=False)
    op.create_index(op.f("ix_payments_refunds_id"), "payments", ["refunds_id"], unique=False)
    op.create_index(
        "uq_payments_external",
        "payments",
        ["source_system", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_table(
        "claims",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("settled_amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("resolution", sa.String(length=64), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_claims_deal_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_claims_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_company_id"), "claims", ["company_id"], unique=False)
    op.create_index(op.f("ix_claims_contact_id"), "claims", ["contact_id"], unique=False)
    op.create_index("ix_claims_created_at_id", "claims", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_claims_deal_id"), "claims", ["deal_id"], unique=False)
    op.create_index(op.f("ix_claims_invoice_id"), "claims", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_claims_owner_id"), "claims", ["owner_id"], unique=False)
    op.create_index(
        "uq_claims_external",
        "claims",
        ["source_system", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.add_column(
        "deals",
        sa.Column(
            "discount", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
    )
    op.add_column(
        "deals",
        sa.Column("agreed_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column("deals", sa.Column("is_repeat", sa.Boolean(), nullable=True))
    op.add_column("deals", sa.Column("is_customer_unreliable", sa.Boolean(), nullable=True))
    op.add_column("deals", sa.Column("copied_from_id", sa.Uuid(), nullable=True))
    op.add_column(
        "pipelines",
        sa.Column(
            "unreliable_customers",
            sa.String(length=8),
            server_default=sa.text("'warn'"),
            nullable=False,
        ),
    )
    op.add_column(
        "stages",
        sa.Column("is_agreed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    # what is won was agreed, at the latest then
    op.execute("UPDATE deals SET agreed_at = first_won_at WHERE first_won_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("stages", "is_agreed")
    op.drop_column("pipelines", "unreliable_customers")
    op.drop_column("deals", "copied_from_id")
    op.drop_column("deals", "is_customer_unreliable")
    op.drop_column("deals", "is_repeat")
    op.drop_column("deals", "agreed_at")
    op.drop_column("deals", "discount")
    op.drop_index(
        "uq_claims_external",
        table_name="claims",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_claims_owner_id"), table_name="claims")
    op.drop_index(op.f("ix_claims_invoice_id"), table_name="claims")
    op.drop_index(op.f("ix_claims_deal_id"), table_name="claims")
    op.drop_index("ix_claims_created_at_id", table_name="claims")
    op.drop_index(op.f("ix_claims_contact_id"), table_name="claims")
    op.drop_index(op.f("ix_claims_company_id"), table_name="claims")
    op.drop_table("claims")
    op.drop_index(
        "uq_payments_external",
        table_name="payments",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_payments_refunds_id"), table_name="payments")
    op.drop_index("ix_payments_paid_on_id", table_name="payments")
    op.drop_index(op.f("ix_payments_owner_id"), table_name="payments")
    op.drop_index("ix_payments_invoice_ids", table_name="payments", postgresql_using="gin")
    op.drop_index(op.f("ix_payments_deal_id"), table_name="payments")
    op.drop_index("ix_payments_created_at_id", table_name="payments")
    op.drop_index(op.f("ix_payments_contact_id"), table_name="payments")
    op.drop_index(op.f("ix_payments_company_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(
        "uq_invoices_number",
        table_name="invoices",
        postgresql_where=sa.text("number IS NOT NULL AND deleted_at IS NULL"),
    )
    op.drop_index(
        "uq_invoices_external",
        table_name="invoices",
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_invoices_owner_id"), table_name="invoices")
    op.drop_index(
        "ix_invoices_owed",
        table_name="invoices",
        postgresql_where=sa.text("status IN ('issued', 'partly_paid')"),
    )
    op.drop_index(op.f("ix_invoices_deal_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_credits_invoice_id"), table_name="invoices")
    op.drop_index("ix_invoices_created_at_id", table_name="invoices")
    op.drop_index(op.f("ix_invoices_contact_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_company_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("number_sequences")
