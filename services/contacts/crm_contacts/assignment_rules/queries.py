"""Every SELECT of the assignment rules feature."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.errors import AssignmentRuleNotFoundError
from crm_contacts.assignment_rules.models import AssignmentRule, AssignmentRun, AssignmentTurn
from crm_contacts.assignment_rules.rules import Candidate, Field
from crm_contacts.belongings.queries import open_work
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.users.models import User


def all_assignment_rules() -> Select[AssignmentRule]:
    return select(AssignmentRule).where(AssignmentRule.deleted_at.is_(None))


async def get_assignment_rule(session: AsyncSession, rule_id: UUID) -> AssignmentRule:
    rule = await session.get(AssignmentRule, rule_id)
    if rule is None or rule.deleted_at is not None:
        raise AssignmentRuleNotFoundError(rule_id)
    return rule


async def list_runs(session: AsyncSession, rule_id: UUID, *, limit: int) -> Sequence[AssignmentRun]:
    """Return the last runs of a rule, the newest first."""
    found = select(AssignmentRun).where(AssignmentRun.rule_id == rule_id)
    return (await session.scalars(found.order_by(AssignmentRun.id.desc()).limit(limit))).all()


async def hold_turn(session: AsyncSession, rule_id: UUID) -> AssignmentTurn:
    """Hold a rule's turn until the transaction ends; whoever else chooses by it waits here."""
    found = select(AssignmentTurn).where(AssignmentTurn.rule_id == rule_id)
    # read anew behind the lock: whoever chose before us has moved the turn on
    held = found.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(held)).one()


async def field_of(
    session: AsyncSession, rule: AssignmentRule, *, last: UUID | None, today: date
) -> Field:
    """Return everybody who works here and whom a rule names, with what each has to do."""
    named = or_(User.id.in_(rule.user_ids), _in_some(rule.team_ids))
    found = select(User).where(and_(User.is_active, named)).order_by(User.id)
    # in the order in which the rule names them, then members of teams
    places = {user_id: place for place, user_id in enumerate(rule.user_ids)}
    people = sorted(await session.scalars(found), key=lambda one: places.get(one.id, len(places)))
    candidates = [
        Candidate(one.id, next(iter(one.team_ids), None), one.is_absent(today), one.ratings)
        for one in people
    ]
    chosen = Field(rule.how, candidates, last, rule.per_user, rule.per_team)
    chosen.loads = await open_work(session, [one.id for one in candidates], rule.counts)
    if rule.per_team is not None:
        chosen.team_loads = await _team_loads(session, rule, candidates)
    return chosen


def _in_some(team_ids: Sequence[UUID]) -> ColumnElement[bool]:
    return User.team_ids.op("&&", is_comparison=True)(cast(team_ids, ARRAY(Uuid)))


async def _team_loads(
    session: AsyncSession, rule: AssignmentRule, candidates: Sequence[Candidate]
) -> dict[UUID, int]:
    teams = {one.team_id for one in candidates if one.team_id is not None}
    found = select(User.id, User.team_ids).where(_in_some(sorted(teams)))
    team_of = {row.id: row.team_ids[0] for row in await session.execute(found)}
    loads: dict[UUID, int] = {}
    for user_id, count in (await open_work(session, sorted(team_of), rule.counts)).items():
        loads[team_of[user_id]] = loads.get(team_of[user_id], 0) + count
    return loads


async def class_of_client(
    session: AsyncSession, *, contact_id: UUID | None, company_id: UUID | None
) -> str | None:
    """Return the class of a person, else of the organisation, else of the person's employer."""
    if contact_id is not None:
        contact = await session.get(Contact, contact_id)
        if contact is not None and contact.client_class is not None:
            return contact.client_class
        company_id = company_id or (contact.company_id if contact is not None else None)
    if company_id is None:
        return None
    return await session.scalar(select(Company.client_class).where(Company.id == company_id))
