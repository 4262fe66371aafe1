"""Rows of the surveys feature."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class Survey(Aggregate, Base):
    """Questions in several languages; who was asked keeps the ones he was asked."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_surveys_created_at_id", "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    titles: Mapped[dict[str, str]] = mapped_column(JSONB)
    thanks: Mapped[dict[str, str]] = mapped_column(JSONB)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # the question that is the answer's score
    score_key: Mapped[str | None] = mapped_column(String(40))
    # so much or less makes a task for whoever looks after the client
    low_score: Mapped[int | None]
    open_days: Mapped[int]
    is_active: Mapped[bool]


class SurveyInvitation(Aggregate, Base):
    """One person asked once, about one fact; his answers, once he gives them."""

    __tablename__ = "survey_invitations"
    __table_args__ = (
        Index("ix_survey_invitations_survey_id", "survey_id", "answered_at"),
        Index("ix_survey_invitations_contact_id", "contact_id"),
        Index("ix_survey_invitations_created_at_id", "created_at", "id"),
    )

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"))
    contact_id: Mapped[UUID]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    score: Mapped[Decimal | None]
    # numbers and codes of options; what somebody wrote in his own words stands apart
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words: Mapped[dict[str, str]] = mapped_column(JSONB)
