"""Routes of feedback: the link to ask with, the public answer, what was answered."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, status

from crm_contacts.cases import queries
from crm_contacts.cases.endpoints.common import Reader, WantedCase
from crm_contacts.cases.errors import CaseMoveError, CaseNotFoundError, FeedbackRefusedError
from crm_contacts.cases.fields import FEEDBACK_FIELDS
from crm_contacts.cases.models import Feedback
from crm_contacts.cases.schemas import FeedbackIn, FeedbackLinkOut, FeedbackOut
from crm_contacts.cases.use_cases import feedback as use_cases
from crm_contacts.settings import SettingsDep
from crm_shared.clock import utc_now
from crm_shared.http.auth import public
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


@router.post(
    "/cases/{case_id}/feedback",
    response_model=FeedbackLinkOut,
    responses=responses(CaseNotFoundError, CaseMoveError),
)
@answer_is_not_kept
async def ask_for_feedback(
    case: WantedCase, session: SessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Ask the customer of a finished case how content he is; returns the link's token."""
    feedback = await use_cases.ask_for_feedback(session, case)
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
