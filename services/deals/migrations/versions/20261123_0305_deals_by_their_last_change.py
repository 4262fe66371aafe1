"""Whoever keeps a copy of the deals finds what has changed since he asked last."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261123_0305"
down_revision: str | None = "20261122_1501"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_deals_updated_at_id", "deals", ["updated_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_deals_updated_at_id", table_name="deals")
