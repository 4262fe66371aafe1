"""Timed work of leads: the alarms."""

from crm_contacts.leads.use_cases import raise_overdue, raise_unassigned
from crm_contacts.settings import Settings
from crm_shared.worker import JobContext


async def warn_of_overdue(context: JobContext) -> int:
    """Announce leads whose deadline passed without an answer."""
    async with context.sessions.begin() as session:
        return await raise_overdue(session)


async def warn_of_unassigned(context: JobContext) -> int:
    """Announce leads that have been nobody's for too long."""
    settings: Settings = context.settings
    async with context.sessions.begin() as session:
        return await raise_unassigned(session, after=settings.lead_unassigned_after)
