"""persons and audit"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261122_0031"
down_revision: str | None = "20261122_0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
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


def downgrade() -> None:
    op.drop_table("erased")
