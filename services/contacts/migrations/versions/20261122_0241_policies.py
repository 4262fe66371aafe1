"""policies of the workspace: hidden and sensitive fields, retention"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261122_0241"
down_revision: str | None = "20261122_0231"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

POLICIES = ("hidden_fields", "sensitive_fields", "retention")


def upgrade() -> None:
    for name in POLICIES:
        empty = sa.text("'{}'::jsonb")
        op.add_column(
            "workspace",
            sa.Column(name, postgresql.JSONB(), server_default=empty, nullable=False),
        )


def downgrade() -> None:
    for name in POLICIES:
        op.drop_column("workspace", name)
