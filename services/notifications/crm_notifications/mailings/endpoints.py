"""Routes of the mailings feature, and the two addresses that letters lead through."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from crm_notifications.mailings import queries, rules, use_cases
from crm_notifications.mailings.errors import (
    MailingNotFoundError,
    MailingPairError,
    MailingTemplateError,
    MoveNotPossibleError,
    TrackingLinkError,
)
from crm_notifications.mailings.fields import MAILINGS_LISTED
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.schemas import MailingChangeIn, MailingIn, MailingOut, ResultsOut
from crm_notifications.permissions import READ_MAILINGS, WRITE_MAILINGS
from crm_shared.clock import utc_now
from crm_shared.http.auth import public, require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/mailings", tags=["mailings"])
LISTING = listing(MAILINGS_LISTED, sort=("created_at", "updated_at", "name"))
READ = [require(READ_MAILINGS)]
WRITE = [require(WRITE_MAILINGS)]
REFUSALS = responses(MailingPairError, MailingTemplateError)
MOVES = responses(MailingNotFoundError, MoveNotPossibleError)
# one dot that nobody sees
DOT = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
# what stands in an address as it is; a header holds no other alphabet
AS_IT_IS = ":/%#?=@[]!$&'()*+,;~"
UNSEEN = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("", response_model=Page[MailingOut], dependencies=READ)
async def list_mailings(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """List mailings."""
    return await list_page(session, queries.mailings(), query)


@router.post("/search", response_model=Page[MailingOut], dependencies=READ)
async def search_mailings(body: SearchIn, session: ReadSessionDep) -> Any:
    """List mailings by a filter tree."""
    return await list_page(session, queries.mailings(), LISTING.search(body))


@router.post(
    "",
    response_model=MailingOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=REFUSALS,
)
async def create_mailing(body: MailingIn, response: Response, session: SessionDep) -> Mailing:
    """Draft a mailing to a segment of contacts; nothing is sent before it is started.

    A template for e-mail that is no service needs `recipient.unsubscribe_url` in every text.
    """
    mailing = await use_cases.create_mailing(session, body.model_dump())
    tag(response, mailing)
    return mailing


@router.get("/opens/{token}", response_class=Response, dependencies=[public()])
async def note_opening(
    token: str, request: Request, session: SessionDep, settings: SettingsDep
) -> Response:
    """Give a picture of nothing, and note that a letter was opened, by a person or a machine."""
    message_id = rules.opened_by(settings.link_key, token, utc_now())
    if message_id is not None:
        agent = request.headers.get("user-agent", "")
        await use_cases.note_opening(session, message_id, agent)
    return Response(DOT, media_type="image/gif", headers=UNSEEN)


@router.get(
    "/clicks/{token}",
    response_class=Response,
    status_code=status.HTTP_302_FOUND,
    dependencies=[public()],
    responses=responses(TrackingLinkError),
)
async def follow_link(
    token: str,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    url: Annotated[str, Query(max_length=4000)],
) -> Response:
    """Lead on to an address of a letter, the one that its link was made for, and note the click."""
    message_id = rules.clicked_by(settings.link_key, token, url, utc_now())
    if message_id is None:
        raise TrackingLinkError
    agent = request.headers.get("user-agent", "")
    await use_cases.note_click(session, message_id, agent)
    location = quote(url, safe=AS_IT_IS)
    return Response(status_code=status.HTTP_302_FOUND, headers={"Location": location, **UNSEEN})


@router.get(
    "/{mailing_id}",
    response_model=MailingOut,
    dependencies=READ,
    responses=responses(MailingNotFoundError),
)
async def get_mailing(mailing_id: UUID, response: Response, session: ReadSessionDep) -> Mailing:
    """Read one mailing and how far it is."""
    mailing = await queries.get_mailing(session, mailing_id)
    tag(response, mailing)
    return mailing


@router.get(
    "/{mailing_id}/results",
    response_model=ResultsOut,
    dependencies=READ,
    responses=responses(MailingNotFoundError),
)
async def get_mailing_results(mailing_id: UUID, session: ReadSessionDep) -> dict[str, Any]:
    """Count what became of a mailing's letters by version, and compare the versions.

    Every recipient counts once. Shares are of `delivered`; the test is of two proportions,
    two-sided, with an interval of 95 %; under five of either there is no winner.
    """
    await queries.get_mailing(session, mailing_id)
    counted = await queries.count_results(session, mailing_id)
    reasons = await queries.count_reasons(session, mailing_id)
    return rules.results_of(counted) | {"reasons": reasons}


@router.patch(
    "/{mailing_id}",
    response_model=MailingOut,
    dependencies=WRITE,
    responses=MOVES | REFUSALS,
)
async def change_mailing(
    mailing_id: UUID,
    body: MailingChangeIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Mailing:
    """Change a draft; what has begun is not changed."""
    mailing = await queries.get_mailing(session, mailing_id)
    check_revision(mailing, if_match)
    values = body.model_dump(exclude_unset=True)
    mailing = await use_cases.change_mailing(session, mailing, values)
    tag(response, mailing)
    return mailing


@router.delete(
    "/{mailing_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=WRITE, responses=MOVES
)
async def delete_mailing(mailing_id: UUID, if_match: IfMatch, session: SessionDep) -> None:
    """Drop a draft."""
    mailing = await queries.get_mailing(session, mailing_id)
    check_revision(mailing, if_match)
    await use_cases.delete_mailing(session, mailing)


@router.post(
    "/{mailing_id}/start",
    response_model=MailingOut,
    dependencies=WRITE,
    responses=MOVES | REFUSALS,
)
async def start_mailing(
    mailing_id: UUID, if_match: IfMatch, response: Response, session: SessionDep
) -> Mailing:
    """Let a mailing begin, at once or at `starts_at`: each member gets one letter."""
    mailing = await queries.get_mailing(session, mailing_id)
    check_revision(mailing, if_match)
    mailing = await use_cases.start_mailing(session, mailing)
    tag(response, mailing)
    return mailing


@router.post("/{mailing_id}/pause", response_model=MailingOut, dependencies=WRITE, responses=MOVES)
async def pause_mailing(
    mailing_id: UUID, if_match: IfMatch, response: Response, session: SessionDep
) -> Mailing:
    """Hold back every letter that is not on its way yet."""
    mailing = await queries.get_mailing(session, mailing_id)
    check_revision(mailing, if_match)
    mailing = await use_cases.pause_mailing(session, mailing)
    tag(response, mailing)
    return mailing


@router.post("/{mailing_id}/resume", response_model=MailingOut, dependencies=WRITE, responses=MOVES)
async def resume_mailing(
    mailing_id: UUID, if_match: IfMatch, response: Response, session: SessionDep
) -> Mailing:
    """Go on at the same pace; what waits is of use as much longer as the pause was long."""
    mailing = await queries.get_mailing(session, mailing_id)
    check_revision(mailing, if_match)
    mailing = await use_cases.resume_mailing(session, mailing)
    tag(response, mailing)
    return mailing


@router.post("/{mailing_id}/cancel", response_model=MailingOut, dependencies=WRITE, responses=MOVES)
async def cancel_mailing(
    mailing_id: UUID, if_match: IfMatch, response: Response, session: SessionDep
) -> Mailing:
    """Stop a mailing for good; letters that wait are called off."""
    mailing = await queries.get_mailing(session, mailing_id)
    check_revision(mailing, if_match)
    mailing = await use_cases.cancel_mailing(session, mailing)
    tag(response, mailing)
    return mailing
