"""surveys, who was asked, and what he answered"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from crm_shared.db.types import UtcDateTime

revision: str = "20261122_0950"
down_revision: str | None = "20261122_0930"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def _common() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        _moment("deleted_at"),
        sa.Column("source_system", sa.String(64), nullable=True),
        sa.Column("external_id", sa.String(200), nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        *(sa.Column(name, JSONB(), nullable=False) for name in ("titles", "thanks", "questions")),
        sa.Column("score_key", sa.String(40), nullable=True),
        sa.Column("low_score", sa.Integer(), nullable=True),
        sa.Column("open_days", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_common(),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
        sa.UniqueConstraint(
            "source_system", "external_id", name=op.f("uq_surveys_source_system_external_id")
        ),
    )
    op.create_index("ix_surveys_created_at_id", "surveys", ["created_at", "id"])
    ids = ("company_id", "deal_id", "case_id", "owner_id", "team_id")
    op.create_table(
        "survey_invitations",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ids),
        _moment("expires_at", nullable=False),
        _moment("answered_at"),
        sa.Column("score", sa.Numeric(), nullable=True),
        sa.Column("answers", JSONB(), nullable=False),
        sa.Column("words", JSONB(), nullable=False),
        *_common(),
        sa.PrimaryKeyConstraint("id", name="pk_survey_invitations"),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["surveys.id"], name="fk_survey_invitations_survey_id"
        ),
    )
    op.create_index(
        "ix_survey_invitations_survey_id", "survey_invitations", ["survey_id", "answered_at"]
    )
    op.create_index("ix_survey_invitations_contact_id", "survey_invitations", ["contact_id"])
    op.create_index(
        "ix_survey_invitations_created_at_id", "survey_invitations", ["created_at", "id"]
    )


def downgrade() -> None:
    op.drop_table("survey_invitations")
    op.drop_table("surveys")
