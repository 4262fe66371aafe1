"""A request for all that is kept of a person, and what the services have handed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime


class PersonExport(Base):
    """What was collected; dropped when its time is over, or when the person is erased."""

    __tablename__ = "person_exports"
    __table_args__ = (
        Index("ix_person_exports_requested_by", "requested_by", "created_at"),
        Index("ix_person_exports_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID]
    requested_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    parts: Mapped[dict[str, Any]] = mapped_column(JSONB)
