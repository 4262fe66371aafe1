"""Rates have a revision and are announced, like all that is entered here."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261122_1204"
down_revision: str | None = "20261122_1203"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    # rates of before were announced to nobody: their first event brings them to revision 1
    for column, first in (
        (sa.Column("id", sa.Uuid()), "gen_random_uuid()"),
        (sa.Column("revision", sa.Integer()), "0"),
        (sa.Column("created_at", moment), "now()"),
        (sa.Column("updated_at", moment), "now()"),
    ):
        op.add_column("rates", column)
        op.execute(f"UPDATE rates SET {column.name} = {first}")  # noqa: S608 our own names
        op.alter_column("rates", column.name, nullable=False)
    op.add_column("rates", sa.Column("deleted_at", moment, nullable=True))
    op.add_column("rates", sa.Column("source_system", sa.String(64), nullable=True))
    op.add_column("rates", sa.Column("external_id", sa.String(200), nullable=True))
    op.drop_constraint("pk_rates", "rates")
    op.create_primary_key("pk_rates", "rates", ["id"])
    name = op.f("uq_rates_currency_quote_day")
    op.create_unique_constraint(name, "rates", ["currency", "quote", "day"])


def downgrade() -> None:
    op.drop_constraint("uq_rates_currency_quote_day", "rates")
    op.drop_constraint("pk_rates", "rates")
    for name in (
        "id", "revision", "created_at", "updated_at", "deleted_at", "source_system", "external_id"
    ):  # fmt: skip
        op.drop_column("rates", name)
    op.create_primary_key("pk_rates", "rates", ["currency", "quote", "day"])
