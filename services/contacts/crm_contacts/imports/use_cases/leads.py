"""Leads that come in numbers: new ones in one statement, no alarm for what is long past."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm_contacts.customs.catalogue import BOOK
from crm_contacts.gates.use_cases import open_gates, refused_of
from crm_contacts.imports import queries
from crm_contacts.imports.use_cases.common import Incoming, checked, outcome, told
from crm_contacts.leads import use_cases as leads
from crm_contacts.leads.models import Lead
from crm_contacts.leads.schemas import LeadIn
from crm_contacts.leads.use_cases import Terms
from crm_contacts.leads.use_cases.announcements import created
from crm_contacts.versions.statements import add_rows
from crm_contacts.versions.use_cases import Change
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.imports.nouns import Desk, Outcome


def check_lead(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a lead that the API would take."""
    return checked(LeadIn, values)


async def write_leads(desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
    """Put leads in; those that are here are changed one by one."""
    terms = Terms(desk.settings.phone_region, desk.settings.lead_respond_within)
    names = [one.name for one in batch if one.name]
    here = await queries.here(desk.session, Lead, desk.system, names)
    found = await queries.by_ids(desk.session, Lead, [one.record_id for one in batch])
    owners = {one.values["owner_id"] for one in batch if one.values.get("owner_id")}
    teams = await queries.first_teams(desk.session, owners)
    new: list[Change] = []
    places: dict[UUID, int] = {}
    outcomes: list[Outcome] = []
    for one in batch:
        lead = found.get(one.record_id) or here.get(one.name)
        try:
            settled = await BOOK.settled(desk.session, "lead", one.values, lead, by_label=True)
        except InvalidError as unfit:
            outcomes.append(list(unfit.errors))
            continue
        if lead is None:
            values = dict(settled)
            if values.get("owner_id") and "team_id" not in values:
                values["team_id"] = teams.get(values["owner_id"])
            lead = _silent(leads.new_lead(values, terms=terms, at=one.created_at))
            new.append((lead, created(lead), one.created_at))
            places[lead.id] = len(outcomes)
            outcomes.append("created")
            continue
        before = lead.revision
        back = {**one.values, "deleted_at": None}
        await leads.update_lead(desk.session, desk.access, lead, back, terms=terms, by_label=True)
        outcomes.append(outcome(False, lead.revision != before))
    refused = await refused_of(desk.session, new)
    for lead_id, against in refused.items():
        outcomes[places[lead_id]] = told(against)
    if ready := [change for change in new if change[0].id not in refused]:
        # each has been asked about
        with open_gates():
            await add_rows(desk.session, ready)
    return outcomes


def _silent(lead: Lead) -> Lead:
    # what was late elsewhere is nobody's news here
    now = utc_now()
    if lead.is_overdue:
        lead.overdue_at = now
    if lead.is_unassigned:
        lead.unassigned_since, lead.unassigned_at = lead.created_at, now
    return lead
