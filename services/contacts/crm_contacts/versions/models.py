"""One row per revision: for audit, for undoing a merge, for segments at a date."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import UtcDateTime


class Version(Base):
    """What a row looked like from one revision on, and who made it so."""

    __tablename__ = "versions"
    __table_args__ = (Index("ix_versions_at", "at", postgresql_using="brin"),)

    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
