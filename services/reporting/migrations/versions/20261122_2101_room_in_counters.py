"""Room in the pages of the counters: a sum that changes stays where it is."""

from collections.abc import Sequence

from alembic import op

revision: str = "20261122_2101"
down_revision: str | None = "20261122_2002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # for pages to come; the next rebuild fills all anew
    op.execute("ALTER TABLE counters SET (fillfactor = 80)")


def downgrade() -> None:
    op.execute("ALTER TABLE counters RESET (fillfactor)")
