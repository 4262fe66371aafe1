"""The rows behind a metric of one's own: each event, and what it added to which side."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)

from crm_reporting.custom_metrics.models import CustomFact
from crm_reporting.custom_metrics.rules.definitions import SIDES, Definition
from crm_reporting.metrics.queries.custom import Rows
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_shared.filters import Field, Fields

ID: ColumnElement[str] = (
    cast(CustomFact.event_id, Text) + literal("-") + cast(CustomFact.side, Text)
)
FIELDS = Fields({"id": Field(str, ID), "at": Field(datetime, CustomFact.at)})
_IDS = {
    "pipeline_id": Dimension.PIPELINE, "stage_id": Dimension.STAGE,
    "product_id": Dimension.PRODUCT, "company_id": Dimension.COMPANY,
}  # fmt: skip


def custom_facts(
    ask: Ask, definition: Definition, zone: ZoneInfo, hidden: Collection[Dimension]
) -> Select[Any]:
    """Return the rows that a value is made of, under the value's own conditions.

    Groups that the asker's role may not see are null in every row.
    """
    sides = [Rows(ask, definition, place, zone) for place in range(len(definition.sides))]
    rows = sides[0]
    part = case(dict(enumerate(SIDES)), value=CustomFact.side)
    is_money = CustomFact.currency != ""
    nothing = null()
    told = {one.dimension for one in definition.groups} - set(hidden)

    def group(by: Dimension, kind: Any) -> ColumnElement[Any]:
        return cast(rows.key(by) if by in told else null(), kind)

    columns: list[Any] = [
        ID.label("id"), func.split_part(CustomFact.type, ".", 3).label("noun"),
        CustomFact.subject_id, part.label("part"), rows.day.label("day"), CustomFact.at,
        CustomFact.owner.label("owner_id"), CustomFact.team.label("team_id"),
        *(group(by, Uuid()).label(name) for name, by in _IDS.items()),
        group(Dimension.CHANNEL, Text()).label("channel"),
        group(Dimension.KIND, Text()).label("kind"),
        func.nullif(CustomFact.currency, "").label("currency"),
        cast(literal(1), Integer).label("n"),
        case((is_money, CustomFact.value)).label("amount"),
        cast(nothing, Uuid).label("customer_id"), cast(nothing, Date).label("days"),
        literal(False).label("passed"), literal(False).label("dropped"),
        case((CustomFact.type.like("%.deal.%"), CustomFact.subject_id)).label("deal_id"),
    ]  # fmt: skip
    return select(*columns).where(or_(*(one.where(ask.counted) for one in sides)))
