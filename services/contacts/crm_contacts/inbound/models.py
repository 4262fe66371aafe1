"""What became of each thing that came in, so that it is made once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime


class Settlement(Aggregate, Base):
    """One thing that came in; its id is the one that notifications gave it."""

    __tablename__ = "inbound_settlements"

    __table_args__ = (
        Index("ix_inbound_settlements_name", "source_system", "external_id", "came_at"),
    )

    # when it came: what came before something that was made since is too late
    came_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # of the event that asked: another try of something refused comes with a higher one
    asked_revision: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(200))
    noun: Mapped[str | None] = mapped_column(String(32))
    record_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
