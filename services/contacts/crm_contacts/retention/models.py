"""Reports of what was removed because it was too old: counts, nothing of what it was."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import UtcDateTime


class RetentionReport(Base):
    """One portion that a service removed, or would; the id is its event's."""

    __tablename__ = "retention_reports"
    __table_args__ = (Index("ix_retention_reports_at_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    service: Mapped[str] = mapped_column(String(20))
    # the dry run that was asked for
    request_id: Mapped[UUID | None]
    is_dry_run: Mapped[bool]
    removed: Mapped[dict[str, int]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
