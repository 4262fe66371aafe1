"""the board, states announced once"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261121_2200"
down_revision: str | None = "20261121_2015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UTC = crm_shared.db.types.UtcDateTime(timezone=True)


def upgrade() -> None:
    add_to_deals()


def downgrade() -> None:
    op.drop_index("ix_deals_board", table_name="deals")
    for name in ("overdue_at", "rotting_at", "rank"):
        op.drop_column("deals", name)


def add_to_deals() -> None:
    op.add_column(
        "deals",
        sa.Column(
            "rank",
            sa.Numeric(),
            server_default=sa.text("EXTRACT(epoch FROM now())"),
            nullable=False,
        ),
    )
    op.add_column("deals", sa.Column("rotting_at", UTC, nullable=True))
    op.add_column("deals", sa.Column("overdue_at", UTC, nullable=True))
    # what is late already is noted, not announced: nobody wants an alarm for every old deal
    op.execute(
        """
        UPDATE deals SET
            rank = EXTRACT(epoch FROM deals.created_at),
            overdue_at = CASE WHEN expected_close_date < current_date AND deals.outcome = 'open'
                THEN now() END,
            rotting_at = CASE WHEN deals.outcome = 'open'
                AND stage_entered_at + stages.rotting_days * interval '1 day' <= now()
                THEN now() END
        FROM stages WHERE stages.id = deals.stage_id
        """
    )
    op.create_index(
        "ix_deals_board",
        "deals",
        ["pipeline_id", "stage_id", "rank", "id"],
        unique=False,
        postgresql_include=["currency", "amount", "owner_id", "team_id"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
