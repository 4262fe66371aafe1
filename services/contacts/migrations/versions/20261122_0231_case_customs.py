"""custom fields and tags of support cases"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261122_0231"
down_revision: str | None = "20261122_0230"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EMPTY = sa.text("'{}'::jsonb")
NO_TAGS = "'{}'::text[]"


def upgrade() -> None:
    op.add_column(
        "cases",
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text(NO_TAGS), nullable=False
        ),
    )
    op.create_index(
        "ix_cases_tags",
        "cases",
        ["tags"],
        postgresql_using="gin",
        postgresql_where=sa.text(f"tags <> {NO_TAGS}"),
    )
    for name in ("custom_fields", "personal_fields"):
        column = sa.Column(name, postgresql.JSONB(), server_default=EMPTY, nullable=False)
        op.add_column("cases", column)
        op.create_index(
            f"ix_cases_{name}",
            "cases",
            [name],
            postgresql_using="gin",
            postgresql_ops={name: "jsonb_path_ops"},
            postgresql_where=sa.text(f"{name} <> '{{}}'::jsonb"),
        )


def downgrade() -> None:
    for name in ("personal_fields", "custom_fields", "tags"):
        op.drop_index(f"ix_cases_{name}", table_name="cases")
        op.drop_column("cases", name)
