"""Leads that nobody answers and leads that are nobody's: said once for each such state."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import LeadOverdue, LeadUnassigned
from crm_contacts.leads import queries
from crm_contacts.leads.use_cases.announcements import said
from crm_contacts.versions.use_cases import announce_many
from crm_shared.clock import utc_now

# one transaction with an event each; the job goes again at once while there are more
AT_ONCE = 200


async def raise_overdue(session: AsyncSession) -> int:
    """Announce leads that nobody answered by their deadline; return how many."""
    now = utc_now()
    leads = await queries.claim_overdue(session, now, limit=AT_ONCE)
    for lead in leads:
        # the mark and the event are one change: a worker that dies between leaves neither
        lead.overdue_at = now
    await announce_many(session, [(lead, said(LeadOverdue, lead), None) for lead in leads])
    return len(leads)


async def raise_unassigned(session: AsyncSession, *, after: timedelta) -> int:
    """Announce open leads that have been nobody's for so long; return how many."""
    now = utc_now()
    leads = await queries.claim_unassigned(session, now - after, limit=AT_ONCE)
    for lead in leads:
        lead.unassigned_at = now
    await announce_many(session, [(lead, said(LeadUnassigned, lead), None) for lead in leads])
    return len(leads)
