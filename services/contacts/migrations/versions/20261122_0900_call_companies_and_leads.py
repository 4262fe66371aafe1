"""companies and leads on call lists; they may want no calls"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0900"
down_revision: str | None = "20261122_0556"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ENTRIES, ATTEMPTS = "call_list_entries", "call_attempts"
OTHERS = ("company_id", "lead_id")


def upgrade() -> None:
    for table in ("companies", "leads"):
        op.add_column(
            table,
            sa.Column("do_not_call", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        )
    op.add_column(
        "call_lists",
        sa.Column("noun", sa.String(length=10), server_default="contact", nullable=False),
    )
    for table in (ENTRIES, ATTEMPTS):
        op.alter_column(table, "contact_id", existing_type=sa.Uuid(), nullable=True)
        for name in OTHERS:
            op.add_column(table, sa.Column(name, sa.Uuid(), nullable=True))
    for name in OTHERS:
        unique = op.f(f"uq_{ENTRIES}_call_list_id_{name}")
        op.create_unique_constraint(unique, ENTRIES, ["call_list_id", name])
        op.create_index(f"ix_{ENTRIES}_{name}", ENTRIES, [name])
    op.create_check_constraint(
        op.f(f"ck_{ENTRIES}_one_callee"),
        ENTRIES,
        "num_nonnulls(contact_id, company_id, lead_id) = 1",
    )
    op.create_index(f"ix_{ATTEMPTS}_lead_id", ATTEMPTS, ["lead_id"])


def downgrade() -> None:
    op.drop_constraint(op.f(f"ck_{ENTRIES}_one_callee"), ENTRIES, type_="check")
    for table in (ENTRIES, ATTEMPTS):
        rows = sa.table(table, sa.column("contact_id"))
        op.execute(sa.delete(rows).where(rows.c.contact_id.is_(None)))
        for name in OTHERS:
            op.drop_column(table, name)
        op.alter_column(table, "contact_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("call_lists", "noun")
    for table in ("companies", "leads"):
        op.drop_column(table, "do_not_call")
