"""Making, changing and putting away leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.addresses.rules import normalise
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.events import LeadAssigned, LeadDeleted, LeadRestored, LeadUpdated
from crm_contacts.leads import queries
from crm_contacts.leads.errors import LeadExistsError, LeadNotFoundError, LeadOutsideScopeError
from crm_contacts.leads.models import Lead, LeadStatus
from crm_contacts.leads.use_cases.announcements import changes_of, created, facts_of, said
from crm_contacts.users.use_cases import with_owner
from crm_contacts.versions.statements import add_rows
from crm_contacts.versions.use_cases import announce
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db.named import find_or_make
from crm_shared.db.refusals import not_unique
from crm_shared.ids import new_id

Values = Mapping[str, Any]
EMPTY: Values = {
    **dict.fromkeys(("first_name", "last_name", "company_name", "job_title", "note", "utm")),
    **dict.fromkeys(("owner_id", "confirmed_at", "unassigned_since", "unassigned_at")),
    "status": LeadStatus.NEW,
    "awaits_confirmation": False,
    "do_not_call": False,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the company's settings say about leads."""

    region: str
    respond_within: timedelta


async def create_lead(
    session: AsyncSession,
    access: Access,
    values: Values,
    *,
    terms: Terms,
    at: datetime | None = None,
    demanding: bool = True,
    by_letter: bool = False,
) -> Lead:
    """Take a lead in and announce it; the time to answer runs from now on.

    `by_letter`: whoever sends letters is to ask the visitor to confirm his address.
    """
    settled = await BOOK.settled(session, "lead", values, demanding=demanding)
    lead = new_lead(await with_owner(session, access, settled), terms=terms, at=at)
    if not access.may_see(lead.owner_id, lead.team_id):
        raise LeadOutsideScopeError
    try:
        await add_rows(session, [(lead, created(lead, by_letter=by_letter), at)])
    except IntegrityError as taken:
        # a custom field may be unique as well: it is told apart by the index's name
        raise not_unique(taken) or LeadExistsError() from taken
    return lead


def new_lead(values: Values, *, terms: Terms, at: datetime | None = None) -> Lead:
    """Make the row, addresses normalised and points counted."""
    # of an import the day it came in there: its deadline then is long past, and told by nobody
    moment = at or utc_now()
    lead = Lead(id=new_id(), created_at=moment)
    # rows of their own each: what one lead's list holds is not another's
    fresh = {"emails": [], "phones": [], "labels": {}, "respond_by": moment + terms.respond_within}
    fresh |= {"tags": [], "custom_fields": {}, "personal_fields": {}}
    lead.apply({**EMPTY, **fresh, **normalise(values, terms.region)})
    return lead


async def update_lead(
    session: AsyncSession,
    access: Access,
    lead: Lead,
    values: Values,
    *,
    terms: Terms,
    by_label: bool = False,
) -> Lead:
    """Change a lead and announce it; a change that changes nothing says nothing.

    `by_label`: files name the options of custom fields by what they are called.
    """
    settled = await BOOK.settled(session, "lead", values, lead, by_label=by_label)
    lead.apply(normalise(settled, terms.region))
    # asked after the change too: nobody gives away what he could then not take back
    if not access.may_see(lead.owner_id, lead.team_id):
        raise LeadOutsideScopeError
    changed, _ = changes_of(lead)
    if not changed:
        return lead
    # one change, one event: it is named after the move in it that others react to
    kind: type[LeadRestored | LeadAssigned | LeadUpdated] = LeadUpdated
    if "deleted_at" in changed:
        kind = LeadRestored
    elif "owner_id" in changed:
        kind = LeadAssigned
    await announce(session, lead, said(kind, lead))
    return lead


async def write_lead(
    session: AsyncSession, access: Access, values: Values, *, terms: Terms
) -> tuple[Lead, bool]:
    """Create a lead, or change the one that its external id names; tell whether it is new."""
    lead, is_new = await find_or_make(
        session,
        values,
        find=queries.find_by_external,
        make=lambda: create_lead(session, access, values, terms=terms),
        taken=LeadExistsError,
    )
    if is_new:
        return lead, True
    if not access.may_see(lead.owner_id, lead.team_id):
        # another's record is not there, also for who knows its external id
        raise LeadNotFoundError(str(values["external_id"]))
    # the other system still has it: its next word brings back what was put away here
    back = {**values, "deleted_at": None}
    return await update_lead(session, access, lead, back, terms=terms), False


async def delete_lead(session: AsyncSession, lead: Lead) -> None:
    """Put a lead away; what it became stays."""
    lead.deleted_at = utc_now()
    event = LeadDeleted(lead=facts_of(lead), changed=["deleted_at"], previous={})
    await announce(session, lead, event)


async def restore_lead(session: AsyncSession, lead: Lead) -> Lead:
    """Bring back a lead that was put away."""
    lead.deleted_at = None
    event = LeadRestored(lead=facts_of(lead), changed=["deleted_at"], previous={})
    await announce(session, lead, event)
    return lead
