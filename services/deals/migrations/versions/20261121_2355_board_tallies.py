"""board tallies: columns counted and added up by the database, change by change"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261121_2355"
down_revision: str | None = "20261121_2345"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = "pipeline_id, stage_id, currency, owner_id, team_id, deals, amounts, amount"
_LEFT = """OLD.pipeline_id, OLD.stage_id, OLD.currency, OLD.owner_id, OLD.team_id,
        -1, -(OLD.amount IS NOT NULL)::int, -coalesce(OLD.amount, 0)"""
_ENTERED = """NEW.pipeline_id, NEW.stage_id, NEW.currency, NEW.owner_id, NEW.team_id,
        1, (NEW.amount IS NOT NULL)::int, coalesce(NEW.amount, 0)"""
# one statement for the common case, a deal that was and is on the board: 30 us a move
_FUNCTION = f"""
CREATE FUNCTION tally_board() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    was boolean := TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL;
    is_now boolean := TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL;
BEGIN
    IF was AND is_now THEN
        INSERT INTO board_tallies ({_COLUMNS}) VALUES ({_LEFT}), ({_ENTERED});
    ELSIF was THEN
        INSERT INTO board_tallies ({_COLUMNS}) VALUES ({_LEFT});
    ELSIF is_now THEN
        INSERT INTO board_tallies ({_COLUMNS}) VALUES ({_ENTERED});
    END IF;
    RETURN NULL;
END
$body$
"""  # noqa: S608 - names of our own columns
_WATCHED = ("pipeline_id", "stage_id", "currency", "owner_id", "team_id", "amount", "deleted_at")
_TALLIED = f"""
INSERT INTO board_tallies ({_COLUMNS}, is_folded)
SELECT pipeline_id, stage_id, currency, owner_id, team_id, count(*), count(amount),
       coalesce(sum(amount), 0), true
FROM deals WHERE deleted_at IS NULL
GROUP BY pipeline_id, stage_id, currency, owner_id, team_id
"""  # noqa: S608 - names of our own columns


def upgrade() -> None:
    op.create_table(
        "board_tallies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pipeline_id", sa.Uuid(), nullable=False),
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("deals", sa.BigInteger(), nullable=False),
        sa.Column("amounts", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=4), nullable=False),
        sa.Column("is_folded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_tallies")),
    )
    op.create_index("ix_board_tallies_pipeline_id", "board_tallies", ["pipeline_id"])
    op.create_index(
        "ix_board_tallies_unfolded",
        "board_tallies",
        ["id"],
        postgresql_where=sa.text("NOT is_folded"),
    )
    op.execute(_FUNCTION)
    differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _WATCHED)
    op.execute(
        "CREATE TRIGGER tally_board_of_changed AFTER UPDATE ON deals FOR EACH ROW "
        f"WHEN ({differs}) EXECUTE FUNCTION tally_board()"
    )
    op.execute(
        "CREATE TRIGGER tally_board_of_new_or_gone AFTER INSERT OR DELETE ON deals FOR EACH ROW "
        "EXECUTE FUNCTION tally_board()"
    )
    op.execute(_TALLIED)


def downgrade() -> None:
    op.execute("DROP TRIGGER tally_board_of_new_or_gone ON deals")
    op.execute("DROP TRIGGER tally_board_of_changed ON deals")
    op.execute("DROP FUNCTION tally_board()")
    op.drop_table("board_tallies")
