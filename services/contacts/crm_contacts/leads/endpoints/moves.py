"""What is done with a lead: assign, respond, qualify, disqualify, reopen, convert."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.duplicates.errors import PossibleDuplicatesError
from crm_contacts.leads import queries, use_cases
from crm_contacts.leads.endpoints.common import TermsDep, Writer
from crm_contacts.leads.errors import (
    LeadClosedError,
    LeadNotDisqualifiedError,
    LeadNotFoundError,
    LeadOutsideScopeError,
    LeadQualifiedError,
    MomentOutOfRangeError,
    ResponseInFutureError,
    UnknownReasonError,
)
from crm_contacts.leads.models import Lead
from crm_contacts.leads.schemas import (
    AssignIn,
    ConvertedOut,
    ConvertIn,
    DisqualifyIn,
    LeadOut,
    RespondIn,
)
from crm_contacts.leads.use_cases import ConvertOrder
from crm_contacts.settings import SettingsDep
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import SessionDep
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/leads", tags=["leads"])


async def _wanted(lead_id: UUID, expected: IfMatch, access: Writer, session: SessionDep) -> Lead:
    lead = await queries.get_lead(session, access, lead_id)
    check_revision(lead, expected)
    return lead


# the lead of the path, within the writer's scope and at the revision that he has read
WantedLead = Annotated[Lead, Depends(_wanted)]


@router.post(
    "/{lead_id}/assign",
    response_model=LeadOut,
    responses=responses(LeadNotFoundError, LeadOutsideScopeError, ForbiddenByValidationError),
)
async def assign_lead(
    body: AssignIn, lead: WantedLead, access: Writer, session: SessionDep, response: Response
) -> Lead:
    """Give a lead to somebody, in his first team unless one is named; null makes it nobody's."""
    await use_cases.assign_lead(session, access, lead, **body.model_dump(exclude_unset=True))
    tag(response, lead)
    return lead


@router.post(
    "/{lead_id}/respond",
    response_model=LeadOut,
    responses=responses(
        LeadNotFoundError, LeadClosedError, ResponseInFutureError, ForbiddenByValidationError
    ),
)
async def respond_to_lead(
    body: RespondIn, lead: WantedLead, session: SessionDep, response: Response
) -> Lead:
    """Note that somebody answered; only the first time counts."""
    await use_cases.respond_to_lead(session, lead, at=body.responded_at)
    tag(response, lead)
    return lead


@router.post(
    "/{lead_id}/qualify",
    response_model=LeadOut,
    responses=responses(
        LeadNotFoundError, LeadClosedError, LeadQualifiedError, ForbiddenByValidationError
    ),
)
async def qualify_lead(lead: WantedLead, session: SessionDep, response: Response) -> Lead:
    """Say that a lead is worth selling to."""
    await use_cases.qualify_lead(session, lead)
    tag(response, lead)
    return lead


@router.post(
    "/{lead_id}/disqualify",
    response_model=LeadOut,
    responses=responses(
        LeadNotFoundError,
        LeadClosedError,
        UnknownReasonError,
        MomentOutOfRangeError,
        ForbiddenByValidationError,
    ),
)
async def disqualify_lead(
    body: DisqualifyIn,
    lead: WantedLead,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Lead:
    """Say that nothing will come of a lead, and why."""
    await use_cases.disqualify_lead(
        session,
        lead,
        body.reason,
        body.note,
        known=settings.lead_reason_list,
        at=body.disqualified_at,
    )
    tag(response, lead)
    return lead


@router.post(
    "/{lead_id}/reopen",
    response_model=LeadOut,
    responses=responses(LeadNotFoundError, LeadNotDisqualifiedError, ForbiddenByValidationError),
)
async def reopen_lead(
    lead: WantedLead, session: SessionDep, terms: TermsDep, response: Response
) -> Lead:
    """Work on a disqualified lead again."""
    await use_cases.reopen_lead(session, lead, terms=terms)
    tag(response, lead)
    return lead


@router.post(
    "/{lead_id}/convert",
    response_model=ConvertedOut,
    responses=responses(
        LeadNotFoundError,
        LeadClosedError,
        ContactNotFoundError,
        CompanyNotFoundError,
        PossibleDuplicatesError,
        MomentOutOfRangeError,
        ForbiddenByValidationError,
    ),
)
async def convert_lead(
    body: ConvertIn,
    lead: WantedLead,
    access: Writer,
    session: SessionDep,
    terms: TermsDep,
    settings: SettingsDep,
    response: Response,
) -> dict[str, Any]:
    """Make a client and a deal of a lead; the answer has every id."""
    order = ConvertOrder(**body.model_dump(exclude={"on_duplicate"}))
    policy = body.on_duplicate or settings.on_duplicate
    order = await use_cases.mind_duplicates(session, access, lead, order, policy)
    await use_cases.convert_lead(session, access, lead, order, terms=terms)
    tag(response, lead)
    return {
        "lead_id": lead.id,
        "revision": lead.revision,
        "contact_id": lead.contact_id,
        "company_id": lead.company_id,
        "deal_id": lead.deal_id,
        "possible_duplicates": await use_cases.duplicates_of(session, access, lead),
    }
