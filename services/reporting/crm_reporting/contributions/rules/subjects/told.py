"""What events say of leads, work, cases, money and messages, as far as figures need it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import AliasChoices, AliasPath, AwareDatetime, BaseModel, ConfigDict, Field

Money = Annotated[Decimal, Field(max_digits=19, decimal_places=4)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Told(BaseModel):
    """One snapshot; whoever owns it answers for it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    owner_id: UUID | None = None
    team_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None

    @property
    def customer(self) -> UUID | None:
        return self.company_id or self.contact_id


class ClientTold(Told):
    """A company or a person: in whose care, and what figures are grouped by."""

    sector: str | None = None
    parent_id: UUID | None = None
    country: str | None = None
    employees: int | None = None
    source: str | None = None
    channel: str | None = None
    language: str | None = None
    time_zone: str | None = None


class LeadTold(Told):
    status: str
    # of its labels the one; a fact that was kept has it beside the others
    campaign: str | None = Field(
        default=None, validation_alias=AliasChoices("campaign", AliasPath("labels", "campaign"))
    )
    deal_id: UUID | None = None
    source: str | None = None
    channel: str | None = None
    first_responded_at: AwareDatetime | None = None
    disqualify_reason: str | None = None
    awaits_confirmation: bool = False


class ActivityTold(Told):
    kind: str
    status: str
    channel: str | None = None
    due_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    missed_at: AwareDatetime | None = None
    duration_s: int | None = None
    is_promise: bool = False
    agreed_at: AwareDatetime | None = None

    @property
    def promised_at(self) -> datetime | None:
        """For when it was agreed: putting it off without the client moves no promise."""
        return (self.agreed_at or self.due_at) if self.is_promise else None


class TaskTold(Told):
    kind: str
    status: str
    due_at: AwareDatetime | None = None
    rule_id: UUID | None = None


class CallTold(Told):
    direction: str
    answered: bool | None = None
    started_at: AwareDatetime
    duration_s: int | None = None
    is_internal: bool = False
    repeats_call_id: UUID | None = None


class CaseTold(Told):
    status: str
    channel: str | None = None
    topic: str | None = None
    outcome: str | None = None
    first_responded_at: AwareDatetime | None = None
    first_response_breached_at: AwareDatetime | None = None
    first_response_due_at: AwareDatetime | None = None
    solved_at: AwareDatetime | None = None
    solved_by_id: UUID | None = None


class FeedbackTold(Told):
    scale: str
    score: int | None = None
    submitted_at: AwareDatetime | None = None


class InvoiceTold(Told):
    kind: str
    deal_id: UUID | None = None
    status: str
    currency: Currency
    net: Money
    total: Money
    due: Money
    issue_date: date
    due_date: date | None = None
    paid_on: date | None = None
    is_disputed: bool = False
    void_reason: str | None = None


class PaymentTold(Told):
    kind: str
    deal_id: UUID | None = None
    direction: str
    currency: Currency
    amount: Money
    paid_on: date
    category: str | None = None
    voided_at: AwareDatetime | None = None


class ClaimTold(Told):
    kind: str
    status: str
    currency: Currency
    amount: Money | None = None
    claimed_on: date


class ApprovalTold(Told):
    kind: str
    state: str
    requested_at: AwareDatetime
    decided_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    is_automatic: bool = False
    round: int = Field(default=1, ge=1, le=30_000)


class MessageTold(Told):
    channel: str
    recipient_kind: str
    mailing_id: UUID | None = None
    cost: Money | None = None
    currency: Currency | None = None
    is_machine: bool = False


class LookupBucketTold(BaseModel):
    """Answers that took up to so long, and longer than the bucket before; None: still longer."""

    up_to_ms: int | None = None
    count: int = Field(ge=0)


class LookupTold(Told):
    kind: str
    buckets: list[LookupBucketTold] = []

    @property
    def kinds(self) -> list[str]:
        """The names under which its counts are sorted: milliseconds, or more than all of them."""
        return [bound_of(one.up_to_ms) for one in self.buckets]


def bound_of(up_to_ms: int | None) -> str:
    """Return the name of a bucket."""
    return "more" if up_to_ms is None else str(up_to_ms)


class Event(NamedTuple):
    """One event of a subject, as its fact keeps it."""

    kind: str
    id: UUID
    revision: int
    verb: str
    at: datetime
    recorded_at: datetime
    told: Told
