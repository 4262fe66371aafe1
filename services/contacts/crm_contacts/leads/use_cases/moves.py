"""The verbs of a lead's way: assign, respond, qualify, disqualify, reopen, confirm."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    LeadAssigned,
    LeadConfirmed,
    LeadDisqualified,
    LeadQualified,
    LeadReopened,
    LeadResponded,
)
from crm_contacts.leads import queries, tokens
from crm_contacts.leads.errors import (
    ConfirmationRefusedError,
    LeadOutsideScopeError,
    MomentOutOfRangeError,
    ResponseInFutureError,
    UnknownReasonError,
)
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import changes_of, said
from crm_contacts.leads.use_cases.writing import Terms
from crm_contacts.users.queries import first_team
from crm_contacts.versions.use_cases import announce
from crm_shared.actor import Access
from crm_shared.clock import utc_now


async def assign_lead(
    session: AsyncSession, access: Access, lead: Lead, owner_id: UUID | None, **team: Any
) -> Lead:
    """Give a lead to somebody, in his first team unless `team_id` names another."""
    team_id = team.get("team_id")
    if "team_id" not in team and owner_id is not None:
        team_id = await first_team(session, owner_id)
    elif "team_id" not in team:
        team_id = lead.team_id  # nobody's, but still in sight of its team
    lead.apply({"owner_id": owner_id, "team_id": team_id})
    # asked after the change: nobody gives away what he could not take back
    if not access.may_see(lead.owner_id, lead.team_id):
        raise LeadOutsideScopeError
    changed, _ = changes_of(lead)
    if changed:
        await announce(session, lead, said(LeadAssigned, lead))
    return lead


async def respond_to_lead(session: AsyncSession, lead: Lead, *, at: datetime | None = None) -> Lead:
    """Note that somebody answered; only the first time counts and is announced."""
    now = utc_now()
    # an answer before the lead, or of tomorrow, would make the time to answer a lie
    if at is not None and not lead.created_at <= at <= now:
        raise ResponseInFutureError
    if lead.respond(at=at or now):
        await announce(session, lead, said(LeadResponded, lead), at=at)
    return lead


async def qualify_lead(session: AsyncSession, lead: Lead) -> Lead:
    """Say that a lead is worth selling to."""
    lead.qualify(at=utc_now())
    await announce(session, lead, said(LeadQualified, lead))
    return lead


async def disqualify_lead(
    session: AsyncSession,
    lead: Lead,
    reason: str,
    note: str | None,
    *,
    known: Sequence[str],
    at: datetime | None = None,
) -> Lead:
    """Say that nothing will come of a lead, for one of the `known` reasons."""
    if reason not in known:
        raise UnknownReasonError(known)
    now = utc_now()
    if at is not None and not lead.created_at <= at <= now:
        raise MomentOutOfRangeError("disqualified_at")
    lead.disqualify(reason, note, at=at or now)
    await announce(session, lead, said(LeadDisqualified, lead), at=at)
    return lead


async def reopen_lead(session: AsyncSession, lead: Lead, *, terms: Terms) -> Lead:
    """Work on a disqualified lead again."""
    lead.reopen(at=utc_now(), respond_within=terms.respond_within)
    await announce(session, lead, said(LeadReopened, lead))
    return lead


async def lead_of_link(session: AsyncSession, token: str, *, key: str) -> Lead:
    """Return the lead whose address a link confirms; raises ConfirmationRefusedError."""
    lead_id = tokens.read(key, token, now=utc_now())
    lead = await queries.find_lead(session, lead_id) if lead_id is not None else None
    if lead is None:
        raise ConfirmationRefusedError
    return lead


async def confirm_lead(session: AsyncSession, token: str, *, key: str) -> Lead:
    """Note that somebody followed the link; a second time changes nothing."""
    now = utc_now()
    lead_id = tokens.read(key, token, now=now)
    # held: two clicks on one button are one confirmation
    lead = await queries.find_and_hold(session, lead_id) if lead_id is not None else None
    if lead is None:
        raise ConfirmationRefusedError
    if lead.confirmed_at is None:
        lead.confirm(at=now)
        await announce(session, lead, said(LeadConfirmed, lead))
    return lead
