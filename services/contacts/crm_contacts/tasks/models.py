"""Tasks: what somebody has to do, and by when."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_contacts.reminders.rules import next_reminder
from crm_contacts.tasks.errors import TaskClosedError, TaskOpenError
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime


class TaskStatus(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskPriority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Task(Aggregate, Base):
    """Something to do, given to one user; made by hand or by a rule."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        # the natural key of a rule's work: once per rule, deal, revision and template
        UniqueConstraint("rule_id", "deal_id", "source_revision", "template_index"),
        Index("ix_tasks_created_at_id", "created_at", "id"),
        Index("ix_tasks_assignee_id_due_at", "assignee_id", "due_at"),
        Index("ix_tasks_team_id_due_at", "team_id", "due_at"),
        Index("ix_tasks_contact_id", "contact_id"),
        Index("ix_tasks_company_id", "company_id"),
        Index("ix_tasks_deal_id", "deal_id"),
        Index("ix_tasks_lead_id", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
        Index("ix_tasks_due_at_open", "due_at", postgresql_where=text("status = 'open'")),
        # what the timed jobs look for
        Index(
            "ix_tasks_next_reminder_at",
            "next_reminder_at",
            postgresql_where=text("status = 'open' AND next_reminder_at IS NOT NULL"),
        ),
        Index(
            "ix_tasks_due_at_untold",
            "due_at",
            postgresql_where=text("status = 'open' AND escalated_at IS NULL"),
        ),
        Index(
            "ix_tasks_alarm_at",
            "alarm_at",
            postgresql_where=text("status = 'open' AND alarm_at IS NOT NULL"),
        ),
    )

    title: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10))
    priority: Mapped[str] = mapped_column(String(10))
    assignee_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # minutes before it is due at which its assignee is reminded
    reminders: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=list, server_default=text("'{}'::integer[]")
    )
    next_reminder_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_to_id: Mapped[UUID | None]
    # when it is alarming that it was not done; empty once that was told
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deal_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    rule_id: Mapped[UUID | None]
    rule_version: Mapped[int | None]
    source_event_id: Mapped[UUID | None]
    source_revision: Mapped[int | None]
    template_index: Mapped[int | None]

    @property
    def owner_id(self) -> UUID | None:
        return self.assignee_id

    def look_forward(self, *, after: datetime) -> None:
        """Find the next reminder; what lies behind is not made up for."""
        self.next_reminder_at = next_reminder(self.due_at, self.reminders or (), after=after)

    def put(self, name: str, value: object) -> None:
        """Set a field; another time begins anew to be reminded of, and to be overdue."""
        is_another = name in ("due_at", "reminders") and getattr(self, name) != value
        setattr(self, name, value)
        if is_another:
            self.look_forward(after=utc_now())
        if is_another and name == "due_at":
            self.escalated_at = self.escalated_to_id = None

    def complete(self, *, at: datetime) -> None:
        """Say that it was done."""
        self._must_be_open()
        self.status, self.completed_at = TaskStatus.DONE, at

    def cancel(self, *, at: datetime) -> None:
        """Call it off."""
        self._must_be_open()
        self.status, self.cancelled_at = TaskStatus.CANCELLED, at

    def reopen(self) -> None:
        """Make it something to do again."""
        if self.status == TaskStatus.OPEN:
            raise TaskOpenError(self.id)
        self.status = TaskStatus.OPEN
        self.completed_at = self.cancelled_at = None
        self.escalated_at = self.escalated_to_id = None
        self.look_forward(after=utc_now())

    def _must_be_open(self) -> None:
        if self.status != TaskStatus.OPEN:
            raise TaskClosedError(self.id, self.status)
