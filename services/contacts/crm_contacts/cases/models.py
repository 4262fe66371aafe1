"""Cases, the queues they come into, what was said about them, and how content customers were."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Sequence, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_contacts.cases.errors import CaseMoveError
from crm_contacts.cases.rules import (
    DONE,
    LIMITS,
    WARN_AFTER,
    WORKED_ON,
    Alarm,
    CaseStatus,
    CaseTerms,
    Clock,
    Limit,
)
from crm_contacts.folding.rules import WORDS, search_text
from crm_shared.db.types import Aggregate, UtcDateTime
from crm_shared.nouns.columns import (
    CUSTOM_COLUMNS,
    Customised,
    Tagged,
    custom_indexes,
    tag_index,
)

NUMBERS = Sequence("case_numbers", metadata=Base.metadata)
_WATCHED = text("next_alarm_at IS NOT NULL AND deleted_at IS NULL")
_CLOSED = text("status = 'closed'")
_SOLVED = text("status = 'solved' AND deleted_at IS NULL")


class CaseQueue(Aggregate, Base):
    """Where cases come in: whose team works on them, and within which limits."""

    __tablename__ = "case_queues"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    name: Mapped[str] = mapped_column(String(200))
    team_id: Mapped[UUID | None]
    limits: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB)
    is_active: Mapped[bool]


class Case(Customised, Tagged, Aggregate, Base):
    """Something a customer asked for help with."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("source_system", "external_id"),
        UniqueConstraint("number"),
        Index("ix_cases_created_at_id", "created_at", "id"),
        Index("ix_cases_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_cases_team_id_created_at", "team_id", "created_at"),
        Index("ix_cases_contact_id", "contact_id"),
        Index("ix_cases_company_id", "company_id"),
        Index("ix_cases_merged_into_id", "merged_into_id"),
        tag_index("cases"),
        *custom_indexes("cases"),
        # what the timed jobs look for
        Index("ix_cases_next_alarm_at", "next_alarm_at", postgresql_where=_WATCHED),
        Index("ix_cases_solved_at", "solved_at", postgresql_where=_SOLVED),
        Index("ix_cases_closed_at", "closed_at", postgresql_where=_CLOSED),
        Index(
            "ix_cases_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_cases_search_words", text(WORDS), postgresql_using="gin"),
    )

    number: Mapped[int]
    subject: Mapped[str] = mapped_column(String(300))
    description: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(String(40))
    topic: Mapped[str | None] = mapped_column(String(40))
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    queue_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    priority: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    clock_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waited_s: Mapped[int]
    first_responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_response_warn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_response_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_response_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_response_breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solution_warn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solution_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solution_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solution_breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solved_by_id: Mapped[UUID | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(10))
    reopened_count: Mapped[int]
    merged_into_id: Mapped[UUID | None]
    status_before_merge: Mapped[str | None] = mapped_column(String(10))
    escalated_to_id: Mapped[UUID | None]
    search_text: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))

    def be_found(self) -> None:
        """Set by what the search finds it: its number and its subject."""
        self.search_text = search_text([str(self.number), self.subject], [], [])

    def apply(self, values: Mapping[str, Any], terms: CaseTerms) -> None:
        """Set fields; another priority or queue counts the limits anew, waiting left out."""
        for name in values.keys() - CUSTOM_COLUMNS:
            setattr(self, name, values[name])
        self.put_custom(values)
        self.be_found()
        if {"priority", "queue_id"} & set(values) and self.status in WORKED_ON:
            self._count(terms, LIMITS)
        self._watch()

    def clock(self, limit: Limit) -> Clock:
        """Return one of the two clocks."""
        met_at = self.first_responded_at if limit == "first_response" else self.solved_at
        moments = {
            name: getattr(self, f"{limit}_{name}")
            for name in ("due_at", "warn_at", "warned_at", "breached_at")
        }
        return Clock(limit=limit, met_at=met_at, **moments)

    def alarm(self, now: datetime) -> tuple[Limit, Alarm] | None:
        """Return what is to be said of the limits now; one thing at a time."""
        for limit in LIMITS:
            if (alarm := self.clock(limit).alarm_at(now)) is not None:
                return limit, alarm
        return None

    def ring(self, limit: Limit, alarm: Alarm, *, at: datetime, head_id: UUID | None) -> None:
        """Note that it was said; a limit that has passed is the head's business too."""
        setattr(self, f"{limit}_{alarm}_at", at)
        if alarm == "breached" and head_id is not None:
            self.escalated_to_id = head_id
        self._watch()

    def respond(self, *, at: datetime) -> bool:
        """Note an answer to the customer; tell whether it was the first."""
        self._must_be(WORKED_ON | DONE, "answered")
        is_first = self.first_responded_at is None
        if is_first:
            self.first_responded_at = at
        if self.status == CaseStatus.NEW:
            self.status = CaseStatus.OPEN
        self._watch()
        return is_first

    def wait(self, *, at: datetime) -> None:
        """Wait for the customer: limits that have not passed stand still."""
        self._must_be({CaseStatus.NEW, CaseStatus.OPEN}, "waiting")
        self.status, self.waiting_since = CaseStatus.WAITING, at
        for limit in LIMITS:
            clock = self.clock(limit)
            if clock.met_at is None and clock.due_at is not None and clock.due_at > at:
                self._set(limit, None, None)
        self._watch()

    def resume(self, terms: CaseTerms, *, at: datetime) -> None:
        """Go on: limits run again, the working time of waiting added."""
        self._must_be({CaseStatus.WAITING}, "resumed")
        self._stop_waiting(terms, at)
        self.status = CaseStatus.OPEN
        stood = [limit for limit in LIMITS if self.clock(limit).due_at is None]
        self._count(terms, stood)
        self._watch()

    def solve(self, terms: CaseTerms, by: UUID, outcome: str, *, at: datetime) -> None:
        """Say that it is solved, or that it cannot be (`outcome`)."""
        self._must_be(WORKED_ON, "solved")
        self._stop_waiting(terms, at)
        self.status, self.solved_at = CaseStatus.SOLVED, at
        self.solved_by_id, self.outcome = by, outcome
        self._watch()

    def close(self, *, at: datetime) -> None:
        """Say that nothing more will come of it."""
        self._must_be({CaseStatus.SOLVED}, "closed")
        self.status, self.closed_at = CaseStatus.CLOSED, at

    def reopen(self, terms: CaseTerms, *, at: datetime) -> None:
        """Work on it again; the time for a solution begins anew."""
        self._must_be(DONE, "reopened")
        self.status, self.reopened_count = CaseStatus.OPEN, self.reopened_count + 1
        self.solved_at = self.closed_at = self.solved_by_id = self.outcome = None
        self.clock_started_at, self.waited_s = at, 0
        self.solution_warned_at = self.solution_breached_at = None
        self._count(terms, ["solution"])
        self._watch()

    def merge_into(self, survivor: "Case") -> None:
        """Become part of another case; what it was is kept."""
        self._must_be(WORKED_ON | DONE, "merged")
        self.status_before_merge, self.status = self.status, CaseStatus.MERGED
        self.merged_into_id = survivor.id
        self._watch()

    def unmerge(self) -> None:
        """Be a case of its own again, in the state it was in."""
        self._must_be({CaseStatus.MERGED}, "unmerged")
        self.status = self.status_before_merge or CaseStatus.OPEN
        self.status_before_merge = self.merged_into_id = None
        self._watch()

    def start(self, terms: CaseTerms) -> None:
        """Begin to count both limits."""
        self._count(terms, LIMITS)
        self._watch()

    def _count(self, terms: CaseTerms, limits: "tuple[Limit, ...] | list[Limit]") -> None:
        if self.status == CaseStatus.WAITING:
            return
        for name in limits:
            clock, limit = self.clock(name), terms.limit(self.priority, name)
            if clock.met_at is not None or clock.breached_at is not None:
                continue
            if limit is None:
                self._set(name, None, None)
                continue
            waited = timedelta(seconds=self.waited_s)
            self._set(
                name,
                terms.due(self.clock_started_at, limit * WARN_AFTER + waited),
                terms.due(self.clock_started_at, limit + waited),
            )

    def _set(self, limit: Limit, warn_at: datetime | None, due_at: datetime | None) -> None:
        setattr(self, f"{limit}_warn_at", warn_at)
        setattr(self, f"{limit}_due_at", due_at)

    def _stop_waiting(self, terms: CaseTerms, at: datetime) -> None:
        if self.waiting_since is not None:
            self.waited_s += round(terms.worked(self.waiting_since, at))
            self.waiting_since = None

    def _watch(self) -> None:
        coming = [self.clock(limit).next_alarm() for limit in LIMITS]
        is_merged = self.status == CaseStatus.MERGED
        moments = [] if is_merged else [alarm[0] for alarm in coming if alarm is not None]
        self.next_alarm_at = min(moments, default=None)

    def _must_be(self, allowed: "set[CaseStatus] | frozenset[CaseStatus]", wanted: str) -> None:
        if self.status not in allowed:
            raise CaseMoveError(self.status, wanted)


class CaseComment(Base):
    """Something said about a case: to the customer, by the customer, or among ourselves."""

    __tablename__ = "case_comments"
    __table_args__ = (Index("ix_case_comments_case_id_created_at", "case_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    author_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool]
    by_customer: Mapped[bool]
    is_automatic: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Feedback(Aggregate, Base):
    """A question how content the customer is with a case, a deal or the house; his answer."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("case_id"),
        Index("ix_feedback_contact_id", "contact_id"),
        Index("ix_feedback_company_id", "company_id"),
        Index("ix_feedback_created_at_id", "created_at", "id"),
    )

    case_id: Mapped[UUID | None]
    deal_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    scale: Mapped[str] = mapped_column(String(10))
    score: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
