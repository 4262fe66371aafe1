"""What can be done with calendars: link, revoke, show."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.calendars import queries, rules, tokens
from crm_contacts.calendars.errors import CalendarNotFoundError, NoCalendarError, TooManyLinksError
from crm_contacts.calendars.models import CalendarLink
from crm_contacts.settings import Settings
from crm_shared.actor import Access, Role
from crm_shared.clock import utc_now
from crm_shared.policies import Names

# a telephone, a tablet, two computers, and each of them set up anew once
MOST_LINKS = 10
# nobody signs a calendar program in anew; a link is ended by revoking it
GOOD_FOR = timedelta(days=3650)
# what is older stays in the reader's program as it was fetched
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


async def show(
    session: AsyncSession, settings: Settings, token: str, hidden_from: Callable[[Role], Names]
) -> bytes:
    """Return the calendar that an address opens, as it is now and as its owner's role sees it."""
    now = utc_now()
    link_id = tokens.read(settings.link_key, token, now=now)
    user = await queries.user_of(session, link_id, now) if link_id else None
    if user is None:
        raise CalendarNotFoundError
    since, hidden = now - LOOKS_BACK, hidden_from(Role(user.role))
    of_tasks, of_activities = (hidden.get(noun, frozenset()) for noun in ("task", "activity"))
    entries: list[rules.Shown] = []
    # without its time a record cannot stand in a calendar
    if rules.TIMED.isdisjoint(of_tasks):
        tasks = await queries.tasks_of(session, user.id, since)
        entries += [rules.of_task(one, of_tasks) for one in tasks]
    if rules.TIMED.isdisjoint(of_activities):
        activities = await queries.activities_of(session, user.id, since)
        entries += [rules.of_activity(one, of_activities) for one in activities]
    host = urlsplit(settings.base_url).hostname or "crm"
    return rules.feed(entries, name="CRM", host=host, zone=settings.zone)
