"""Making of what came in what it is: a lead, a call, an activity; or finding whose a message is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.errors import ActivityExistsError
from crm_contacts.activities.queries import find_by_external as find_activity
from crm_contacts.activities.use_cases import write_activity
from crm_contacts.addresses.rules import normal_email, normal_phone
from crm_contacts.calls.errors import CallExistsError
from crm_contacts.calls.use_cases import write_call
from crm_contacts.events import InboundSettled, SettlementFacts
from crm_contacts.gates.use_cases import open_gates
from crm_contacts.inbound import queries, rules
from crm_contacts.inbound.models import Settlement
from crm_contacts.inbound.rules import Whose
from crm_contacts.leads.errors import LeadExistsError
from crm_contacts.leads.models import Lead, LeadStatus
from crm_contacts.leads.queries import find_by_external as find_lead
from crm_contacts.leads.use_cases import (
    Terms,
    create_lead,
    reopen_lead,
    restore_lead,
    update_lead,
    write_lead,
)
from crm_contacts.settings import Settings
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.db.engine import SETTINGS
from crm_shared.errors import ServiceError, UnavailableError
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.events.refs import RefItem

Fields = Mapping[str, Any]
Told = dict[str, Any]
# somebody else was there at the same moment, or something is away: it is no fault of what came
PASSING = (
    ActivityExistsError,
    CallExistsError,
    ChangedMeanwhileError,
    LeadExistsError,
    UnavailableError,
)


async def settle(
    session: AsyncSession, arrival_id: UUID, *, asked_revision: int, item: RefItem | None
) -> None:
    """Make what came in, once, and say what became of it; a refusal says why.

    `item` holds its words; without them (its sender was erased) there is nothing to make.
    """
    known = await queries.find_settlement(session, arrival_id)
    if known is not None and known.asked_revision >= asked_revision:
        return
    told = await _made(session, item)
    settlement = known or Settlement(id=arrival_id)
    session.add(settlement)
    nothing = dict.fromkeys(SettlementFacts.model_fields)
    place = {} if item is None else _name_there(item) | {"came_at": rules.came_at(item.data)}
    for name, value in {**nothing, **told, **place, "asked_revision": asked_revision}.items():
        setattr(settlement, name, value)
    facts = SettlementFacts.model_validate(settlement)
    await outbox.record(session, settlement, InboundSettled(inbound=facts))


async def _made(session: AsyncSession, item: RefItem | None) -> Told:
    if item is None:
        return {"outcome": "refused", "reason": "words-are-gone"}
    make = {"lead": _lead, "call": _call, "activity": _activity, "message": _message}
    try:
        # a refusal is an answer as well: what it had begun goes, the settlement stays
        async with session.begin_nested():
            # the same thing may come twice at once by two ways: the second finds the first's record
            await queries.hold_name(session, *_name_there(item).values())
            if await _is_overtaken(session, item):
                return {"outcome": "skipped", "reason": "older"}
            return await make[item.data["kind"]](session, item, item.data["fields"])
    except PASSING:
        raise  # the consumer tries again
    except (ServiceError, ValidationError) as refused:
        return {"outcome": "refused", "reason": rules.reason_of(refused)}


async def _is_overtaken(session: AsyncSession, item: RefItem) -> bool:
    """Tell whether a record is newer already: a call that ended does not ring again."""
    at = rules.came_at(item.data)
    if at is None or item.data["kind"] == "message":
        return False
    return await queries.is_overtaken(session, item.source_system, item.external_id, at)


async def _lead(session: AsyncSession, item: RefItem, fields: Fields) -> Told:
    values = rules.lead_values(fields) | _name_there(item)
    lead, is_new = await write_lead(session, SYSTEM_ACCESS, values, terms=_terms(session))
    whose = {"lead_id": lead.id, "owner_id": lead.owner_id, "team_id": lead.team_id}
    return _outcome("lead", lead.id, is_new=is_new) | whose


async def _call(session: AsyncSession, item: RefItem, fields: Fields) -> Told:
    # the sender's own fields never choose by what name we know it
    values = rules.call_values(fields) | _name_there(item)
    call, is_new = await write_call(session, SYSTEM_ACCESS, values, settings=_settings(session))
    whose = {name: getattr(call, name) for name in rules.ABOUT}
    whose |= {"owner_id": call.user_id, "team_id": call.team_id}
    return _outcome("call", call.id, is_new=is_new) | whose


async def _activity(session: AsyncSession, item: RefItem, fields: Fields) -> Told:
    found = await _whose(session, fields.get("email"), fields.get("phone"))
    known = await find_activity(session, *_name_there(item).values())
    # whoever looks after the client has to do with it; nobody's is in the lists of nobody
    values = rules.activity_values(fields) | _name_there(item) | rules.whose_values(found, known)
    zone = _settings(session).zone
    activity, is_new = await write_activity(session, SYSTEM_ACCESS, values, zone=zone)
    whose = {name: getattr(activity, name) for name in rules.ABOUT}
    whose |= {"owner_id": activity.assignee_id, "team_id": activity.team_id}
    return _outcome("activity", activity.id, is_new=is_new) | whose


async def _message(session: AsyncSession, item: RefItem, fields: Fields) -> Told:
    if fields.get("contact_id"):
        found = await queries.owner_of(session, UUID(fields["contact_id"]))
        return {"outcome": "nobody" if found == queries.NOBODY else "found", **_shown(found)}
    address = str(fields["from"])
    email = address if "@" in address else fields.get("email")
    found = await _whose(session, email, rules.number_of(fields) or fields.get("phone"))
    if found == queries.NOBODY and fields.get("unknown") == "lead":
        lead, is_new = await _lead_of_sender(session, str(item.source_system), fields)
        whose = await queries.whose_lead(session, lead.id)
        return _outcome("lead", lead.id, is_new=is_new) | _shown(whose)
    return {"outcome": "nobody" if found == queries.NOBODY else "found", **_shown(found)}


async def _lead_of_sender(session: AsyncSession, system: str, fields: Fields) -> tuple[Lead, bool]:
    """Return the lead that a sender is, open again if need be; tell whether it is new.

    What people wrote down about him stays. One that became a client stays closed: he, whom
    nobody knows by this address any more, begins anew beside it.
    """
    key = rules.sender_key(fields)
    await queries.hold_name(session, system, key)
    terms = _terms(session)
    values = rules.lead_of_sender(fields, region=terms.region)
    name, times = key, 1
    while (lead := await find_lead(session, system, name)) is not None:
        if lead.status != LeadStatus.CONVERTED:
            break
        name, times = f"{key}#{times + 1}", times + 1
    # whoever writes to us is never lost to a rule that people can meet later
    with open_gates():
        if lead is None:
            values |= {"source_system": system, "external_id": name}
            made = await create_lead(session, SYSTEM_ACCESS, values, terms=terms, demanding=False)
            return made, True
        if lead.deleted_at is not None:
            await restore_lead(session, lead)
        if lead.status == LeadStatus.DISQUALIFIED:
            await reopen_lead(session, lead, terms=terms)
        lacking = {one: value for one, value in values.items() if not getattr(lead, one)}
        await update_lead(session, SYSTEM_ACCESS, lead, lacking, terms=terms)
    return lead, False


async def _whose(session: AsyncSession, email: str | None, phone: str | None) -> Whose:
    region = _settings(session).phone_region
    return await queries.whose(
        session,
        email=None if email is None else normal_email(email),
        phone=None if phone is None else normal_phone(phone, region),
    )


def _outcome(noun: str, record_id: UUID, *, is_new: bool) -> Told:
    return {"outcome": "made" if is_new else "changed", "noun": noun, "record_id": record_id}


def _shown(whose: Whose) -> Told:
    names = ("contact_id", "company_id", "lead_id", "owner_id", "team_id")
    return {name: getattr(whose, name) for name in names}


def _name_there(item: RefItem) -> dict[str, str]:
    return {
        "source_system": str(item.source_system),
        "external_id": str(item.external_id),
    }


def _settings(session: AsyncSession) -> Settings:
    settings: Settings = session.info[SETTINGS]
    return settings


def _terms(session: AsyncSession) -> Terms:
    settings = _settings(session)
    return Terms(region=settings.phone_region, respond_within=settings.lead_respond_within)
