"""What pages and their visitors use: open to all, each chat by its key."""

import asyncio
from collections import Counter
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Header, Path, Query, Request, Response, status
from fastapi.responses import HTMLResponse

from crm_notifications.conversations.models import ConversationMessage
from crm_notifications.feed.endpoints import tail_of
from crm_notifications.web_chats import queries, use_cases
from crm_notifications.web_chats.errors import (
    ChatNotForPageError,
    ChatTooOftenError,
    NoChatHereError,
    VisitInvalidError,
    VisitRefusedError,
)
from crm_notifications.web_chats.models import WebChat
from crm_notifications.web_chats.rules import visits
from crm_notifications.web_chats.rules.page import WIDGET, content_policy, frame
from crm_notifications.web_chats.schemas import TalkOut, VisitIn, VisitOut, WordOut, WrittenIn
from crm_shared.db.engine import Sessions
from crm_shared.http.auth import public
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SessionsDep, SettingsDep

router = service_router(prefix="/v1/web-chats", tags=["web chats"], dependencies=[public()])
Key = Annotated[str, Path(max_length=64)]
Token = Annotated[str, Header(alias="X-Chat-Visit", max_length=300)]
REFUSALS = responses(NoChatHereError, ChatNotForPageError, VisitRefusedError, ChatTooOftenError)
LONGEST_WAIT_S = 25
# who waits holds no connection to the database, but a task and a socket
MOST_WAITING = 500
# of one visitor: he may have the page open in a few tabs
MOST_FRAMES = 4
COUNT_EVERY_S = 1.0
_WAITING: WeakKeyDictionary[Sessions, Counter[UUID | str]] = WeakKeyDictionary()


@router.get("/widget.js", response_class=Response)
async def read_widget() -> Response:
    """Return the script that puts a chat on a page, and runs within it."""
    headers = {
        "Cache-Control": "public, max-age=600",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(WIDGET, media_type="text/javascript", headers=headers)


@router.get(
    "/frames/{key}",
    response_class=HTMLResponse,
    responses=responses(NoChatHereError, ChatNotForPageError),
)
async def show_chat(
    key: Key,
    request: Request,
    session: ReadSessionDep,
    lang: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show the chat as it stands in a page; browsers show it on the chat's own pages only."""
    chat = await queries.get_open_chat(session, key)
    referer = request.headers.get("referer")
    if not visits.may_stand_on(referer, chat.origins, request.headers.get("host")):
        raise ChatNotForPageError
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": content_policy(chat),
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(frame(chat, lang), headers=headers)


@router.post(
    "/visits/{key}",
    response_model=VisitOut,
    status_code=status.HTTP_201_CREATED,
    responses={**REFUSALS, **responses(VisitInvalidError)},
)
@answer_is_not_kept
async def begin_visit(
    key: Key, body: VisitIn, request: Request, session: SessionDep, settings: SettingsDep
) -> VisitOut:
    """Begin to write; nothing of a visitor is kept until he does."""
    chat = await _asked(request, session, key)
    visit = await use_cases.begin_visit(
        session, chat, body.model_dump(), address=_address(request), link_key=settings.link_key
    )
    return VisitOut(visit=visit)


@router.post(
    "/visits/{key}/messages",
    status_code=status.HTTP_202_ACCEPTED,
    responses={**REFUSALS, **responses(VisitInvalidError)},
)
@answer_is_not_kept
async def write_message(
    key: Key,
    body: WrittenIn,
    request: Request,
    token: Token,
    session: SessionDep,
    settings: SettingsDep,
) -> None:
    """Write to the company; a client is found by e-mail or telephone, as far as he gives them."""
    chat = await _asked(request, session, key)
    visit = use_cases.visit_of(chat, token, settings.link_key)
    await use_cases.say(
        session,
        chat,
        visit,
        body.model_dump(),
        region=settings.phone_region,
        address=_address(request),
        link_key=settings.link_key,
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


@router.get("/visits/{key}/messages", response_model=TalkOut, responses=REFUSALS)
async def read_talk(
    key: Key,
    token: Token,
    sessions: SessionsDep,
    settings: SettingsDep,
    seen: Annotated[int, Query(ge=0, description="`seen` of the answer before")] = 0,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
) -> TalkOut:
    """Read what was said; with `wait` the answer comes with the next word, or without one."""
    async with sessions() as session:
        chat = await queries.get_open_chat(session, key)
    visit = use_cases.visit_of(chat, token, settings.link_key)
    waiting = _WAITING.setdefault(sessions, Counter())
    if waiting["all"] >= MOST_WAITING or waiting[visit.visitor] >= MOST_FRAMES:
        wait = 0
    waiting.update(("all", visit.visitor))
    try:
        return await _said(sessions, visit, seen, within_s=wait)
    finally:
        waiting.subtract(("all", visit.visitor))
        if waiting[visit.visitor] <= 0:
            del waiting[visit.visitor]


async def _said(sessions: Sessions, visit: visits.Visit, seen: int, *, within_s: float) -> TalkOut:
    clock = asyncio.get_running_loop().time
    deadline, tail = clock() + within_s, tail_of(sessions)
    while True:
        # the place before the words: what comes in between is for the next look
        place = await tail.newest()
        async with sessions() as session:
            count = await queries.count_said(session, visit.visitor)
            if count != seen or clock() >= deadline:
                found = await queries.list_said(session, visit.visitor)
                return TalkOut(messages=list(map(_shown, found)), seen=count)
        # on a busy day something is always said somewhere: nobody counts his words at every event
        await asyncio.sleep(min(COUNT_EVERY_S, max(0.0, deadline - clock())))
        await tail.moves_beyond(place, within_s=deadline - clock())


async def _asked(request: Request, session: SessionDep, key: str) -> WebChat:
    """The chat that is asked, by its own frame and nothing else that runs in a browser."""
    chat = await queries.get_open_chat(session, key)
    headers = request.headers
    is_ours = urlsplit(headers.get("origin", "")).netloc == headers.get("host")
    # a browser says this itself, also where it is told to keep the origin back
    if not is_ours and headers.get("sec-fetch-site") != "same-origin":
        raise ChatNotForPageError
    return chat


def _shown(said: ConversationMessage) -> WordOut:
    own_id = said.reference if said.is_inbound and said.reference else str(said.id)
    return WordOut(id=own_id, direction=said.direction, text=said.text or "", at=said.at)
