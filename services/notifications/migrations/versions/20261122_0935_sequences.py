"""rules by time, sequences of letters, and what is known of the records they are about"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0935"
down_revision: str | None = "20261122_0933"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ONCE = ["rule_id", "subject_id", "source_revision", "recipient_kind", "recipient_id"]
ACTIVE = sa.text("status = 'active'")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def upgrade() -> None:
    op.add_column("message_rules", sa.Column("timing", JSONB(), nullable=True))
    op.add_column("message_rules", sa.Column("wait", JSONB(), nullable=True))
    op.add_column(
        "message_rules",
        sa.Column("steps", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    )
    op.add_column(
        "message_rules",
        sa.Column("stop_on", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("messages", _id("enrolment_id", nullable=True))
    op.add_column("messages", sa.Column("step", sa.SmallInteger(), nullable=True))
    op.drop_constraint("uq_messages_once", "messages", type_="unique")
    op.create_index(
        "uq_messages_once",
        "messages",
        ONCE,
        unique=True,
        postgresql_where=sa.text("enrolment_id IS NULL"),
    )
    op.create_index(
        "uq_messages_step",
        "messages",
        ["enrolment_id", "step"],
        unique=True,
        postgresql_where=sa.text("enrolment_id IS NOT NULL"),
    )
    _subjects()
    _enrolments()


def _subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("noun", sa.String(16), nullable=False),
        _id("id"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _id("event_id"),
        _id("correlation_id"),
        _moment("recorded_at"),
        sa.Column("is_bulk", sa.Boolean(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("days", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("noun", "id", name="pk_subjects"),
    )
    op.create_index("ix_subjects_days", "subjects", ["days"], postgresql_using="gin")
    op.create_table(
        "silences",
        sa.Column("noun", sa.String(16), nullable=False),
        _id("id"),
        _moment("asked_at", nullable=True),
        _moment("answered_at", nullable=True),
        sa.PrimaryKeyConstraint("noun", "id", name="pk_silences"),
    )
    op.create_index("ix_silences_asked_at", "silences", ["asked_at"])


def _enrolments() -> None:
    op.create_table(
        "enrolments",
        *(_id(name) for name in ("id", "rule_id")),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("noun", sa.String(32), nullable=False),
        _id("subject_id"),
        sa.Column("occasion", sa.String(120), nullable=False),
        *(
            _id(name, nullable=True)
            for name in ("owner_id", "team_id", "contact_id", "company_id", "deal_id", "stage_id")
        ),
        _id("source_event_id"),
        sa.Column("source_type", sa.String(100), nullable=False),
        sa.Column("source_revision", sa.Integer(), nullable=False),
        _id("correlation_id"),
        _moment("happened_at"),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("plan", JSONB(), nullable=False),
        sa.Column("stop_on", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("next_step", sa.Integer(), nullable=False),
        _moment("next_at"),
        sa.Column("taken", JSONB(), nullable=False),
        *(_moment(name) for name in ("started_at", "created_at", "updated_at")),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
        sa.UniqueConstraint("rule_id", "subject_id", "occasion", name="uq_enrolments_occasion"),
    )
    op.create_index(
        "uq_enrolments_under_way",
        "enrolments",
        ["rule_id", "subject_id"],
        unique=True,
        postgresql_where=ACTIVE,
    )
    op.create_index("ix_enrolments_next_at", "enrolments", ["next_at"], postgresql_where=ACTIVE)
    op.create_index("ix_enrolments_contact_id", "enrolments", ["contact_id"])
    op.create_index("ix_enrolments_deal_id", "enrolments", ["deal_id"])
    op.create_index("ix_enrolments_created_at", "enrolments", ["rule_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("enrolments")
    op.drop_table("silences")
    op.drop_table("subjects")
    # letters of sequences are one rule's and record's more than once
    op.execute("DELETE FROM messages WHERE enrolment_id IS NOT NULL")
    op.drop_index("uq_messages_step", table_name="messages")
    op.drop_index("uq_messages_once", table_name="messages")
    op.create_unique_constraint("uq_messages_once", "messages", ONCE)
    op.drop_column("messages", "step")
    op.drop_column("messages", "enrolment_id")
    for name in ("stop_on", "steps", "wait", "timing"):
        op.drop_column("message_rules", name)
