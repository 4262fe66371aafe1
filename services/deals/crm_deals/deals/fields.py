"""What deals can be filtered and sorted by."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Interval, and_, exists, func, literal, select

from crm_deals.customs.catalogue import BOOK, SHELF
from crm_deals.deals.models import Deal
from crm_deals.pipelines.models import Stage
from crm_deals.work.models import PLANNED, KnownWork
from crm_shared.db.types import UtcDateTime
from crm_shared.filters import Field, Fields
from crm_shared.http.hiding import names_in
from crm_shared.http.pagination import ListQuery
from crm_shared.nouns.columns import NO_TAGS
from crm_shared.nouns.listing import NounListing


def rotting_at(now: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that a deal has stood in its stage for longer than that allows."""
    days = select(Stage.rotting_days).where(Stage.id == Deal.stage_id).scalar_subquery()
    moment = func.now() if now is None else literal(now, UtcDateTime())
    since = Deal.stage_entered_at + days * literal(timedelta(days=1), Interval())
    return and_(Deal.outcome == "open", func.coalesce(since <= moment, False))


def overdue_on(today: date) -> ColumnElement[bool]:
    """Return the condition that a deal is still open after the day it should have closed."""
    late = Deal.expected_close_date < literal(today, Date())
    return and_(Deal.outcome == "open", func.coalesce(late, False))


# as far as contacts has told of it
HAS_NEXT_STEP = exists().where(KnownWork.deal_id == Deal.id, PLANNED)
DEAL_FIELDS = Fields(
    {
        "id": Field(UUID, Deal.id),
        "title": Field(str, Deal.title),
        "owner_id": Field(UUID, Deal.owner_id),
        "team_id": Field(UUID, Deal.team_id),
        "contact_id": Field(UUID, Deal.contact_id, merges=True),
        "company_id": Field(UUID, Deal.company_id, merges=True),
        "pipeline_id": Field(UUID, Deal.pipeline_id),
        "stage_id": Field(UUID, Deal.stage_id),
        "outcome": Field(str, Deal.outcome),
        "amount": Field(Decimal, Deal.amount),
        "expected_amount": Field(Decimal, Deal.expected_amount),
        "currency": Field(str, Deal.currency),
        "expected_close_date": Field(date, Deal.expected_close_date),
        "channel": Field(str, Deal.channel),
        "source": Field(str, Deal.source),
        "reason_id": Field(UUID, Deal.reason_id),
        "competitor_id": Field(UUID, Deal.competitor_id),
        "price_list_id": Field(UUID, Deal.price_list_id),
        "product_ids": Field(list[UUID], Deal.product_ids),
        "tags": Field(list[str], Deal.tags, guard=NO_TAGS),
        "is_void": Field(bool, Deal.is_void),
        "source_lead_id": Field(UUID, Deal.source_lead_id),
        "is_pipeline_assumed": Field(bool, Deal.is_pipeline_assumed),
        "copied_from_id": Field(UUID, Deal.copied_from_id),
        "is_repeat": Field(bool, Deal.is_repeat),
        "is_customer_unreliable": Field(bool, Deal.is_customer_unreliable),
        "broken_down": Field(bool, and_(Deal.outcome == "lost", Deal.agreed_at.is_not(None))),
        "agreed_at": Field(datetime, Deal.agreed_at),
        "has_next_step": Field(bool, HAS_NEXT_STEP),
        "is_rotting": Field(bool, rotting_at()),
        "is_overdue": Field(bool),  # which day it is, `on_day` says
        "rotting_at": Field(datetime, Deal.rotting_at),
        "overdue_at": Field(datetime, Deal.overdue_at),
        "rank": Field(Decimal, Deal.rank),
        "created_at": Field(datetime, Deal.created_at),
        "updated_at": Field(datetime, Deal.updated_at),
        "stage_entered_at": Field(datetime, Deal.stage_entered_at),
        "won_at": Field(datetime, Deal.won_at),
        "lost_at": Field(datetime, Deal.lost_at),
        "first_won_at": Field(datetime, Deal.first_won_at),
        "closed_at": Field(datetime, Deal.closed_at),
        "source_system": Field(str, Deal.source_system),
        "external_id": Field(str, Deal.external_id),
    }
)
SORTABLE = (
    "created_at",
    "updated_at",
    "title",
    "amount",
    "expected_close_date",
    "stage_entered_at",
    "closed_at",
    "rank",
)
DEAL_LISTING = NounListing(
    DEAL_FIELDS,
    sort=SORTABLE,
    default="-created_at",
    noun="deal",
    model=Deal,
    book=BOOK,
    shelf=SHELF,
)


def on_day(query: ListQuery, today: date) -> ListQuery:
    """Return what is wanted of the list, as of the day it is where the company works."""
    if "is_overdue" not in names_in(query.filter):
        return query
    overdue = Field(bool, overdue_on(today))
    return replace(query, fields=Fields({**query.fields, "is_overdue": overdue}))
