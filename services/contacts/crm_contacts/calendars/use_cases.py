"""What can be done with calendars: link, revoke, show."""

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.calendars import queries, rules, tokens
from crm_contacts.calendars.errors import CalendarNotFoundError, NoCalendarError, TooManyLinksError
from crm_contacts.calendars.models import CalendarLink
from crm_contacts.settings import Settings
from crm_shared.actor import Access
from crm_shared.clock import utc_now

MOST_LINKS = 10
GOOD_FOR = timedelta(days=3650)
LOOKS_BACK = timedelta(days=90)


async def make_link(session: AsyncSession, access: Access) -> CalendarLink:
    """Open one's calendar under a new secret address."""
    user_id = access.actor.id
    if access.actor.kind != "user" or not await queries.is_user(session, user_id):
        raise NoCalendarError
    if len(await queries.live_links(session, user_id)) >= MOST_LINKS:
        raise TooManyLinksError(MOST_LINKS)
    link = CalendarLink(user_id=user_id, expires_at=utc_now() + GOOD_FOR)
    session.add(link)
    await session.flush()
    return link


async def revoke_link(session: AsyncSession, access: Access, link_id: UUID) -> None:
    """Shut an address for good."""
    links = {one.id: one for one in await queries.live_links(session, access.actor.id)}
    if link_id not in links:
        raise CalendarNotFoundError
    links[link_id].revoked_at = utc_now()
    await session.flush()


async def show(session: AsyncSession, settings: Settings, token: str) -> bytes:
    """Return the calendar that an address opens, as it is now."""
    now = utc_now()
    link_id = tokens.read(settings.link_key, token, now=now)
    user_id = await queries.user_of(session, link_id, now) if link_id else None
    if user_id is None:
        raise CalendarNotFoundError
    since = now - LOOKS_BACK
    tasks = await queries.tasks_of(session, user_id, since)
    activities = await queries.activities_of(session, user_id, since)
    entries = [
        *(rules.Shown(one, one.title, rules.USUAL, is_busy=False) for one in tasks),
        *(rules.Shown(one, _title(one), _length(one), is_busy=True) for one in activities),
    ]
    host = urlsplit(settings.base_url).hostname or "crm"
    return rules.feed(entries, name="CRM", host=host, zone=settings.zone)


def _title(activity: Activity) -> str:
    return activity.subject or str(activity.kind)


def _length(activity: Activity) -> timedelta:
    return timedelta(seconds=activity.duration_s) if activity.duration_s else rules.USUAL
