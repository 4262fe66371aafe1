"""Routes about what is to be done next."""

from typing import Annotated
from uuid import UUID

from crm_contacts.next_actions import use_cases
from crm_contacts.next_actions.schemas import NextActionOut
from crm_contacts.next_actions.use_cases import NextAction
from crm_contacts.permissions import READ_CONTACTS, READ_LEADS, READ_TIMELINE
from crm_contacts.scripts.errors import RecordNotFoundError
from crm_contacts.scripts.queries import subject_of
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep

router = service_router(prefix="/v1", tags=["next actions"])


@router.get(
    "/contacts/{contact_id}/next-action",
    response_model=NextActionOut,
    responses=responses(RecordNotFoundError),
)
async def get_contact_next_action(
    contact_id: UUID, access: Annotated[Access, require(READ_CONTACTS)], session: ReadSessionDep
) -> NextAction:
    """Return what to do next about a person, and why."""
    subject = await subject_of(session, access, "contact", contact_id)
    return await use_cases.next_action(session, subject)


@router.get(
    "/leads/{lead_id}/next-action",
    response_model=NextActionOut,
    responses=responses(RecordNotFoundError),
)
async def get_lead_next_action(
    lead_id: UUID, access: Annotated[Access, require(READ_LEADS)], session: ReadSessionDep
) -> NextAction:
    """Return what to do next about a lead, and why."""
    subject = await subject_of(session, access, "lead", lead_id)
    return await use_cases.next_action(session, subject)


@router.get(
    "/next-actions/{deal_id}",
    response_model=NextActionOut,
    responses=responses(RecordNotFoundError),
)
async def get_deal_next_action(
    deal_id: UUID, access: Annotated[Access, require(READ_TIMELINE)], session: ReadSessionDep
) -> NextAction:
    """Return what to do next about a deal, by what contacts knows of it, and why."""
    subject = await subject_of(session, access, "deal", deal_id)
    return await use_cases.next_action(session, subject)
