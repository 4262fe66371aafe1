"""a column of the board without its pipeline's name, and who takes part, found by indexes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_1410"
down_revision: str | None = "20261122_1400"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _board(*columns: str) -> None:
    op.drop_index("ix_deals_board", table_name="deals")
    op.create_index(
        "ix_deals_board",
        "deals",
        list(columns),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def upgrade() -> None:
    # a stage says its pipeline: the rest of a column is asked for by its stage alone
    _board("stage_id", "rank", "id")
    op.create_index(
        "ix_deals_contact_ids",
        "deals",
        ["contact_ids"],
        postgresql_using="gin",
        postgresql_ops={"contact_ids": "jsonb_path_ops"},
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("(contact_ids <> '[]'::jsonb)"),
    )


def downgrade() -> None:
    op.drop_index("ix_deals_contact_ids", table_name="deals")
    _board("pipeline_id", "stage_id", "rank", "id")
