"""Routes of the baselines (R5)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_reporting.inputs import queries, use_cases
from crm_reporting.inputs.errors import (
    BaselineExistsError,
    InputNotFoundError,
    NothingToComputeError,
)
from crm_reporting.inputs.fields import BASELINES
from crm_reporting.inputs.models import Baseline
from crm_reporting.inputs.schemas.given import BaselineIn, ComputedBaselineIn
from crm_reporting.inputs.schemas.rows import values_of
from crm_reporting.inputs.schemas.shown import BaselineOut
from crm_reporting.permissions import READ_INPUTS, WRITE_INPUTS
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Access
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, search_query
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/baselines", tags=["baselines"])
Reading = [require(READ_INPUTS)]
Writing = [require(WRITE_INPUTS)]
Writer = Annotated[Access, require(WRITE_INPUTS)]


@router.get("", response_model=Page[BaselineOut], dependencies=Reading)
async def list_baselines(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(BASELINES)]
) -> Any:
    """List the baselines."""
    return await list_page(session, queries.all_of(Baseline), query)


@router.post("/search", response_model=Page[BaselineOut], dependencies=Reading)
async def search_baselines(session: ReadSessionDep, body: SearchIn) -> Any:
    """Search by a filter tree of and, or, not."""
    return await list_page(session, queries.all_of(Baseline), search_query(body, BASELINES))


@router.post(
    "",
    response_model=BaselineOut,
    status_code=201,
    responses=responses(BaselineExistsError),
)
async def create_baseline(
    access: Writer, session: SessionDep, body: BaselineIn, response: Response
) -> Any:
    """Record what a figure was before; from now on it is frozen.

    It keeps by whom, when, from where (typed, or sampled in a week) and by which definition of
    the figure; one that was wrong is withdrawn and recorded anew, and both stay in the events.
    """
    row = await use_cases.record_baseline(session, access.actor, values_of(body))
    response.headers["Location"] = f"/v1/baselines/{row.id}"
    tag(response, row)
    return row


@router.post(
    "/computed",
    response_model=BaselineOut,
    status_code=201,
    responses=responses(BaselineExistsError, NothingToComputeError),
)
async def compute_baseline(
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    body: ComputedBaselineIn,
    response: Response,
) -> Any:
    """Freeze what the history tells of a metric for a time before the CRM, or its first weeks.

    Each whole month of it is kept as well, for the seasons.
    """
    basis = Basis(settings.zone, settings.currency)
    row = await use_cases.compute_baseline(session, access, body.model_dump(), basis)
    response.headers["Location"] = f"/v1/baselines/{row.id}"
    tag(response, row)
    return row


@router.get(
    "/{baseline_id}",
    response_model=BaselineOut,
    dependencies=Reading,
    responses=responses(InputNotFoundError),
)
async def get_baseline(baseline_id: UUID, session: ReadSessionDep, response: Response) -> Any:
    """Read one of the baselines."""
    row = await queries.get(session, queries.all_of(Baseline), baseline_id)
    tag(response, row)
    return row


@router.delete(
    "/{baseline_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(InputNotFoundError, ChangedMeanwhileError),
)
async def delete_baseline(baseline_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Take it back; nothing counts it any more."""
    row = await queries.get(session, queries.all_of(Baseline), baseline_id)
    await use_cases.withdraw(session, use_cases.BASELINE, row, expected=expected)
