"""Calls, and who listened to their recordings."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.activities.models import Direction
from crm_contacts.base import Base
from crm_contacts.calls.rules import is_extension
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.ids import new_id

# a holiday with its weekends; who rang before has been reached, or has gone elsewhere
STILL_WAITS = timedelta(days=7)


class Call(Aggregate, Base):
    """One telephone call; `answered` is empty while it rings."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        CheckConstraint("duration_s >= 0", name="duration_not_negative"),
        CheckConstraint("mark BETWEEN 1 AND 5", name="mark_of_five"),
        Index("ix_calls_created_at_id", "created_at", "id"),
        Index("ix_calls_started_at_id", "started_at", "id"),
        Index("ix_calls_user_id_started_at", "user_id", "started_at"),
        Index("ix_calls_team_id_started_at", "team_id", "started_at"),
        Index("ix_calls_client_number_started_at", "client_number", "started_at"),
        Index("ix_calls_contact_id", "contact_id"),
        Index("ix_calls_company_id", "company_id"),
        Index("ix_calls_deal_id", "deal_id"),
        Index("ix_calls_lead_id", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
        Index(
            "ix_calls_callback_task_id",
            "callback_task_id",
            postgresql_where=text("callback_task_id IS NOT NULL"),
        ),
    )

    direction: Mapped[str] = mapped_column(String(10))
    from_number: Mapped[str | None] = mapped_column(String(32))
    to_number: Mapped[str | None] = mapped_column(String(32))
    # whichever of the two is not ours
    client_number: Mapped[str | None] = mapped_column(String(32))
    answered: Mapped[bool | None]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_s: Mapped[int | None]
    recording_url: Mapped[str | None] = mapped_column(String(2000))
    user_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    callback_task_id: Mapped[UUID | None]
    # the earlier call of the same number that the call-back was asked for
    repeats_call_id: Mapped[UUID | None]
    # how well our side spoke, 1 to 5, by the judgement of whoever listened
    mark: Mapped[int | None] = mapped_column(SmallInteger)
    mark_comment: Mapped[str | None] = mapped_column(Text)
    marked_by_id: Mapped[UUID | None]
    marked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def owner_id(self) -> UUID | None:
        return self.user_id

    @property
    def is_internal(self) -> bool:
        return is_extension(self.client_number)

    @property
    def has_recording(self) -> bool:
        return self.recording_url is not None

    @property
    def is_missed(self) -> bool:
        """Whether a client rang in vain."""
        return self.direction == Direction.INBOUND and self.answered is False

    @property
    def wants_callback(self) -> bool:
        """Whether a client rang in vain lately and nobody has been asked to ring back."""
        return (
            self.is_missed
            and self.client_number is not None
            and not self.is_internal
            and self.callback_task_id is None
            and self.repeats_call_id is None
            and self.started_at > utc_now() - STILL_WAITS
        )

    def find_the_client(self) -> None:
        """Tell the client's number from ours."""
        inbound = self.direction == Direction.INBOUND
        self.client_number = self.from_number if inbound else self.to_number


class RecordingRead(Base):
    """Who was shown where a recording lies, and when; rows are only added."""

    __tablename__ = "recording_reads"
    __table_args__ = (Index("ix_recording_reads_call_id_at", "call_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    call_id: Mapped[UUID]
    user_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
