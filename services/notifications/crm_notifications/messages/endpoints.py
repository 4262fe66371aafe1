"""Routes of the messages feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from crm_notifications.messages import queries, use_cases
from crm_notifications.messages.errors import MessageNotFoundError, StepNotPossibleError
from crm_notifications.messages.fields import MESSAGES_LISTED
from crm_notifications.messages.models import Message
from crm_notifications.messages.schemas import MessageOut
from crm_notifications.permissions import READ_MESSAGES, WRITE_MESSAGES
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/messages", tags=["messages"])
LISTING = listing(MESSAGES_LISTED, sort=("created_at", "updated_at"))
ReadAccess = Annotated[Access, require(READ_MESSAGES)]
WriteAccess = Annotated[Access, require(WRITE_MESSAGES)]
REFUSALS = responses(MessageNotFoundError, StepNotPossibleError)


@router.get("", response_model=Page[MessageOut])
async def list_messages(
    query: Annotated[ListQuery, Depends(LISTING)], access: ReadAccess, session: ReadSessionDep
) -> Any:
    """List messages, by deal, contact, status and more."""
    return await list_page(session, queries.visible_messages(access), query)


@router.post("/search", response_model=Page[MessageOut])
async def search_messages(body: SearchIn, access: ReadAccess, session: ReadSessionDep) -> Any:
    """List messages by a filter tree."""
    return await list_page(session, queries.visible_messages(access), LISTING.search(body))


@router.get("/{message_id}", response_model=MessageOut, responses=responses(MessageNotFoundError))
async def get_message(
    message_id: UUID, access: ReadAccess, response: Response, session: ReadSessionDep
) -> Message:
    """Read one message."""
    message = await queries.get_message(session, access, message_id)
    await follow(session, [message], MESSAGES_LISTED)
    tag(response, message)
    return message


@router.post("/{message_id}/mark-sent", response_model=MessageOut, responses=REFUSALS)
async def mark_message_sent(
    message_id: UUID,
    access: WriteAccess,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Message:
    """Settle an unknown message: somebody has seen that it arrived."""
    message = await queries.get_message(session, access, message_id)
    check_revision(message, if_match)
    message = await use_cases.mark_message_sent(session, message)
    tag(response, message)
    return message


@router.post("/{message_id}/resend", response_model=MessageOut, responses=REFUSALS)
async def resend_message(
    message_id: UUID,
    access: WriteAccess,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Message:
    """Send anew a message that failed, expired or is unknown."""
    message = await queries.get_message(session, access, message_id)
    check_revision(message, if_match)
    message = await use_cases.resend_message(session, message)
    tag(response, message)
    return message


@router.post("/{message_id}/cancel", response_model=MessageOut, responses=REFUSALS)
async def cancel_message(
    message_id: UUID,
    access: WriteAccess,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Message:
    """Stop a message that has not gone out."""
    message = await queries.get_message(session, access, message_id)
    check_revision(message, if_match)
    message = await use_cases.cancel_message(session, message)
    tag(response, message)
    return message
