"""Routes of the inbox: everybody's own."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, status

from crm_notifications.inbox import queries, statements, use_cases
from crm_notifications.inbox.errors import NothingNamedError, TooManyWatchesError
from crm_notifications.inbox.fields import NOTICES_LISTED
from crm_notifications.inbox.models import InboxSetting, Watch
from crm_notifications.inbox.rules import Digest
from crm_notifications.inbox.schemas import (
    ListedNoticeOut,
    MarkedOut,
    MarkIn,
    UnreadOut,
    Watchable,
    WatchOut,
    WishesIn,
    WishesOut,
)
from crm_shared.actor import Access
from crm_shared.http.auth import signed_in
from crm_shared.http.pagination import ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/inbox", tags=["inbox"])
LISTING = listing(NOTICES_LISTED, sort=("created_at",))
Own = Annotated[Access, signed_in()]


@router.get("", response_model=Page[ListedNoticeOut])
async def list_notices(
    query: Annotated[ListQuery, Depends(LISTING)], access: Own, session: ReadSessionDep
) -> Any:
    """Read what you are told, letters included, newest first; unread: `read_at[is_null]=true`."""
    page = await list_page(session, queries.notices_of(access.actor.id), query)
    return replace(page, items=await queries.with_letters(session, page.items))


@router.get("/unread", response_model=UnreadOut)
async def count_unread_notices(access: Own, session: ReadSessionDep) -> UnreadOut:
    """Count what you have not read, by kind."""
    by_kind = await queries.count_unread(session, access.actor.id)
    return UnreadOut(unread=sum(by_kind.values()), by_kind=by_kind)


@router.post("/read", response_model=MarkedOut, responses=responses(NothingNamedError))
async def mark_notices_read(body: MarkIn, access: Own, session: SessionDep) -> MarkedOut:
    """Mark notices as read."""
    return await _marked(session, access, body, is_read=True)


@router.post("/unread", response_model=MarkedOut, responses=responses(NothingNamedError))
async def mark_notices_unread(body: MarkIn, access: Own, session: SessionDep) -> MarkedOut:
    """Mark notices as unread again."""
    return await _marked(session, access, body, is_read=False)


@router.get("/watches", response_model=list[WatchOut])
async def list_watches(access: Own, session: ReadSessionDep) -> list[Watch]:
    """List the records that you watch."""
    return await queries.watches_of(session, access.actor.id)


@router.put(
    "/watches/{noun}/{record_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(TooManyWatchesError),
)
async def watch_record(noun: Watchable, record_id: UUID, access: Own, session: SessionDep) -> None:
    """Hear of whatever happens to a record and around it, as far as you may see it."""
    await use_cases.watch_record(session, access.actor.id, noun, record_id)


@router.delete("/watches/{noun}/{record_id}", status_code=status.HTTP_204_NO_CONTENT)
async def unwatch_record(
    noun: Watchable, record_id: UUID, access: Own, session: SessionDep
) -> None:
    """Watch a record no more."""
    await statements.unwatch(session, access.actor.id, record_id)


@router.get("/settings", response_model=WishesOut)
async def get_inbox_settings(access: Own, session: ReadSessionDep) -> WishesOut:
    """Read how you are told."""
    return _wishes(await queries.get_setting(session, access.actor.id))


@router.put("/settings", response_model=WishesOut)
async def set_inbox_settings(
    body: WishesIn, access: Own, session: SessionDep, settings: SettingsDep
) -> WishesOut:
    """Say what you do not want to hear of, and how often you want a summary."""
    made = await use_cases.set_wishes(
        session, access.actor.id, muted=body.muted, digest=body.digest, zone=settings.zone
    )
    return _wishes(made)


async def _marked(session: Any, access: Access, body: MarkIn, *, is_read: bool) -> MarkedOut:
    changed = await use_cases.mark_notices(
        session, access.actor.id, ids=body.ids, until=body.until, is_read=is_read
    )
    unread = await queries.count_unread(session, access.actor.id)
    return MarkedOut(changed=changed, unread=sum(unread.values()))


def _wishes(setting: InboxSetting | None) -> WishesOut:
    if setting is None:
        return WishesOut(muted=[], digest=Digest.NONE.value, next_digest_at=None)
    return WishesOut(
        muted=setting.muted, digest=setting.digest, next_digest_at=setting.next_digest_at
    )
