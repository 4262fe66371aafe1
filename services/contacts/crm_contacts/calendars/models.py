"""Links to calendars."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime
from crm_shared.ids import new_id


class CalendarLink(Base):
    """A secret address of somebody's calendar; the secret itself is signed, not stored."""

    __tablename__ = "calendar_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
