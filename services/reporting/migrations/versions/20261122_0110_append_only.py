"""The ledger is append only: no row of it is changed or deleted, whoever asks."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261122_0110"
down_revision: str | None = "20261122_0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FUNCTION = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append only' USING ERRCODE = 'restrict_violation';
END $$
"""
# Rows of every partition, those to come included; inserting fires nothing.
ROWS = """
CREATE TRIGGER ledger_keeps_rows BEFORE UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()
"""
# Truncating knows no rows, and no partition inherits this: each new one gets its own.
WHOLE = """
CREATE TRIGGER ledger_keeps_all BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()
"""
EACH_PARTITION = """
DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'ledger'::regclass LOOP
        EXECUTE format('{statement}', part);
    END LOOP;
END $$
"""
ADD = (
    "CREATE TRIGGER ledger_keeps_all BEFORE TRUNCATE ON %s "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()"
)


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute(ROWS)
    op.execute(WHOLE)
    op.execute(EACH_PARTITION.format(statement=ADD))


def downgrade() -> None:
    op.execute(EACH_PARTITION.format(statement="DROP TRIGGER ledger_keeps_all ON %s"))
    op.execute("DROP TRIGGER ledger_keeps_all ON ledger")
    op.execute("DROP TRIGGER ledger_keeps_rows ON ledger")
    op.execute("DROP FUNCTION refuse_ledger_change()")
