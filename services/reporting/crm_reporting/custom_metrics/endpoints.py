"""Routes of the metrics that a company defines itself."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from crm_reporting.custom_metrics import queries, use_cases
from crm_reporting.custom_metrics.errors import (
    CustomMetricExistsError,
    CustomMetricNotFoundError,
)
from crm_reporting.custom_metrics.fields import CUSTOM_METRICS
from crm_reporting.custom_metrics.models import CustomMetric
from crm_reporting.custom_metrics.rules.told import event_types, noun_of, told_of
from crm_reporting.custom_metrics.schemas import (
    CustomMetricIn,
    CustomMetricOut,
    CustomMetricStateOut,
    EventOut,
    EventsOut,
    VersionOut,
    VersionsOut,
)
from crm_reporting.permissions import DEFINE_METRICS, READ_CUSTOM_METRICS
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.errors import ForbiddenError
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.pagination import ListQuery, Page, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/custom-metrics", tags=["custom-metrics"])
Reader = Annotated[Access, require(READ_CUSTOM_METRICS)]
Writer = Annotated[Access, require(DEFINE_METRICS)]
REFUSED = (CustomMetricExistsError, FieldHiddenError, ForbiddenError)


async def _metric(metric_id: UUID, _access: Writer, session: SessionDep) -> CustomMetric:
    return await queries.get_metric(session, metric_id)


MetricDep = Annotated[CustomMetric, Depends(_metric)]


@router.get("", response_model=Page[CustomMetricOut])
async def list_custom_metrics(
    _access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(CUSTOM_METRICS)]
) -> Any:
    """List the metrics that the company defined itself."""
    return await list_page(session, queries.all_metrics(), query)


@router.get("/fields")
async def list_countable_events(
    _access: Reader,
    session: ReadSessionDep,
    noun: Annotated[str | None, Query(max_length=40, examples=["deal"])] = None,
) -> EventsOut:
    """List the events that can be counted, of one noun or of all, with the type of each field.

    Of one noun also its custom fields, `deal.custom_fields.<key>:<type>`, where events tell them.
    """
    found = [one for one in event_types() if noun is None or noun_of(one) == noun]
    custom = await use_cases.custom_fields(session, found[0]) if noun and found else {}
    return EventsOut(items=[EventOut(event=one, fields=told_of(one) | custom) for one in found])


@router.post("", response_model=CustomMetricOut, status_code=201, responses=responses(*REFUSED))
async def create_custom_metric(
    body: CustomMetricIn, access: Writer, session: SessionDep, response: Response
) -> CustomMetric:
    """Define a metric over any event without code: filter, measure, group, ratio (R2).

    Checked against what the events tell: an unknown event, field or filter, a sum of what is no
    number, a group by single people are refused with field and rule. It counts past events too;
    until that is done its value is null (`not_counted_yet`). Read as `/v1/metrics/custom.<key>`.
    """
    hidden = context.current().hidden
    metric = await use_cases.define(session, access.actor, body.values(), hidden)
    response.headers["Location"] = f"/v1/custom-metrics/{metric.id}"
    tag(response, metric)
    return metric


@router.get(
    "/{metric_id}", response_model=CustomMetricOut, responses=responses(CustomMetricNotFoundError)
)
async def get_custom_metric(
    metric_id: UUID, _access: Reader, session: ReadSessionDep, response: Response
) -> CustomMetric:
    """Return a metric's definition."""
    metric = await queries.get_metric(session, metric_id)
    tag(response, metric)
    return metric


@router.get("/{metric_id}/versions", responses=responses(CustomMetricNotFoundError))
async def list_custom_metric_versions(
    metric_id: UUID, _access: Reader, session: ReadSessionDep
) -> VersionsOut:
    """List what a metric said at each revision, the newest first."""
    await queries.get_metric(session, metric_id)
    return VersionsOut(
        items=[
            VersionOut.model_validate(one) for one in await queries.versions_of(session, metric_id)
        ]
    )


@router.get("/{metric_id}/state", responses=responses(CustomMetricNotFoundError))
async def get_custom_metric_state(
    metric_id: UUID, _access: Reader, session: ReadSessionDep
) -> CustomMetricStateOut:
    """Tell whether a metric's past is counted, is being counted, or cannot be counted."""
    metric = await queries.get_metric(session, metric_id)
    state = await queries.state_of(session, metric_id)
    told: Literal["counted", "counting"] = "counting" if state.counted_at is None else "counted"
    return CustomMetricStateOut(
        state=told if queries.readable(metric.id, metric) else "unreadable",
        counted_revision=metric.counted_revision,
        counted_at=state.counted_at,
    )


@router.put(
    "/{metric_id}",
    response_model=CustomMetricOut,
    responses=responses(CustomMetricNotFoundError, ChangedMeanwhileError, *REFUSED),
)
async def replace_custom_metric(
    metric: MetricDep,
    body: CustomMetricIn,
    access: Writer,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> CustomMetric:
    """Change a metric: a new revision, the former one stays readable.

    Where events, measures or groups change the past is counted anew; a new name alone is no
    reason for that.
    """
    check_revision(metric, expected)
    hidden = context.current().hidden
    await use_cases.revise(session, access.actor, metric, body.values(), hidden)
    tag(response, metric)
    return metric


@router.delete(
    "/{metric_id}",
    status_code=204,
    responses=responses(CustomMetricNotFoundError, ChangedMeanwhileError),
)
async def delete_custom_metric(metric: MetricDep, expected: IfMatch, session: SessionDep) -> None:
    """Put a metric away; alarms on it find no value any more."""
    check_revision(metric, expected)
    await use_cases.withdraw(session, metric)
