"""From what an event says to typed facts."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriverUUID
from pydantic import AwareDatetime, BaseModel, Field, PlainValidator

from crm_reporting.contributions.rules.products import UNIT
from crm_reporting.contributions.rules.subjects import KINDS
from crm_reporting.contributions.rules.subjects.told import Event, Told
from crm_reporting.contributions.rules.values import Credit, Fact, Line
from crm_shared.events.envelope import Envelope

IDS_KEPT = 50_000
_IS_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@lru_cache(IDS_KEPT)
def _id(told: str) -> UUID:
    return DriverUUID(told)


def _read_id(told: object) -> UUID:
    """Return an id in the driver's own type, which hashes in C; most ids come again and again."""
    if not isinstance(told, str):
        raise ValueError("an id is text")
    return _id(told)


Id = Annotated[UUID, PlainValidator(_read_id)]
Money = Annotated[Decimal, Field(max_digits=19, decimal_places=4)]
# Nouns that figures are grouped by, and counts of others: kept as they were told.
NOUNS = frozenset({"pipeline", "product", "reason", "competitor", "duplicate"})
COUNTED = frozenset({"deal", *KINDS})
# What of a subject may become a kind or channel, and so needs its label.
LABELS = (
    "source", "channel", "kind", "topic", "scale", "category", "disqualify_reason", "void_reason",
    "mailing_id", "direction",
)  # fmt: skip
APPROVAL_KINDS = frozenset({"automatic", "by_hand"})


class LineItem(BaseModel):
    product_id: Id
    total: Money
    quantity: Decimal = Decimal(1)
    sale_kind: str = "base"
    unit_cost: Money | None = None

    @property
    def cost(self) -> Decimal | None:
        if self.unit_cost is None:
            return None
        return (self.unit_cost * self.quantity).quantize(UNIT)


class CreditItem(BaseModel):
    user_id: Id
    share: Decimal


class Deal(BaseModel):
    """The snapshot of a deal, as far as figures need it."""

    owner_id: Id | None
    team_id: Id | None
    contact_id: Id | None
    company_id: Id | None
    pipeline_id: Id
    stage_id: Id
    outcome: str = Field(pattern="^(open|won|lost)$")
    probability: int = Field(ge=0, le=100)
    amount: Money | None
    currency: str = Field(pattern="^[A-Z]{3}$")
    expected_close_date: date | None
    channel: str | None
    created_at: AwareDatetime
    created_at_known: bool
    won_at: AwareDatetime | None
    lost_at: AwareDatetime | None
    is_void: bool
    reason_id: Id | None = None
    competitor_id: Id | None = None
    agreed_at: AwareDatetime | None = None
    credits: list[CreditItem] = []
    line_items: list[LineItem]


class Stage(BaseModel):
    id: Id
    position: int


class DealEvent(BaseModel):
    """Any event of a deal; a move says also from where to where."""

    deal: Deal
    from_stage: Stage | None = None
    to_stage: Stage | None = None


class Head(NamedTuple):
    """What stands around the data of an event, as far as facts need it."""

    id: UUID
    type: str
    subject: UUID
    revision: int
    time: datetime
    recordedtime: datetime


class DealFactRow(NamedTuple):
    event_id: UUID
    fact: Fact


class NounFactRow(NamedTuple):
    """A fact as its table keeps it, `data` as JSON; of what is counted also the typed event."""

    kind: str
    id: UUID
    revision: int
    event_id: UUID
    verb: str
    at: datetime
    recorded_at: datetime
    data: str
    event: Event | None


def deal_facts(batch: Sequence[Envelope[Any]]) -> list[DealFactRow]:
    """Return the facts of those events that speak of a deal; raises ValidationError."""
    return [
        deal_row(_head(envelope), DealEvent.model_validate(envelope.data.as_dict()))
        for envelope in batch
        if noun_of(envelope.type) == "deal"
    ]


def noun_facts(batch: Sequence[Envelope[Any]]) -> list[NounFactRow]:
    """Return the facts of those events that speak of anything else; raises ValidationError."""
    return [
        noun_row(_head(envelope), envelope.data.as_dict())
        for envelope in batch
        if noun_of(envelope.type) in NOUNS or noun_of(envelope.type) in KINDS
    ]


