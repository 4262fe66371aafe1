"""Deals of which was announced that nothing is planned for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0070"
down_revision: str | None = "20261122_0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "deals_without_step",
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"],
            ["deals.id"],
            name=op.f("fk_deals_without_step_deal_id_deals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deals_without_step")),
    )
    # an upgrade is no news about the deals that are there: what comes to be from now on is told
    op.execute(
        "INSERT INTO deals_without_step (deal_id, since) "
        "SELECT id, now() FROM deals WHERE outcome = 'open' AND deleted_at IS NULL"
    )


def downgrade() -> None:
    op.drop_table("deals_without_step")
