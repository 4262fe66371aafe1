"""Call lists, the people on them, and each attempt to reach them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_contacts.call_lists.errors import NotYoursError
from crm_contacts.call_lists.rules import (
    NOUNS,
    EntryStatus,
    Exclusion,
    Next,
    Result,
    Terms,
    after_call,
)
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.ids import new_id

_TO_DO = text("status IN ('waiting', 'taken')")
_TAKEN = text("status = 'taken'")


class CallList(Aggregate, Base):
    """Contacts, companies or leads to be called for a purpose, one by one, by whoever may call."""

    __tablename__ = "call_lists"
    __table_args__ = (
        Index("ix_call_lists_created_at_id", "created_at", "id"),
        Index("ix_call_lists_owner_id", "owner_id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    noun: Mapped[str] = mapped_column(String(10), server_default=text("'contact'"))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(10))
    segment_id: Mapped[UUID | None]
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    purpose: Mapped[str] = mapped_column(String(40))
    needs_consent: Mapped[bool]
    caller_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    script_id: Mapped[UUID | None]
    max_attempts: Mapped[int]
    retry_after_minutes: Mapped[int]
    hold_minutes: Mapped[int]

    @property
    def terms(self) -> Terms:
        return Terms(self.max_attempts, timedelta(minutes=self.retry_after_minutes))


class CallListEntry(Aggregate, Base):
    """One of whom a list calls; of the three ids one is there."""

    __tablename__ = "call_list_entries"
    __table_args__ = (
        UniqueConstraint("call_list_id", "contact_id"),
        UniqueConstraint("call_list_id", "company_id"),
        UniqueConstraint("call_list_id", "lead_id"),
        CheckConstraint("num_nonnulls(contact_id, company_id, lead_id) = 1", name="one_callee"),
        Index("ix_call_list_entries_created_at_id", "created_at", "id"),
        Index("ix_call_list_entries_contact_id", "contact_id"),
        Index("ix_call_list_entries_company_id", "company_id"),
        Index("ix_call_list_entries_lead_id", "lead_id"),
        # what the queue looks for
        Index(
            "ix_call_list_entries_queue", "call_list_id", "next_at", "id", postgresql_where=_TO_DO
        ),
        Index("ix_call_list_entries_taken_until", "taken_until", postgresql_where=_TAKEN),
    )

    call_list_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reserved_for: Mapped[UUID | None]
    last_result: Mapped[str | None] = mapped_column(String(20))
    last_called_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_called_by: Mapped[UUID | None]
    excluded_for: Mapped[str | None] = mapped_column(String(20))

    @property
    def noun(self) -> str:
        return next(one for one in NOUNS if getattr(self, f"{one}_id") is not None)

    @property
    def callee_id(self) -> UUID:
        found: UUID = getattr(self, f"{self.noun}_id")
        return found

    def take(self, user_id: UUID, *, at: datetime, hold: timedelta) -> None:
        """Give the person to one caller."""
        self.status, self.taken_by, self.taken_until = EntryStatus.TAKEN, user_id, at + hold

    def release(self) -> None:
        """Let somebody else have the person."""
        self.status, self.taken_by, self.taken_until = EntryStatus.WAITING, None, None

    def exclude(self, reason: Exclusion) -> None:
        """Call the person no more."""
        self.release()
        self.status, self.excluded_for = EntryStatus.EXCLUDED, reason

    def must_be_held_by(self, user_id: UUID) -> None:
        """Refuse whoever does not hold the person."""
        if self.status != EntryStatus.TAKEN or self.taken_by != user_id:
            raise NotYoursError

    def log(
        self, user_id: UUID, result: Result, terms: Terms, *, at: datetime, back_at: datetime | None
    ) -> Next:
        """Note what came of a call, and what follows from it."""
        self.must_be_held_by(user_id)
        # he asked for another time himself: that is no failed attempt
        if result is not Result.CALL_BACK:
            self.attempts += 1
        follows = after_call(result, self.attempts, terms, now=at, call_back_at=back_at)
        self.release()
        self.status, self.next_at = follows.status, follows.next_at
        self.reserved_for = user_id if follows.is_reserved else None
        self.excluded_for = follows.excluded_for
        self.last_result, self.last_called_at, self.last_called_by = result, at, user_id
        return follows


class CallAttempt(Base):
    """One call from a list: who called, what came of it, and what he noted; rows are only added."""

    __tablename__ = "call_attempts"
    __table_args__ = (
        Index("ix_call_attempts_entry_id", "entry_id"),
        Index("ix_call_attempts_call_list_id", "call_list_id"),
        Index("ix_call_attempts_contact_id", "contact_id"),
        Index("ix_call_attempts_lead_id", "lead_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    call_list_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    user_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str | None] = mapped_column(Text)
    activity_id: Mapped[UUID]
