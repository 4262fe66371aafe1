"""support cases, their queues, comments and feedback"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0059"
down_revision: str | None = "20261122_0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WATCHED = sa.text("next_alarm_at IS NOT NULL AND deleted_at IS NULL")
SOLVED = sa.text("status = 'solved' AND deleted_at IS NULL")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int | None, *, nullable: bool = True) -> sa.Column[Any]:
    kind = sa.Text() if length is None else sa.String(length=length)
    return sa.Column(name, kind, nullable=nullable)


def _id(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _aggregate() -> list[sa.Column[Any]]:
    return [
        _id("id", nullable=False),
        _number("revision"),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        _moment("deleted_at"),
        _text("source_system", 64),
        _text("external_id", 200),
    ]


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("case_numbers")))
    op.create_table(
        "case_queues",
        _text("name", 200, nullable=False),
        _id("team_id"),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        _flag("is_active"),
        *_aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_queues")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_case_queues_source_system_external_id")
        ),
    )
    _cases()
    op.create_table(
        "case_comments",
        _id("id", nullable=False),
        _id("case_id", nullable=False),
        _id("author_id", nullable=False),
        _text("text", None, nullable=False),
        _flag("is_public"),
        _flag("by_customer"),
        _flag("is_automatic"),
        _moment("created_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_comments")),
    )
    op.create_index(
        "ix_case_comments_case_id_created_at", "case_comments", ["case_id", "created_at"]
    )
    _feedback()


def _cases() -> None:
    op.create_table(
        "cases",
        _number("number"),
        _text("subject", 300, nullable=False),
        _text("description", None),
        _text("channel", 40),
        _text("topic", 40),
        *(_id(name) for name in ("contact_id", "company_id", "deal_id", "queue_id")),
        *(_id(name) for name in ("owner_id", "team_id")),
        _text("priority", 10, nullable=False),
        _text("status", 10, nullable=False),
        _moment("clock_started_at", nullable=False),
        _moment("waiting_since"),
        _number("waited_s"),
        _moment("first_responded_at"),
        *(
            _moment(f"{limit}_{name}_at")
            for limit in ("first_response", "solution")
            for name in ("warn", "due", "warned", "breached")
        ),
        _moment("next_alarm_at"),
        _moment("solved_at"),
        _id("solved_by_id"),
        _moment("closed_at"),
        _text("outcome", 10),
        _number("reopened_count"),
        _id("merged_into_id"),
        _text("status_before_merge", 10),
        _id("escalated_to_id"),
        *_aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_cases_source_system_external_id")
        ),
    )
    op.create_index("ix_cases_created_at_id", "cases", ["created_at", "id"])
    for name in ("owner_id", "team_id"):
        op.create_index(f"ix_cases_{name}_created_at", "cases", [name, "created_at"])
    for name in ("contact_id", "company_id", "merged_into_id"):
        op.create_index(f"ix_cases_{name}", "cases", [name])
    op.create_index("ix_cases_next_alarm_at", "cases", ["next_alarm_at"], postgresql_where=WATCHED)
    op.create_index("ix_cases_solved_at", "cases", ["solved_at"], postgresql_where=SOLVED)


def _feedback() -> None:
    op.create_table(
        "feedback",
        _id("case_id", nullable=False),
        *(_id(name) for name in ("contact_id", "company_id", "owner_id", "team_id")),
        _text("scale", 10, nullable=False),
        _number("score", nullable=True),
        _text("text", None),
        _moment("submitted_at"),
        *_aggregate(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("case_id", name=op.f("uq_feedback_case_id")),
    )
    for name in ("contact_id", "company_id"):
        op.create_index(f"ix_feedback_{name}", "feedback", [name])
    op.create_index("ix_feedback_created_at_id", "feedback", ["created_at", "id"])


def downgrade() -> None:
    for table in ("feedback", "case_comments", "cases", "case_queues"):
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("case_numbers")))
