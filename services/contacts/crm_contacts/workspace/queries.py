"""Every SELECT of the workspace feature."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.workspace.models import WORKSPACE_ID, Workspace, standard_workspace
from crm_shared.db.engine import SETTINGS
from crm_shared.settings import ServiceSettings
from crm_shared.working_time import WorkingCalendar


async def get_workspace(session: AsyncSession) -> Workspace:
    """Return what was set up, or what holds until then."""
    return await session.get(Workspace, WORKSPACE_ID) or standard_workspace()


async def hold_workspace(session: AsyncSession) -> Workspace | None:
    """Return what was set up, held so that two cannot change it at once."""
    # there is one row: without a revision that two read at once the later would undo the former
    found = select(Workspace).where(Workspace.id == WORKSPACE_ID).with_for_update()
    return (await session.scalars(found)).one_or_none()


async def working_calendar(session: AsyncSession, zone: ZoneInfo) -> WorkingCalendar:
    """Return the company's calendar."""
    return (await get_workspace(session)).calendar(zone)


async def own_calendar(session: AsyncSession) -> WorkingCalendar:
    """Return the company's calendar to a handler or a job, whose session knows the settings."""
    settings = session.info[SETTINGS]
    if not isinstance(settings, ServiceSettings):
        raise TypeError("the session was made without the service's settings")
    return await working_calendar(session, settings.zone)
