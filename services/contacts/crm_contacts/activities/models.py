"""Activities: contacts with clients, and the promises among them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.activities.errors import (
    ActivityClosedError,
    ActivityPlannedError,
    EndlessSeriesError,
    IncompletePromiseError,
)
from crm_contacts.base import Base
from crm_contacts.reminders.rules import next_reminder
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime


class ActivityKind(StrEnum):
    CALL = "call"
    MEETING = "meeting"
    EMAIL = "email"
    VISIT = "visit"
    CHAT = "chat"
    OTHER = "other"


class ActivityStatus(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Activity(Aggregate, Base):
    """A contact with a client; a promise names the time and the channel that were agreed."""

    __tablename__ = "activities"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        # a series goes on once, however often an occurrence is closed
        UniqueConstraint("series_id", "occurrence"),
        CheckConstraint("duration_s >= 0", name="duration_not_negative"),
        Index("ix_activities_created_at_id", "created_at", "id"),
        Index("ix_activities_assignee_id_due_at", "assignee_id", "due_at"),
        Index("ix_activities_team_id_due_at", "team_id", "due_at"),
        Index("ix_activities_contact_id", "contact_id"),
        Index("ix_activities_company_id", "company_id"),
        Index("ix_activities_deal_id", "deal_id"),
        Index("ix_activities_lead_id", "lead_id"),
        Index("ix_activities_contact_ids", "contact_ids", postgresql_using="gin"),
        Index(
            "ix_activities_agreed_at_promised",
            "agreed_at",
            postgresql_where=text("is_promise AND status = 'planned'"),
        ),
        Index(
            "ix_activities_next_reminder_at",
            "next_reminder_at",
            postgresql_where=text("status = 'planned' AND next_reminder_at IS NOT NULL"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(300))
    direction: Mapped[str | None] = mapped_column(String(10))
    assignee_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # minutes before it is due at which its assignee is reminded
    reminders: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=list, server_default=text("'{}'::integer[]")
    )
    next_reminder_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_s: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(40))
    is_promise: Mapped[bool]
    channel: Mapped[str | None] = mapped_column(String(40))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # the agreed time whose breach was told: it is told once, also when somebody reopens
    breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reschedules: Mapped[int]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    user_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    recurrence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    series_id: Mapped[UUID | None]
    series_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    occurrence: Mapped[int]

    @property
    def owner_id(self) -> UUID | None:
        return self.assignee_id

    def keep_its_word(self) -> None:
        """Check that a promise says when and how, and that a series has a beginning."""
        if self.is_promise:
            self.agreed_at = self.agreed_at or self.due_at
            self.due_at = self.due_at or self.agreed_at
            if self.agreed_at is None:
                raise IncompletePromiseError("agreed_at")
            if self.channel is None:
                raise IncompletePromiseError("channel")
        else:
            self.agreed_at = None
        if self.recurrence is None:
            return
        if self.due_at is None:
            raise EndlessSeriesError
        self.series_id = self.series_id or self.id
        self.series_from = self.series_from or self.due_at

    def look_forward(self, *, after: datetime) -> None:
        """Find the next reminder; what lies behind is not made up for."""
        self.next_reminder_at = next_reminder(self.due_at, self.reminders or (), after=after)

    def complete(self, *, at: datetime) -> None:
        """Say that it took place; a missed one may still, late."""
        if self.status not in (ActivityStatus.PLANNED, ActivityStatus.MISSED):
            raise ActivityClosedError(self.id, self.status)
        self.status, self.completed_at = ActivityStatus.DONE, at

    def miss(self, *, at: datetime) -> None:
        """Say that it did not take place."""
        self._must_be_planned()
        self.status, self.missed_at = ActivityStatus.MISSED, at
        self.breached_at = self.agreed_at

    def cancel(self, *, at: datetime) -> None:
        """Call it off."""
        self._must_be_planned()
        self.status, self.cancelled_at = ActivityStatus.CANCELLED, at

    def reschedule(self, due_at: datetime, *, by_agreement: bool, at: datetime) -> None:
        """Put it at another time; what was agreed moves with it only by agreement, in time."""
        self._must_be_planned()
        self.due_at = due_at
        self.reschedules += 1
        self.look_forward(after=at)
        if self.is_promise and by_agreement and self.agreed_at is not None and at <= self.agreed_at:
            self.agreed_at = due_at

    def reopen(self, due_at: datetime | None) -> None:
        """Plan it again, at a new time when one is given."""
        if self.status == ActivityStatus.PLANNED:
            raise ActivityPlannedError(self.id)
        self.status = ActivityStatus.PLANNED
        self.completed_at = self.missed_at = self.cancelled_at = None
        if due_at is not None:
            self.due_at = due_at
            self.agreed_at = due_at if self.is_promise else None
        self.look_forward(after=utc_now())

    def _must_be_planned(self) -> None:
        if self.status != ActivityStatus.PLANNED:
            raise ActivityClosedError(self.id, self.status)
