"""What can be done with an assignment rule, and what it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.assignment_rules import queries
from crm_contacts.assignment_rules.errors import NobodyFreeError, NobodyNamedError
from crm_contacts.assignment_rules.fields import CREATED, READABLE
from crm_contacts.assignment_rules.models import AssignmentRule, AssignmentRun, AssignmentTurn
from crm_contacts.assignment_rules.rules import Choice, Field
from crm_contacts.belongings.queries import find_and_hold, first_teams
from crm_contacts.belongings.rules import Owned
from crm_contacts.belongings.use_cases import give
from crm_contacts.cases.models import Case
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.events import (
    AssignmentRuleCreated,
    AssignmentRuleDeleted,
    AssignmentRuleFacts,
    AssignmentRuleUpdated,
)
from crm_contacts.gates.use_cases import are_guarded
from crm_contacts.leads.models import Lead
from crm_contacts.tasks.models import Task
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import SYSTEM_ACCESS, Access
from crm_shared.clock import utc_now
from crm_shared.filters import parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.ids import new_id
from crm_shared.validations.errors import ForbiddenByValidationError

Values = Mapping[str, Any]
STANDARD: Values = {
    **dict.fromkeys(("per_user", "per_team")),
    "is_active": True,
    "on_bulk": False,
    "priority": 0,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a rule is to be applied to: one record, by whom, on which day, because of what."""

    noun: str
    record_id: UUID
    today: date
    event_id: UUID | None = None
    only_unowned: bool = True


async def create_assignment_rule(session: AsyncSession, values: Values) -> AssignmentRule:
    """Write a rule; it acts on records that are made from now on."""
    rule = AssignmentRule(id=new_id(), created_at=utc_now())
    fresh = {
        "conditions": {},
        "user_ids": [],
        "team_ids": [],
        "counts": ["task", "lead", "activity"],
    }
    _apply(rule, {**STANDARD, **fresh, **values})
    session.add(rule)
    event = AssignmentRuleCreated(assignment_rule=facts_of(rule), changed=[], previous={})
    await announce(session, rule, event)
    return rule


async def update_assignment_rule(
    session: AsyncSession, rule: AssignmentRule, values: Values
) -> AssignmentRule:
    """Change a rule; its revision is the version that the run log names."""
    _apply(rule, values)
    if changes := changes_told(rule, AssignmentRuleFacts):
        event = AssignmentRuleUpdated(
            assignment_rule=facts_of(rule), changed=changes.changed, previous=changes.previous
        )
        await announce(session, rule, event)
    return rule


async def delete_assignment_rule(session: AsyncSession, rule: AssignmentRule) -> None:
    """Remove a rule; what it gave stays where it is."""
    rule.deleted_at = utc_now()
    event = AssignmentRuleDeleted(
        assignment_rule=facts_of(rule), changed=["deleted_at"], previous={}
    )
    await announce(session, rule, event)


async def apply_rule(
    session: AsyncSession, access: Access, rule: AssignmentRule, order: Order
) -> AssignmentRun:
    """Give one record to whoever the rule chooses, and write down why, or why to nobody."""
    [run] = await apply_to_many(session, access, rule, [order])
    return run


async def assign_by_rule(session: AsyncSession, rule_id: UUID, order: Order) -> None:
    """Let another rule's action give a record by this one; raises NobodyFreeError."""
    rule = await queries.get_assignment_rule(session, rule_id)
    run = await apply_rule(session, SYSTEM_ACCESS, rule, order)
    if run.owner_id is None:
        raise NobodyFreeError


async def apply_to_many(
    session: AsyncSession, access: Access, rule: AssignmentRule, orders: Sequence[Order]
) -> list[AssignmentRun]:
    """Give several records, each counted before the next is given; replicas wait for each other.

    A record that the caller may not see, before or afterwards, stays where it is.
    """
    # the turn is locked first and for the whole batch: in turn means in turn for all replicas
    turn, field = await open_field(session, rule, today=orders[0].today)
    # held in one order, whoever asks: two rules over the same records do not wait in a ring
    held = {
        (order.noun, order.record_id): await find_and_hold(
            session, access, order.noun, order.record_id
        )
        for order in sorted(orders, key=lambda one: (one.noun, one.record_id))
    }
    gifts: list[tuple[Owned, UUID]] = []
    runs: list[AssignmentRun] = []
    for order in orders:
        row = held[order.noun, order.record_id]
        choice = await _choice(session, access, field, row, order)
        if choice.user_id is not None and row is not None:
            gifts.append((row, choice.user_id))
        runs.append(_run(rule, order, choice))
    refused = await _give(session, gifts)
    for run in runs:
        if run.record_id in refused:
            run.owner_id, run.reason = None, ForbiddenByValidationError.problem
    turn.last_user_id = field.last
    session.add_all(runs)
    await session.flush()
    return runs


