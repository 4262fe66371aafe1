"""Routes of the erasures feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.erasures import queries, use_cases
from crm_contacts.erasures.errors import (
    ErasureNotFoundError,
    ErasureNotPlannedError,
    LeadIsAContactError,
    OnePersonError,
)
from crm_contacts.erasures.fields import FIELDS, SORT
from crm_contacts.erasures.models import Erasure, ErasureAnswer
from crm_contacts.erasures.schemas import ErasureIn, ErasureOut
from crm_contacts.leads.errors import LeadNotFoundError
from crm_contacts.permissions import ERASE_PERSONS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/erasures", tags=["erasures"])
LISTING = listing(FIELDS, sort=SORT)
Eraser = Annotated[Access, require(ERASE_PERSONS)]


@router.get("", response_model=Page[ErasureOut], dependencies=[require(ERASE_PERSONS)])
async def list_erasures(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[dict[str, Any]]:
    """List erasures with who has answered and who has not."""
    page: Rows[Erasure] = await list_page(session, queries.all_erasures(), query)
    answers = await queries.answers_to(session, [one.id for one in page.items])
    shown = [_shown(one, answers[one.id]) for one in page.items]
    return Rows(shown, page.next_cursor, page.total)


@router.post(
    "",
    response_model=ErasureOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(
        ContactNotFoundError, LeadNotFoundError, OnePersonError, LeadIsAContactError
    ),
)
async def plan_erasure(
    body: ErasureIn, access: Eraser, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Ask to erase a person: a dry run, every service says how many rows it would empty."""
    erasure = await use_cases.plan_erasure(
        session, access, contact_id=body.contact_id, lead_id=body.lead_id
    )
    return await _answer(session, erasure, response)


@router.get(
    "/{erasure_id}",
    response_model=ErasureOut,
    responses=responses(ErasureNotFoundError),
    dependencies=[require(ERASE_PERSONS)],
)
async def get_erasure(
    erasure_id: UUID, session: ReadSessionDep, response: Response
) -> dict[str, Any]:
    """Return an erasure with what each service would empty or has emptied."""
    return await _answer(session, await queries.get_erasure(session, erasure_id), response)


@router.post(
    "/{erasure_id}/confirm",
    response_model=ErasureOut,
    responses=responses(ErasureNotFoundError, ErasureNotPlannedError),
)
async def confirm_erasure(
    erasure_id: UUID, expected: IfMatch, access: Eraser, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Erase the person in all services, for good; complete when all have answered."""
    erasure = await queries.get_erasure(session, erasure_id)
    check_revision(erasure, expected)
    await use_cases.confirm_erasure(session, access, erasure)
    return await _answer(session, erasure, response)


@router.post(
    "/{erasure_id}/withdraw",
    response_model=ErasureOut,
    responses=responses(ErasureNotFoundError, ErasureNotPlannedError),
    dependencies=[require(ERASE_PERSONS)],
)
async def withdraw_erasure(
    erasure_id: UUID, expected: IfMatch, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Take back a request that was not confirmed."""
    erasure = await queries.get_erasure(session, erasure_id)
    check_revision(erasure, expected)
    await use_cases.withdraw_erasure(session, erasure)
    return await _answer(session, erasure, response)


async def _answer(session: AsyncSession, erasure: Erasure, response: Response) -> dict[str, Any]:
    tag(response, erasure)
    return _shown(erasure, (await queries.answers_to(session, [erasure.id]))[erasure.id])


def _shown(erasure: Erasure, answers: list[ErasureAnswer]) -> dict[str, Any]:
    names = ErasureOut.model_fields.keys() - {"answers", "waiting_for"}
    silent = [one.service for one in answers if one.answered_at is None]
    told = {name: getattr(erasure, name) for name in names}
    return {**told, "answers": answers, "waiting_for": silent}
