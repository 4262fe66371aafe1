"""the board, states announced once, credits, competitors, costs, price lists"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261121_2200"
down_revision: str | None = "20261121_2015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UTC = crm_shared.db.types.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.add_column("products", sa.Column("cost", sa.Numeric(precision=19, scale=4), nullable=True))
    make_competitors()
    make_price_lists()
    add_to_deals()


def downgrade() -> None:
    op.drop_index("ix_deals_own_board", table_name="deals")
    op.drop_index("ix_deals_board", table_name="deals")
    op.drop_constraint("fk_deals_price_list_id", "deals", type_="foreignkey")
    op.drop_constraint("fk_deals_competitor_id", "deals", type_="foreignkey")
    for name in ("price_list_id", "credits", "competitor_id", "overdue_at", "rotting_at", "rank"):
        op.drop_column("deals", name)
    op.drop_table("price_lists")
    op.drop_table("competitors")
    op.drop_column("products", "cost")


def aggregate() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("deleted_at", UTC, nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
    ]


def one_external_id_each(table: str) -> None:
    op.create_index(
        f"uq_{table}_external",
        table,
        ["source_system", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )


def make_price_lists() -> None:
    op.create_table(
        "price_lists",
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
    )
    one_external_id_each("price_lists")
    op.create_index(
        "uq_price_lists_label",
        "price_lists",
        ["label"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def make_competitors() -> None:
    op.create_table(
        "competitors",
        sa.Column("label", sa.String(length=200), nullable=False),
        *aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competitors")),
    )
    one_external_id_each("competitors")
    op.create_index(
        "uq_competitors_label",
        "competitors",
        ["label"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


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
    op.add_column(
        "deals",
        sa.Column(
            "credits",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.add_column("deals", sa.Column("competitor_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deals_competitor_id"), "deals", "competitors", ["competitor_id"], ["id"]
    )
    op.add_column("deals", sa.Column("price_list_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_deals_price_list_id"), "deals", "price_lists", ["price_list_id"], ["id"]
    )
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
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_deals_own_board",
        "deals",
        ["owner_id", "stage_id", "rank", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
