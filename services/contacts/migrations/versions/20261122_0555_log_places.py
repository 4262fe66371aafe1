"""how far the event log of deals was gone through behind the stream"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0555"
down_revision: str | None = "20261122_0550"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "log_places",
        sa.Column("durable", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("durable", name=op.f("pk_log_places")),
    )


def downgrade() -> None:
    op.drop_table("log_places")
