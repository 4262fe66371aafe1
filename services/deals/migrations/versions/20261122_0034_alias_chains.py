"""merged records: chains"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261122_0034"
down_revision: str | None = "20261122_0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # where the chain of merges ends stands in survivor_id; what was said, in into_id
    op.add_column("aliases", sa.Column("into_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE aliases SET into_id = survivor_id")
    op.alter_column("aliases", "into_id", nullable=False)
    op.create_index("ix_aliases_into_id", "aliases", ["into_id"])


def downgrade() -> None:
    op.drop_index("ix_aliases_into_id", table_name="aliases")
    op.drop_column("aliases", "into_id")
