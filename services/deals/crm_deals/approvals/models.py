"""Rows of the approvals feature and the rules they keep."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_deals.approvals.errors import ApprovalDecidedError
from crm_deals.base import Base
from crm_shared.db.types import Aggregate, UtcDateTime

PENDING = "pending"


class Approval(Aggregate, Base):
    """One wish that needs consent, with the steps its policy had when it was made."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'withdrawn', 'expired')", name="state"
        ),
        # one wish of a kind at a time
        Index(
            "uq_approvals_pending",
            "deal_id",
            "policy_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_approvals_created_at_id", "created_at", "id"),
        Index("ix_approvals_due_at", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_approvals_owner_id", "owner_id"),
        Index("ix_approvals_team_id", "team_id"),
        Index("ix_approvals_requested_by", "requested_by"),
        Index("ix_approvals_approver_ids", "approver_ids", postgresql_using="gin"),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    policy_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=PENDING)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    step: Mapped[int] = mapped_column(SmallInteger, default=1)
    approver_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    round: Mapped[int] = mapped_column(SmallInteger, default=1)
    requested_by: Mapped[UUID]
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    order: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    granted: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    is_automatic: Mapped[bool] = mapped_column(default=False)
    is_escalated: Mapped[bool] = mapped_column(default=False)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refusal: Mapped[str | None] = mapped_column(String(64))
    discount_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    to_stage_id: Mapped[UUID | None]

    @property
    def steps_count(self) -> int:
        """How many times somebody has to consent."""
        return len(self.steps)

    @property
    def quorum(self) -> int:
        """How many have to consent in this step: no more than are asked."""
        wanted = int(self.steps[self.step - 1].get("quorum", 1))
        return max(1, min(wanted, len(self.approver_ids) or 1))

    def must_be_pending(self) -> None:
        """Refuse to touch what was decided."""
        if self.state != PENDING:
            raise ApprovalDecidedError(self.state)

    def ask(self, approver_ids: list[UUID], *, step: int, at: datetime) -> None:
        """Begin a step: these are asked, until its deadline."""
        hours = self.steps[step - 1].get("deadline_hours")
        self.step, self.approver_ids, self.is_escalated = step, approver_ids, False
        self.due_at = at + timedelta(hours=hours) if hours else None

    def settle(self, state: str, *, at: datetime, reason_code: str | None = None) -> None:
        """End it, this way or that."""
        self.must_be_pending()
        self.state, self.decided_at, self.reason_code = state, at, reason_code
        self.due_at = None


class ApprovalDecision(Base):
    """What one of those who were asked answered; rows are only added."""

    __tablename__ = "approval_decisions"
    __table_args__ = (PrimaryKeyConstraint("approval_id", "step", "user_id"),)

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    step: Mapped[int] = mapped_column(SmallInteger)
    user_id: Mapped[UUID]
    on_behalf_of: Mapped[UUID | None]
    decision: Mapped[str] = mapped_column(String(8))
    reason_code: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApprovalDelegate(Base):
    """Who answers in whose place, in one step of a request."""

    __tablename__ = "approval_delegates"
    __table_args__ = (PrimaryKeyConstraint("approval_id", "step", "to_user_id"),)

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    step: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    to_user_id: Mapped[UUID]
    from_user_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
