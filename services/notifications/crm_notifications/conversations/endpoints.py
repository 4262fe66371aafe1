"""Routes of the conversations feature."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Response, status

from crm_notifications.conversations import queries, use_cases
from crm_notifications.conversations.errors import (
    CannotAnswerError,
    ConversationNotFoundError,
    ConversationOutsideScopeError,
    FileNotFoundHereError,
    NothingToCloseError,
)
from crm_notifications.conversations.fields import CONVERSATIONS_LISTED, WORDS_LISTED
from crm_notifications.conversations.models import (
    Conversation,
    ConversationFile,
    ConversationMessage,
)
from crm_notifications.conversations.schemas import (
    AnswerIn,
    ConversationChangeIn,
    ConversationFileOut,
    ConversationMessageOut,
    ConversationOut,
)
from crm_notifications.permissions import READ_CONVERSATIONS, WRITE_CONVERSATIONS
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/conversations", tags=["conversations"])
LISTING = listing(
    CONVERSATIONS_LISTED, sort=("last_at", "waiting_since", "created_at"), default="-last_at"
)
WORDS = listing(WORDS_LISTED, sort=("at",), default="-at")
ReadAccess = Annotated[Access, require(READ_CONVERSATIONS)]
WriteAccess = Annotated[Access, require(WRITE_CONVERSATIONS)]
NOT_FOUND = responses(ConversationNotFoundError)


@router.get("", response_model=Page[ConversationOut])
async def list_conversations(
    query: Annotated[ListQuery, Depends(LISTING)], access: ReadAccess, session: ReadSessionDep
) -> Any:
    """List conversations, by contact, company, deal or lead; those of nobody: `is_unassigned`.

    `?status=waiting&sort=waiting_since` is who waits for an answer, the longest first.
    """
    return await list_page(session, queries.visible_conversations(access), query)


@router.post("/search", response_model=Page[ConversationOut])
async def search_conversations(body: SearchIn, access: ReadAccess, session: ReadSessionDep) -> Any:
    """List conversations by a filter tree."""
    return await list_page(session, queries.visible_conversations(access), LISTING.search(body))


@router.get("/{conversation_id}", response_model=ConversationOut, responses=NOT_FOUND)
async def get_conversation(
    conversation_id: UUID, access: ReadAccess, response: Response, session: ReadSessionDep
) -> Conversation:
    """Read how one conversation stands."""
    found = await queries.get_conversation(session, access, conversation_id)
    await follow(session, [found], CONVERSATIONS_LISTED)
    tag(response, found)
    return found


@router.get(
    "/{conversation_id}/messages", response_model=Page[ConversationMessageOut], responses=NOT_FOUND
)
async def list_conversation_messages(
    conversation_id: UUID,
    query: Annotated[ListQuery, Depends(WORDS)],
    access: ReadAccess,
    session: ReadSessionDep,
) -> Any:
    """Read what was written, newest first."""
    await queries.get_conversation(session, access, conversation_id)
    return await list_page(session, queries.messages_of(conversation_id), query)


@router.get(
    "/{conversation_id}/files", response_model=list[ConversationFileOut], responses=NOT_FOUND
)
async def list_conversation_files(
    conversation_id: UUID, access: ReadAccess, session: ReadSessionDep
) -> Sequence[ConversationFile]:
    """List the files that came with its messages, up to 500."""
    await queries.get_conversation(session, access, conversation_id)
    return await queries.list_files(session, conversation_id)


@router.get(
    "/{conversation_id}/files/{file_id}",
    response_class=Response,
    responses=responses(ConversationNotFoundError, FileNotFoundHereError),
)
async def get_conversation_file(
    conversation_id: UUID, file_id: UUID, access: ReadAccess, session: ReadSessionDep
) -> Response:
    """Download one file; it is always saved, never shown: a stranger sent it."""
    await queries.get_conversation(session, access, conversation_id)
    file = await queries.get_file(session, conversation_id, file_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(file.content, media_type="application/octet-stream", headers=headers)


@router.patch(
    "/{conversation_id}",
    response_model=ConversationOut,
    responses=responses(ConversationNotFoundError, ConversationOutsideScopeError),
)
async def change_conversation(
    conversation_id: UUID,
    body: ConversationChangeIn,
    access: WriteAccess,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Conversation:
    """Say whose a conversation is and what it is about; later messages go there too."""
    found = await queries.get_conversation(session, access, conversation_id)
    check_revision(found, if_match)
    found = await use_cases.give(session, access, found, body.model_dump(exclude_unset=True))
    tag(response, found)
    return found


@router.post(
    "/{conversation_id}/close",
    response_model=ConversationOut,
    responses=responses(ConversationNotFoundError, NothingToCloseError),
)
async def close_conversation(
    conversation_id: UUID,
    access: WriteAccess,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Conversation:
    """Say that nothing is left to answer; the next message opens it again."""
    found = await queries.get_conversation(session, access, conversation_id)
    check_revision(found, if_match)
    found = await use_cases.close(session, found)
    tag(response, found)
    return found


@router.post(
    "/{conversation_id}/answers",
    response_model=ConversationMessageOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(ConversationNotFoundError, CannotAnswerError),
)
async def answer_conversation(
    conversation_id: UUID, body: AnswerIn, access: WriteAccess, session: SessionDep
) -> ConversationMessage:
    """Answer by e-mail, SMS, Telegram, Viber or WhatsApp, or in the web chat: where he wrote.

    How far it got stands at `/v1/messages/{id}` under the answer's own id; in a web chat it is read
    as it is written. Nobody is waiting then.
    """
    found = await queries.get_conversation(session, access, conversation_id)
    return await use_cases.answer(session, access.actor, found, body.text, subject=body.subject)
