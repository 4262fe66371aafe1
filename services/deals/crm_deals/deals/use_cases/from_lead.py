"""Beginning exactly the deal that a converted lead announced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.catalogue import BOOK
from crm_deals.deals import catalogue, queries
from crm_deals.deals.catalogue import Catalogue
from crm_deals.deals.errors import NoPipelineError, UnknownStageError
from crm_deals.deals.use_cases import preparing
from crm_deals.deals.use_cases.create import Plan, begin, new_deal, write_beginnings
from crm_deals.pipelines.rules import StageEntry


@dataclass(frozen=True, slots=True)
class LeadOrder:
    """What a lead became: the deal's id was chosen where the lead lives."""

    deal_id: UUID
    lead_id: UUID
    at: datetime
    pipeline_id: UUID | None
    values: Mapping[str, Any]


async def begin_from_lead(session: AsyncSession, order: LeadOrder, *, currency: str) -> bool:
    """Begin the deal, or do nothing when it is, or was, there; a stage's demands can wait.

    A pipeline that is not there any more gives way to the default one, and the deal says so.
    Raises NoPipelineError when there is no pipeline at all.
    """
    # told twice, or begun by hand with this id: the first one stands
    if await queries.is_known(session, order.deal_id):
        return False
    known = await catalogue.current(session)
    try:
        stage = _wanted_stage(known, order.pipeline_id)
    except (UnknownStageError, NoPipelineError):
        # what this process knows may be two seconds old
        known = await catalogue.reload(session)
        stage = _first_stage(known, order.pipeline_id)
    given = {**order.values, "source_lead_id": order.lead_id}
    values = await BOOK.settled(session, "deal", given, demanding=False)
    deal = new_deal(known, values, stage, order.at, currency=currency)
    deal.id = order.deal_id
    deal.is_pipeline_assumed = order.pipeline_id not in (None, stage.pipeline_id)
    preparing.fill(deal, values, {})
    # the lead is converted already: its deal can be warned of, not refused
    await preparing.know_customer(session, deal)
    plan = Plan(stage, stage, closed_at=order.at)
    await write_beginnings(session, [begin(known, deal, values, plan, checked=False)])
    return True


def _wanted_stage(known: Catalogue, pipeline_id: UUID | None) -> StageEntry:
    return known.stage_to_start_in(pipeline_id, None)


def _first_stage(known: Catalogue, pipeline_id: UUID | None) -> StageEntry:
    # sorted: two replicas that have to choose choose the same
    for wanted in (pipeline_id, None, *sorted(known.pipelines)):
        try:
            return _wanted_stage(known, wanted)
        except (UnknownStageError, NoPipelineError):
            continue
    raise NoPipelineError
