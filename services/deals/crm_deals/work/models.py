"""Rows of the work feature: copies of what is said elsewhere to happen around deals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, PrimaryKeyConstraint, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.base import Base
from crm_shared.clock import utc_now
from crm_shared.db.types import UtcDateTime

# literal, so that the planner always knows which partial index is meant
PLANNED = text("((kind = 'task' AND state = 'open') OR (kind = 'activity' AND state = 'planned'))")


class KnownWork(Base):
    """One task, call or activity about a deal, as its newest event told."""

    __tablename__ = "known_work"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "id"),
        Index("ix_known_work_deal_id_kind", "deal_id", "kind"),
        # the few that are planned: which deals have none is asked every minute
        Index("ix_known_work_planned", "deal_id", postgresql_where=PLANNED),
        Index("ix_known_work_plan_unknown", "id", postgresql_where=text("NOT is_plan_known")),
    )

    kind: Mapped[str] = mapped_column(String(16))
    id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(Integer)
    deal_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(16))
    label: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assignee_id: Mapped[UUID | None]
    # false: told of by an event that was read before due date and assignee were kept
    is_plan_known: Mapped[bool] = mapped_column(server_default=text("true"))


class KnownMessage(Base):
    """One message about a deal, as its newest event told."""

    __tablename__ = "known_messages"
    __table_args__ = (Index("ix_known_messages_deal_id", "deal_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    deal_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(32))
    purpose: Mapped[str] = mapped_column(String(32))
    recipient_kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DealWithoutStep(Base):
    """A deal of which was announced that nothing is planned for it."""

    __tablename__ = "deals_without_step"

    deal_id: Mapped[UUID] = mapped_column(
        ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
