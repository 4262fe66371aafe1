"""scripts, runs and completed steps"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0050"
down_revision: str | None = "20261122_0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _aggregate() -> list[sa.Column[Any]]:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column("source_system", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
    ]


def upgrade() -> None:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "scripts",
        *_aggregate(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("noun", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=100), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("steps", json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
    )
    op.create_index("ix_scripts_noun_status", "scripts", ["noun", "status"])
    op.create_table(
        "script_runs",
        *_aggregate(),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=10), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("steps", json, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_runs")),
        sa.UniqueConstraint(
            "script_id", "record_id", name=op.f("uq_script_runs_script_id_record_id")
        ),
    )
    op.create_index("ix_script_runs_record_id", "script_runs", ["record_id"])
    op.create_table(
        "completed_steps",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("script_version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_completed_steps")),
    )
    op.create_index("ix_completed_steps_script_id_step", "completed_steps", ["script_id", "step"])


def downgrade() -> None:
    for table in ("completed_steps", "script_runs", "scripts"):
        op.drop_table(table)