async def _give(session: AsyncSession, gifts: Sequence[tuple[Owned, UUID]]) -> set[UUID]:
    """Give each record; return those that a validation keeps where they are."""
    teams = await first_teams(session, {owner_id for _, owner_id in gifts})
    # a savepoint for each costs a trip: without validations there is nothing that could refuse one
    if not gifts or not await are_guarded(session):
        await give(session, gifts, teams)
        return set()
    refused = set()
    for row, owner_id in gifts:
        record_id = row.id
        try:
            async with session.begin_nested():
                await give(session, [(row, owner_id)], teams)
        except ForbiddenByValidationError:
            refused.add(record_id)
    return refused


async def open_field(
    session: AsyncSession, rule: AssignmentRule, *, today: date
) -> tuple[AssignmentTurn, Field]:
    """Hold a rule's turn and see whom it may choose from."""
    # a row to lock must be there first; two who begin at once both go on
    begun = insert(AssignmentTurn).values(rule_id=rule.id).on_conflict_do_nothing()
    await session.execute(begun)
    turn = await queries.hold_turn(session, rule.id)
    return turn, await queries.field_of(session, rule, last=turn.last_user_id, today=today)


async def class_of(session: AsyncSession, row: Owned) -> str | None:
    """Return the class of the client that a record is, or is about."""
    contact_id = company_id = None
    if isinstance(row, Contact | Company | Lead) and row.client_class is not None:
        return row.client_class
    if isinstance(row, Contact | Lead | Task | Activity | Case):
        company_id = row.company_id
    if isinstance(row, Lead | Task | Activity | Case):
        contact_id = row.contact_id
    return await queries.class_of_client(session, contact_id=contact_id, company_id=company_id)


async def _choice(
    session: AsyncSession, access: Access, field: Field, row: Owned | None, order: Order
) -> Choice:
    if row is None:
        return Choice(None, "not_found", {})
    if order.only_unowned and row.owner_id is not None:
        return Choice(None, "has_owner", {})
    # whoever is chosen and then turns out to be outside the caller's scope must not lose his turn
    before = field.last, dict(field.loads), dict(field.team_loads)
    choice = field.choose(await class_of(session, row))
    team_of = {one.id: one.team_id for one in field.candidates}
    if choice.user_id and not access.may_see(choice.user_id, team_of[choice.user_id]):
        field.last, field.loads, field.team_loads = before
        return Choice(None, "outside_scope", choice.passed_over)
    return choice


def _run(rule: AssignmentRule, order: Order, choice: Choice) -> AssignmentRun:
    return AssignmentRun(
        id=new_id(),
        rule_id=rule.id,
        rule_version=rule.revision,
        record_id=order.record_id,
        event_id=order.event_id,
        owner_id=choice.user_id,
        reason=choice.reason,
        passed_over=choice.passed_over,
        at=utc_now(),
    )


def facts_of(rule: AssignmentRule) -> AssignmentRuleFacts:
    return AssignmentRuleFacts.model_validate(rule)


def _apply(rule: AssignmentRule, values: Values) -> None:
    for name, value in values.items():
        setattr(rule, name, value)
    # what is looked up by every event of the stream: kept beside the noun, never typed by anybody
    rule.event_type = CREATED[rule.noun].type
    # records made before the rule are its writer's to give, not the rule's
    rule.active_from = rule.active_from or utc_now()
    if not rule.user_ids and not rule.team_ids:
        raise NobodyNamedError
    tree = parse_tree(rule.conditions, READABLE[rule.event_type], pointer="/conditions")
    refuse_conditions(tree, at="/conditions")
