"""The effect reads the newest word of every promise, call and invoice from the ledger."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261122_0953"
down_revision: str | None = "20261122_0912"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_ledger_effect ON ledger (subject, revision)"
        " WHERE split_part(type, '.', 3) IN ('activity', 'call', 'invoice')"
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_effect", table_name="ledger")
