"""From what an event says to typed facts."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from crm_reporting.contributions.rules.values import Fact, Line
from crm_shared.events.envelope import Envelope

Money = Annotated[Decimal, Field(max_digits=19, decimal_places=4)]
NOUNS = frozenset({"company", "pipeline", "product"})


class LineItem(BaseModel):
    product_id: UUID
    total: Money


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
    kind: str
    id: UUID
    revision: int
    event_id: UUID
    verb: str
    recorded_at: datetime
    data: dict[str, Any]


def deal_facts(batch: Sequence[Envelope[Any]]) -> list[DealFactRow]:
    """Return the facts of those events that speak of a deal; raises ValidationError."""
    return [
        DealFactRow(envelope.id, _deal_fact(envelope))
        for envelope in batch
        if noun_of(envelope.type) == "deal"
    ]


def noun_facts(batch: Sequence[Envelope[Any]]) -> list[NounFactRow]:
    """Return the facts of those events that speak of a noun that figures are grouped by."""
    return [
        NounFactRow(
            kind,
            envelope.subject,
            envelope.revision,
            envelope.id,
            verb_of(envelope.type),
            envelope.recordedtime,
            envelope.data.as_dict().get(kind) or {},
        )
        for envelope in batch
        if (kind := noun_of(envelope.type)) in NOUNS
    ]


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
        lines=tuple(Line(item.product_id, item.total) for item in deal.line_items),
    )  # fmt: skip
