"""who wants a product that is not there, and when one has come"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0910"
down_revision: str | None = "20261122_0905"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("products", _moment("arrived_at"))
    op.create_table(
        "product_wishes",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        _moment("fulfilled_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        _moment("deleted_at"),
        sa.Column("source_system", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_product_wishes"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_wishes_product_id"
        ),
    )
    op.create_index(
        "uq_product_wishes_waiting",
        "product_wishes",
        ["product_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index("ix_product_wishes_contact_id", "product_wishes", ["contact_id"])
    op.create_index("ix_product_wishes_created_at_id", "product_wishes", ["created_at", "id"])


def downgrade() -> None:
    op.drop_table("product_wishes")
    op.drop_column("products", "arrived_at")
