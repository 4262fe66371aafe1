"""A request to erase somebody: planned, running until every service has answered, completed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class ErasureState(StrEnum):
    """Where a request stands."""

    PLANNED = "planned"
    RUNNING = "running"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Erasure(Aggregate, Base):
    """A request: whom it is about, who asked and who has answered; it says nothing of him."""

    __tablename__ = "erasures"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        Index("ix_erasures_contact_id", "contact_id"),
        Index("ix_erasures_created_at_id", "created_at", "id"),
    )

    contact_id: Mapped[UUID | None]
    # all that he is, merged ones too: each service answers for each of them
    contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    lead_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(10))
    requested_by: Mapped[UUID]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ErasureAnswer(Base):
    """What one service would empty (`planned`), and what it has emptied (`emptied`)."""

    __tablename__ = "erasure_answers"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasures.id"), primary_key=True)
    service: Mapped[str] = mapped_column(String(20), primary_key=True)
    planned: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    emptied: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    answered_for: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default=list)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
