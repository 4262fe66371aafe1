"""validations, and the mark by which every process learns that they changed"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0530"
down_revision: str | None = "20261122_0600"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    document = postgresql.JSONB(astext_type=sa.Text())
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    op.create_table(
        "validations",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("messages", document, nullable=False),
        sa.Column("noun", sa.String(length=16), nullable=False),
        sa.Column("on", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("stages", postgresql.ARRAY(sa.String(length=100)), nullable=False),
        sa.Column("outcomes", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("conditions", document, nullable=False),
        sa.Column("demands", document, nullable=False),
        sa.Column("on_import", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validations")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_validations_source_system_external_id")
        ),
    )
    op.create_table(
        "validation_marks",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation_marks")),
    )


def downgrade() -> None:
    op.drop_table("validation_marks")
    op.drop_table("validations")
