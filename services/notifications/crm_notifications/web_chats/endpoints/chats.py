"""Setting up web chats."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status

from crm_notifications.permissions import READ_WEB_CHATS, WRITE_WEB_CHATS
from crm_notifications.web_chats import queries, use_cases
from crm_notifications.web_chats.errors import WebChatNotFoundError
from crm_notifications.web_chats.fields import WEB_CHATS_LISTED
from crm_notifications.web_chats.models import WebChat
from crm_notifications.web_chats.rules.page import snippet
from crm_notifications.web_chats.schemas import (
    WebChatChangeIn,
    WebChatIn,
    WebChatOut,
    WebChatShownOut,
)
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/web-chats", tags=["web chats"])
LISTING = listing(WEB_CHATS_LISTED, sort=("created_at", "name"))
READ, WRITE = [require(READ_WEB_CHATS)], [require(WRITE_WEB_CHATS)]
NOT_FOUND = responses(WebChatNotFoundError)


@router.get("", response_model=Page[WebChatOut], dependencies=READ)
async def list_web_chats(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """List the chats on web pages."""
    return await list_page(session, queries.web_chats(), query)


@router.post(
    "", response_model=WebChatShownOut, status_code=status.HTTP_201_CREATED, dependencies=WRITE
)
async def create_web_chat(
    body: WebChatIn, response: Response, session: SessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Set up a chat; the answer has the line that puts it on a page."""
    chat = await use_cases.create_web_chat(session, body.model_dump())
    tag(response, chat)
    return _shown(chat, settings.base_url)


@router.get("/{chat_id}", response_model=WebChatShownOut, dependencies=READ, responses=NOT_FOUND)
async def get_web_chat(
    chat_id: UUID, response: Response, session: ReadSessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Read one chat, with the line that puts it on a page."""
    chat = await queries.get_web_chat(session, chat_id)
    tag(response, chat)
    return _shown(chat, settings.base_url)


@router.patch("/{chat_id}", response_model=WebChatShownOut, dependencies=WRITE, responses=NOT_FOUND)
async def change_web_chat(
    chat_id: UUID,
    body: WebChatChangeIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """Change a chat, or switch it off: then nobody can write, and what was said stays."""
    chat = await queries.get_web_chat(session, chat_id)
    check_revision(chat, if_match)
    values = body.model_dump(exclude_unset=True)
    chat = await use_cases.update_web_chat(session, chat, values)
    tag(response, chat)
    return _shown(chat, settings.base_url)


@router.delete(
    "/{chat_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=NOT_FOUND,
)
async def delete_web_chat(chat_id: UUID, if_match: IfMatch, session: SessionDep) -> None:
    """Take a chat off its pages for good."""
    chat = await queries.get_web_chat(session, chat_id)
    check_revision(chat, if_match)
    await use_cases.delete_web_chat(session, chat)


def _shown(chat: WebChat, base_url: str) -> dict[str, Any]:
    shown = WebChatOut.model_validate(chat).model_dump()
    return {**shown, "snippet": snippet(base_url, chat.key)}