def deals_paid(batch: Sequence[Envelope[Any]]) -> set[UUID]:
    """Return the deals that payments and refunds name; what is no id is refused when it is read."""
    told = (
        (envelope.data.as_dict().get("payment") or {}).get("deal_id")
        for envelope in batch
        if noun_of(envelope.type) == "payment"
    )
    return {UUID(one) for one in told if isinstance(one, str) and _IS_ID.fullmatch(one)}


def _head(envelope: Envelope[Any]) -> Head:
    return Head(
        envelope.id, envelope.type, envelope.subject, envelope.revision, envelope.time,
        envelope.recordedtime,
    )  # fmt: skip


def noun_row(head: Head, said: dict[str, Any]) -> NounFactRow:
    """Return what an event says of a noun that is no deal; raises ValidationError."""
    kind, verb, event = noun_of(head.type), verb_of(head.type), None
    if kind in KINDS:
        # an event's own words stand beside the noun's, and never over them
        told = told_of(kind, {**said, **(said.get(KINDS[kind].key) or {})})
        event = Event(kind, head.subject, head.revision, verb, head.time, head.recordedtime, told)
        data = told.model_dump_json(exclude_none=True)
    else:
        data = json.dumps(said.get(kind) or {})
    return NounFactRow(
        kind, head.subject, head.revision, head.id, verb, head.time, head.recordedtime, data,
        event,
    )  # fmt: skip


def told_of(kind: str, data: dict[str, Any]) -> Told:
    """Return what is said of a noun, typed; raises ValidationError."""
    return KINDS[kind].told.model_validate(data)


def labels_in(deals: Sequence[DealFactRow], nouns: Sequence[NounFactRow]) -> set[str]:
    """Return every name that a channel or kind may be told by, whether it is counted or not.

    All that ever came, so that the order of events cannot matter.
    """
    found: set[object] = set(APPROVAL_KINDS if any(row.kind == "approval" for row in nouns) else ())
    for deal in deals:
        fact = deal.fact
        found |= {fact.channel, fact.reason, fact.competitor, *(line.kind for line in fact.lines)}
    for noun in nouns:
        if noun.event is not None:
            found |= {getattr(noun.event.told, name, None) for name in LABELS}
            found.update(getattr(noun.event.told, "kinds", ()))
    return {str(one) for one in found if one is not None}


def noun_of(event_type: str) -> str:
    """Return the noun of a type: `crm.deals.deal.created.v1` → `deal`."""
    return event_type.split(".")[2]


def verb_of(event_type: str) -> str:
    """Return what happened: `crm.deals.deal.created.v1` → `created`."""
    return event_type.split(".")[3]


def deal_row(head: Head, said: DealEvent) -> DealFactRow:
    """Return what an event says of a deal."""
    deal, left, entered = said.deal, said.from_stage, said.to_stage
    return DealFactRow(head.id, Fact(
        deal_id=head.subject, revision=head.revision, verb=verb_of(head.type),
        at=head.time, recorded_at=head.recordedtime, owner=deal.owner_id,
        team=deal.team_id, pipeline=deal.pipeline_id, stage=deal.stage_id,
        outcome=deal.outcome, probability=deal.probability, amount=deal.amount,
        currency=deal.currency, company=deal.company_id, contact=deal.contact_id,
        channel=deal.channel, created_at=deal.created_at,
        created_at_known=deal.created_at_known, won_at=deal.won_at, lost_at=deal.lost_at,
        expected_on=deal.expected_close_date, is_void=deal.is_void,
        from_stage=left.id if left else None, from_position=left.position if left else None,
        to_position=entered.position if entered else None,
        reason=deal.reason_id, competitor=deal.competitor_id, agreed_at=deal.agreed_at,
        credits=tuple(Credit(item.user_id, item.share) for item in deal.credits),
        lines=tuple(
            Line(item.product_id, item.total, item.sale_kind, item.cost)
            for item in deal.line_items
        ),
    ))  # fmt: skip
