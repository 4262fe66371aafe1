"""deals know the lead they came from"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261121_2210"
down_revision: str | None = "20261121_2200"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("deals", sa.Column("source_lead_id", sa.Uuid(), nullable=True))
    op.add_column(
        "deals",
        sa.Column(
            "is_pipeline_assumed", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.create_index(
        "ix_deals_source_lead_id",
        "deals",
        ["source_lead_id"],
        postgresql_where=sa.text("source_lead_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_deals_source_lead_id", table_name="deals")
    op.drop_column("deals", "is_pipeline_assumed")
    op.drop_column("deals", "source_lead_id")
