"""From what an event says to typed facts."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from crm_reporting.contributions.rules.products import UNIT
from crm_reporting.contributions.rules.subjects import KINDS
from crm_reporting.contributions.rules.subjects.told import Event, Told
from crm_reporting.contributions.rules.values import Credit, Fact, Line
from crm_shared.events.envelope import Envelope

Money = Annotated[Decimal, Field(max_digits=19, decimal_places=4)]
# Nouns that figures are grouped by: kept as they were told.
NOUNS = frozenset({"pipeline", "product", "reason", "competitor"})
COUNTED = frozenset({"deal", *KINDS})
# What of a subject may become a kind or channel, and so needs its label.
LABELS = (
    "source", "channel", "kind", "topic", "scale", "category", "disqualify_reason", "void_reason",
    "mailing_id", "direction",
)  # fmt: skip
APPROVAL_KINDS = frozenset({"automatic", "by_hand"})


class LineItem(BaseModel):
    product_id: UUID
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
    user_id: UUID
    share: Decimal


class Deal(BaseModel):
    """The snapshot of a deal, as far as figures need it."""

    owner_id: UUID | None
    team_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    pipeline_id: UUID
    stage_id: UUID
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
    reason_id: UUID | None = None
    competitor_id: UUID | None = None
    agreed_at: AwareDatetime | None = None
    credits: list[CreditItem] = []
    line_items: list[LineItem]


class Stage(BaseModel):
    id: UUID
    position: int


class DealEvent(BaseModel):
    """Any event of a deal; a move says also from where to where."""

    deal: Deal
    from_stage: Stage | None = None
    to_stage: Stage | None = None


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
        DealFactRow(envelope.id, _deal_fact(envelope))
        for envelope in batch
        if noun_of(envelope.type) == "deal"
    ]


def noun_facts(batch: Sequence[Envelope[Any]]) -> list[NounFactRow]:
    """Return the facts of those events that speak of anything else; raises ValidationError."""
    return [
        _noun_fact(kind, envelope)
        for envelope in batch
        if (kind := noun_of(envelope.type)) in NOUNS or kind in KINDS
    ]


def _noun_fact(kind: str, envelope: Envelope[Any]) -> NounFactRow:
    verb, said = verb_of(envelope.type), envelope.data.as_dict()
    event = None
    if kind in KINDS:
        # an event's own words stand beside the noun's, and never over them
        told = told_of(kind, {**said, **(said.get(KINDS[kind].key) or {})})
        event = Event(
            kind, envelope.subject, envelope.revision, verb, envelope.time, envelope.recordedtime,
            told,
        )  # fmt: skip
        data = told.model_dump_json(exclude_none=True)
    else:
        data = json.dumps(said.get(kind) or {})
    return NounFactRow(
        kind, envelope.subject, envelope.revision, envelope.id, verb, envelope.time,
        envelope.recordedtime, data, event,
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
    return {str(one) for one in found if one is not None}


def noun_of(event_type: str) -> str:
    """Return the noun of a type: `crm.deals.deal.created.v1` → `deal`."""
    return event_type.split(".")[2]


def verb_of(event_type: str) -> str:
    """Return what happened: `crm.deals.deal.created.v1` → `created`."""
    return event_type.split(".")[3]


def _deal_fact(envelope: Envelope[Any]) -> Fact:
    said = DealEvent.model_validate(envelope.data.as_dict())
    deal, left, entered = said.deal, said.from_stage, said.to_stage
    return Fact(
        deal_id=envelope.subject, revision=envelope.revision, verb=verb_of(envelope.type),
        at=envelope.time, recorded_at=envelope.recordedtime, owner=deal.owner_id,
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
    )  # fmt: skip
