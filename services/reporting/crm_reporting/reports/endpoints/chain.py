"""The rows behind the chain from campaign to payment."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.endpoints.questions import filters_of, report_parameters
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.queries.chain import Followed, followed, leads_of
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.catalogue import AMOUNT, CATALOGUE
from crm_reporting.metrics.rules.fact_fields import unseen
from crm_reporting.metrics.rules.hiding import is_hidden, refuse_hidden
from crm_reporting.metrics.rules.questions import Around, Parameters, ask_of
from crm_reporting.permissions import READ_METRICS
from crm_reporting.reports.schemas.chain import ChainOut, MovedOut
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.filters import Field, Fields
from crm_shared.http.auth import require
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SettingsDep
from crm_shared.policies import Names

LISTING = listing(
    Fields(
        {
            **FIELDS,
            "id": Field(UUID, Contribution.subject_id),
            "day": Field(date, Contribution.day),
        }
    ),
    sort=("day",),
    default="-day",
)
router = service_router(prefix="/v1/reports", tags=["reports"])


@router.get(
    "/campaign_chain/facts",
    response_model=Page[ChainOut],
    responses=responses(FieldHiddenError, QuestionError),
)
async def list_campaign_chain(
    request: Request,
    told: Annotated[Parameters, Depends(report_parameters)],
    query: Annotated[ListQuery, Depends(LISTING)],
    access: Annotated[Access, require(READ_METRICS)],
    session: ReadSessionDep,
    settings: SettingsDep,
    campaign: Annotated[str | None, Query(max_length=100, description="One of them")] = None,
) -> Any:
    """List the leads behind the report `campaign_chain`: each with the ids of its deal, invoices
    and payments, within the caller's scope; what his role may not see is null.
    """
    around = Around(access, utc_now(), settings.zone, settings.currency)
    if told.as_of is not None:
        raise QuestionError("as_of", "only-of-now", "Of the chain only the present is known.")
    ask = ask_of(CATALOGUE["leads"], told, filters_of(request), around)
    hidden = context.current().hidden
    refuse_hidden(ask, hidden, "lead.labels", "lead.deal_id")
    read = Read((Part.LEAD,), ask.period, access, ask.filter)
    page = await list_page(session, leads_of(read, campaign), query)
    deals = {row.deal_id for row in page.items if row.deal_id is not None}
    behind = await followed(session, read, deals)
    items = [
        _chain(row._mapping, [one for one in behind if one.deal_id == row.deal_id], hidden)
        for row in page.items
    ]
    return Rows(items, page.next_cursor, page.total)


def _chain(lead: Any, behind: Sequence[Followed], hidden: Names) -> ChainOut:
    won = next((one for one in behind if one.part == Part.WON), None)
    if is_hidden("deal.outcome", hidden) or is_hidden("deal.won_at", hidden):
        won = None
    amount = None if won is None or is_hidden(AMOUNT, hidden) else won.amount
    return ChainOut(
        **lead,
        won_on=won.day if won else None,
        won_amount=None if amount is None else f"{amount}",
        currency=won.currency if won and "currency" not in unseen(Part.WON, hidden) else None,
        invoices=[_moved(one, hidden) for one in behind if one.part == Part.INVOICED],
        payments=[_moved(one, hidden) for one in behind if one.part in (Part.PAID, Part.REFUNDED)],
    )


def _moved(one: Followed, hidden: Names) -> MovedOut:
    shut = unseen(one.part, hidden)
    return MovedOut(
        id=one.id,
        day=one.day,
        amount=None if one.amount is None or "amount" in shut else f"{one.amount}",
        currency=None if "currency" in shut else one.currency,
    )
