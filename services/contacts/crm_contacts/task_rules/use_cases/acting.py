"""What the actions of a rule do to contacts, companies, leads, cases and notes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.use_cases import Order, assign_by_rule
from crm_contacts.cases.queries import get_case
from crm_contacts.cases.use_cases.writing import assign_case, update_case
from crm_contacts.companies.queries import get_company
from crm_contacts.companies.use_cases import update_company
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.use_cases import update_contact
from crm_contacts.leads.queries import get_lead
from crm_contacts.leads.use_cases import assign_lead
from crm_contacts.notes.use_cases import create_note
from crm_contacts.task_rules import queries
from crm_contacts.task_rules.errors import NobodyMeantError, NobodyToAssignError
from crm_contacts.task_rules.models import TaskRule
from crm_contacts.task_rules.rules import Happening, title_of
from crm_contacts.task_rules.statements import take_turn
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import SETTINGS

Action = Mapping[str, Any]


async def act(session: AsyncSession, rule: TaskRule, happening: Happening) -> None:
    """Take the actions of a rule in their order; a refusal of one undoes what its caller holds."""
    for action in rule.actions or ():
        await ACTIONS[str(action["do"])](session, rule, happening, action)


async def _note(session: AsyncSession, _: TaskRule, happening: Happening, action: Action) -> None:
    # notes are of clients and deals: a lead has a note of its own
    about = {name: one for name, one in happening.about().items() if name != "lead_id"}
    if not about:
        raise NobodyMeantError("contact, company or deal")
    settings = session.info[SETTINGS]
    text = title_of({"title": action["text"]}, settings.language_list[0])
    await create_note(session, SYSTEM_ACCESS, {"text": text, **about})


async def _set_owner(
    session: AsyncSession, _: TaskRule, happening: Happening, action: Action
) -> None:
    owner_id = UUID(action["owner_id"]) if action["owner_id"] else None
    await _give(session, happening, str(action["of"]), owner_id)


async def _assign(
    session: AsyncSession, rule: TaskRule, happening: Happening, action: Action
) -> None:
    if action["how"] == "by_rule":
        await _assign_by_rule(session, happening, action)
        return
    owner_id = await _chosen(session, rule, happening, action)
    await _give(session, happening, str(action["of"]), owner_id)


async def _assign_by_rule(session: AsyncSession, happening: Happening, action: Action) -> None:
    noun = str(action["of"])
    order = Order(
        noun,
        _meant(happening, noun),
        local_day(utc_now(), session.info[SETTINGS].zone),
        only_unowned=False,
    )
    await assign_by_rule(session, UUID(action["rule_id"]), order)


async def _add_tags(
    session: AsyncSession, _: TaskRule, happening: Happening, action: Action
) -> None:
    region = session.info[SETTINGS].phone_region
    row_id = _meant(happening, str(action["of"]))
    if action["of"] == "contact":
        contact = await get_contact(session, SYSTEM_ACCESS, row_id)
        tags = list(dict.fromkeys([*contact.tags, *action["tags"]]))
        await update_contact(session, SYSTEM_ACCESS, contact, {"tags": tags}, region=region)
    elif action["of"] == "case":
        case, zone = await get_case(session, SYSTEM_ACCESS, row_id), session.info[SETTINGS].zone
        tags = list(dict.fromkeys([*case.tags, *action["tags"]]))
        await update_case(session, SYSTEM_ACCESS, case, {"tags": tags}, zone=zone)
    else:
        company = await get_company(session, SYSTEM_ACCESS, row_id)
        tags = list(dict.fromkeys([*company.tags, *action["tags"]]))
        await update_company(session, SYSTEM_ACCESS, company, {"tags": tags}, region=region)


async def _give(
    session: AsyncSession, happening: Happening, noun: str, owner_id: UUID | None
) -> None:
    row_id = _meant(happening, noun)
    region = session.info[SETTINGS].phone_region
    if noun == "lead":
        lead = await get_lead(session, SYSTEM_ACCESS, row_id)
        await assign_lead(session, SYSTEM_ACCESS, lead, owner_id)
        return
    if noun == "case":
        case = await get_case(session, SYSTEM_ACCESS, row_id)
        # its team stays: that of its queue
        await assign_case(session, SYSTEM_ACCESS, case, {"owner_id": owner_id})
        return
    team_id = await queries.first_team_of(session, owner_id)
    values = {"owner_id": owner_id, **({"team_id": team_id} if team_id else {})}
    if noun == "contact":
        contact = await get_contact(session, SYSTEM_ACCESS, row_id)
        await update_contact(session, SYSTEM_ACCESS, contact, values, region=region)
    else:
        company = await get_company(session, SYSTEM_ACCESS, row_id)
        await update_company(session, SYSTEM_ACCESS, company, values, region=region)


async def _chosen(
    session: AsyncSession, rule: TaskRule, happening: Happening, action: Action
) -> UUID:
    team_id = UUID(action["team_id"]) if action.get("team_id") else happening.team_id
    if action["how"] == "team_head":
        known = await queries.people(session, user_ids=(), team_ids=[team_id] if team_id else ())
        head_id = known.heads.get(team_id) if team_id else None
        if head_id is None or head_id in known.inactive:
            raise NobodyToAssignError
        return head_id
    named = [UUID(one) for one in action.get("user_ids") or ()]
    people = await queries.who_works(session, user_ids=named, team_id=None if named else team_id)
    if not people:
        raise NobodyToAssignError
    if action["how"] == "least_busy":
        busy = await queries.open_tasks_of(session, people)
        return min(people, key=lambda one: (busy.get(one, 0), one))
    return people[(await take_turn(session, rule.id) - 1) % len(people)]


def _meant(happening: Happening, noun: str) -> UUID:
    row_id = happening.row(noun)
    if row_id is None:
        raise NobodyMeantError(noun)
    return row_id


Act = Callable[[AsyncSession, TaskRule, Happening, Action], Awaitable[None]]
ACTIONS: Mapping[str, Act] = {
    "note": _note,
    "set_owner": _set_owner,
    "assign": _assign,
    "add_tags": _add_tags,
}
