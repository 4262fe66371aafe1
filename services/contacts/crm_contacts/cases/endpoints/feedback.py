"""Routes of feedback: the link to ask with, the public answer, what was answered."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, status

from crm_contacts.cases import queries
from crm_contacts.cases.endpoints.common import Reader, WantedCase, Writer
from crm_contacts.cases.errors import (
    CaseMoveError,
    CaseNotFoundError,
    FeedbackRefusedError,
    NotToBeAskedError,
    OneClientToAskError,
)
from crm_contacts.cases.fields import FEEDBACK_FIELDS
from crm_contacts.cases.models import Feedback
from crm_contacts.cases.schemas import (
    FeedbackIn,
    FeedbackLinkOut,
    FeedbackOut,
    FeedbackRequestIn,
)
from crm_contacts.cases.use_cases import feedback as use_cases
from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import get_contact
from crm_contacts.permissions import READ_CONTACTS
from crm_contacts.settings import Settings, SettingsDep
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.auth import public, require
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import (
    ListQuery,
    Page,
    Rows,
    SearchIn,
    list_page,
    listing,
)
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.links import make_link

router = service_router(prefix="/v1", tags=["cases"])
LISTING = listing(FEEDBACK_FIELDS, sort=("created_at", "submitted_at", "score"))
LINK_LIFE = timedelta(days=30)
ClientReader = Annotated[Access, require(READ_CONTACTS)]


@router.post(
    "/cases/{case_id}/feedback",
    response_model=FeedbackLinkOut,
    responses=responses(CaseNotFoundError, CaseMoveError, NotToBeAskedError),
)
@answer_is_not_kept
async def ask_for_feedback(
    case: WantedCase, session: SessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Ask the customer of a finished case how content he is; returns the link's token."""
    return _link(await use_cases.ask_for_feedback(session, case), settings)


@router.post(
    "/feedback/requests",
    response_model=FeedbackLinkOut,
    responses=responses(
        ContactNotFoundError, CompanyNotFoundError, OneClientToAskError, NotToBeAskedError
    ),
)
@answer_is_not_kept
async def ask_client_for_feedback(
    body: FeedbackRequestIn,
    access: Writer,
    clients: ClientReader,
    session: SessionDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """Ask a client how content he is with a deal, or in general; returns the link's token.

    About a deal he is asked once; in general again when he has answered, so scores come over time.
    """
    client: Contact | Company
    if body.contact_id is not None and body.company_id is None:
        client = await get_contact(session, clients, body.contact_id)
    elif body.company_id is not None and body.contact_id is None:
        client = await get_company(session, clients, body.company_id)
    else:
        raise OneClientToAskError
    asked = await use_cases.ask_client(session, client, deal_id=body.deal_id)
    return _link(asked, settings)


def _link(feedback: Feedback, settings: Settings) -> dict[str, Any]:
    expires_at = (utc_now() + LINK_LIFE).replace(microsecond=0)
    token = make_link(settings.link_key, use_cases.PURPOSE, feedback.id, expires_at=expires_at)
    return {"feedback_id": feedback.id, "token": token, "expires_at": expires_at}


@router.post(
    "/feedback",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(FeedbackRefusedError),
    dependencies=[public()],
)
async def submit_feedback(body: FeedbackIn, session: SessionDep, settings: SettingsDep) -> None:
    """Answer by the token of the link, from 1 to 5; within 24 hours the last word counts."""
    await use_cases.submit_feedback(
        session, body.token, body.score, body.text, key=settings.link_key, zone=settings.zone
    )


@router.get("/feedback", response_model=Page[FeedbackOut])
async def list_feedback(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Feedback]:
    """List what customers answered within one's scope; by `contact_id` his scores over time."""
    return await list_page(session, queries.visible_feedback(access), query)


@router.post("/feedback/search", response_model=Page[FeedbackOut])
async def search_feedback(
    body: SearchIn, access: Reader, session: ReadSessionDep
) -> Rows[Feedback]:
    """List feedback within one's scope by a filter tree."""
    return await list_page(session, queries.visible_feedback(access), LISTING.search(body))
