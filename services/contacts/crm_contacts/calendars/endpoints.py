"""Routes of calendars."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response, status

from crm_contacts.calendars import queries, tokens, use_cases
from crm_contacts.calendars.errors import CalendarNotFoundError, NoCalendarError, TooManyLinksError
from crm_contacts.calendars.models import CalendarLink
from crm_contacts.calendars.schemas import CalendarLinkOut, CalendarLinksOut
from crm_contacts.settings import Settings, SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import public, signed_in
from crm_shared.http.exchange import exchange_of
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(tags=["calendars"])
Oneself = Annotated[Access, signed_in()]
Secret = Annotated[str, Path(min_length=1, max_length=300)]
_ICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}
}


@router.get("/v1/me/calendar-links", response_model=CalendarLinksOut)
async def list_calendar_links(
    access: Oneself, session: ReadSessionDep, settings: SettingsDep
) -> CalendarLinksOut:
    """List one's own links to one's calendar."""
    links = await queries.live_links(session, access.actor.id)
    return CalendarLinksOut(items=[_shown(link, settings) for link in links])


@router.post(
    "/v1/me/calendar-links",
    response_model=CalendarLinkOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(NoCalendarError, TooManyLinksError),
)
@answer_is_not_kept
async def make_calendar_link(
    access: Oneself, session: SessionDep, settings: SettingsDep
) -> CalendarLinkOut:
    """Open one's calendar (tasks and activities with a time) under a secret address."""
    return _shown(await use_cases.make_link(session, access), settings)


@router.delete(
    "/v1/me/calendar-links/{link_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(CalendarNotFoundError),
)
async def revoke_calendar_link(link_id: UUID, access: Oneself, session: SessionDep) -> None:
    """Shut an address for good; others of one's links stay."""
    await use_cases.revoke_link(session, access, link_id)


@router.get(
    "/v1/calendars/{token}",
    dependencies=[public()],
    response_class=Response,
    responses={**responses(CalendarNotFoundError), **_ICS},
)
async def get_calendar(
    token: Secret, request: Request, session: ReadSessionDep, settings: SettingsDep
) -> Response:
    """Return a calendar (RFC 5545) to whoever has its secret address, as its owner may see it."""
    # nobody signs in here: what is hidden goes by the role of whose calendar it is
    hidden_from = exchange_of(request).resources.hidden_from
    text = await use_cases.show(session, settings, token.removesuffix(".ics"), hidden_from)
    headers = {"Cache-Control": "private, max-age=300"}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


def _shown(link: CalendarLink, settings: Settings) -> CalendarLinkOut:
    token = tokens.make(settings.link_key, link.id, expires_at=link.expires_at)
    return CalendarLinkOut(
        id=link.id,
        url=f"{settings.base_url.rstrip('/')}/v1/calendars/{token}.ics",
        created_at=link.created_at,
        expires_at=link.expires_at,
    )
