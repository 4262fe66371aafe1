"""What counts as having answered a lead, whichever way it was done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.gates.use_cases import open_gates
from crm_contacts.leads.models import Lead
from crm_contacts.leads.queries import find_and_hold
from crm_contacts.leads.use_cases.moves import respond_to_lead
from crm_contacts.permissions import READ_LEADS
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now


async def note_answer(session: AsyncSession, lead_id: UUID | None, *, at: datetime | None) -> None:
    """Note that somebody spoke with a lead at this moment: its deadline is met.

    Says nothing of leads that are closed, were answered before, or that the actor may not see:
    naming an id must not move what one cannot read.
    """
    lead = None if lead_id is None else await find_and_hold(session, lead_id)
    if lead is None or not lead.is_open or lead.first_responded_at is not None:
        return
    if not _is_seen(lead):
        return
    # a call often is how a lead came in: it is written down while they speak
    moment = max(min(at or utc_now(), utc_now()), lead.created_at)
    with open_gates():  # what took place is no wish that could be refused
        await respond_to_lead(session, lead, at=moment)


def _is_seen(lead: Lead) -> bool:
    actor = context.current().actor
    scope = READ_LEADS.reach(actor)
    return scope is not None and Access(actor, scope).may_see(lead.owner_id, lead.team_id)
