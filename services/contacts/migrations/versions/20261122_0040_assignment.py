"""assignment rules, hand-overs, absences, ratings and classes of clients"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_shared.db.types

revision: str = "20261122_0040"
down_revision: str | None = "20261122_0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CLIENTS = ("contacts", "companies", "leads")


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
    for table in CLIENTS:
        op.add_column(table, sa.Column("client_class", sa.String(length=20), nullable=True))
    op.add_column(
        "users",
        sa.Column("absences", json, server_default=sa.text("'[]'::jsonb"), nullable=False),
    )
    op.add_column(
        "users",
        sa.Column("ratings", json, server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.create_table(
        "assignment_rules",
        *_aggregate(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("conditions", json, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("active_from", moment, nullable=False),
        sa.Column("on_bulk", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(length=20), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("user_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("per_user", sa.Integer(), nullable=True),
        sa.Column("per_team", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_rules")),
    )
    op.create_table(
        "assignment_turns",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("last_user_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_assignment_turns")),
    )
    op.create_table(
        "assignment_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("passed_over", json, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_runs")),
    )
    op.create_index("ix_assignment_runs_rule_id_id", "assignment_runs", ["rule_id", "id"])
    op.create_index("ix_assignment_runs_record_id", "assignment_runs", ["record_id"])
    op.create_table(
        "hand_overs",
        *_aggregate(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("owner_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("nouns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("include_closed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("found", json, nullable=False),
        sa.Column("moved", json, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_overs")),
    )
    op.create_index(
        "uq_hand_overs_user_id_running",
        "hand_overs",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )


def downgrade() -> None:
    for table in ("hand_overs", "assignment_runs", "assignment_turns", "assignment_rules"):
        op.drop_table(table)
    op.drop_column("users", "ratings")
    op.drop_column("users", "absences")
    for table in CLIENTS:
        op.drop_column(table, "client_class")
