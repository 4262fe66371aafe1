"""what became of things that came in"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261122_0905"
down_revision: str | None = "20261122_0900"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "inbound_settlements",
        sa.Column("asked_revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("noun", sa.String(length=32), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", crm_shared.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_settlements")),
    )


def downgrade() -> None:
    op.drop_table("inbound_settlements")
