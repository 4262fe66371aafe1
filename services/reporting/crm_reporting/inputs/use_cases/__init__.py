"""What can be done to inputs: entered, replaced, withdrawn; each an event of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting import events
from crm_reporting.effect.rules.measuring import Attainment
from crm_reporting.inputs.errors import BaselineExistsError, NothingToComputeError
from crm_reporting.inputs.models import Baseline, Cost, EffectSetup, Investment, Plan, Staff
from crm_reporting.inputs.queries import (
    Told,
    find_baseline,
    find_setup,
    working_days,
)
from crm_reporting.inputs.rules.attaining import attained_by, whose
from crm_reporting.inputs.rules.measures import by_month, rounded, unit_of, version_of
from crm_reporting.inputs.rules.spreading import Span, whole_months
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Access, Actor
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.envelope import Event
from crm_shared.events.known_calendar import known_calendar
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

SETUP_ID = UUID("01900000-0000-7000-8000-0000000000e0")


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of input: its row, what its events tell, and the events."""

    name: str
    model: type[Any]
    facts: type[BaseModel]
    created: type[Event]
    updated: type[Event] | None
    deleted: type[Event]


BASELINE = Noun(
    "baseline", Baseline, events.BaselineFacts, events.BaselineCreated, None,
    events.BaselineDeleted,
)  # fmt: skip
PLAN = Noun(
    "plan", Plan, events.PlanFacts, events.PlanCreated, events.PlanUpdated, events.PlanDeleted
)
COST = Noun(
    "cost", Cost, events.CostFacts, events.CostCreated, events.CostUpdated, events.CostDeleted
)
STAFF = Noun(
    "staff", Staff, events.StaffFacts, events.StaffCreated, events.StaffUpdated,
    events.StaffDeleted,
)  # fmt: skip
INVESTMENT = Noun(
    "investment", Investment, events.InvestmentFacts, events.InvestmentCreated,
    events.InvestmentUpdated, events.InvestmentDeleted,
)  # fmt: skip


async def enter(session: AsyncSession, noun: Noun, values: Mapping[str, Any]) -> Any:
    """Enter an input and announce it."""
    row = noun.model(id=new_id(), **values)
    session.add(row)
    await outbox.record(session, row, _event(noun, noun.created, row))
    return row


async def record_baseline(
    session: AsyncSession, actor: Actor, values: Mapping[str, Any], *, source: str | None = None
) -> Baseline:
    """Freeze what a figure was before; a figure has one baseline at a time, per team."""
    if await find_baseline(session, values["metric"], values["team_id"]):
        raise BaselineExistsError
    frozen = {
        **values,
        "source": source or values["source"],
        "metric_version": version_of(values["metric"]),
        "recorded_by": actor.id,
    }
    try:
        row: Baseline = await enter(session, BASELINE, frozen)
    except IntegrityError as taken:
        raise BaselineExistsError from taken
    return row


async def replace(
    session: AsyncSession,
    noun: Noun,
    row: Any,
    values: Mapping[str, Any],
    *,
    expected: int | None,
) -> bool:
    """Give an input other values and announce it; tells whether anything changed."""
    if expected not in (None, row.revision):
        raise ChangedMeanwhileError
    for name, value in values.items():
        setattr(row, name, value)
    changes = outbox.changes_of(row, noun.facts)
    if not changes:
        return False
    if noun.updated is None:
        raise BaselineExistsError
    await outbox.record(
        session, row, _event(noun, noun.updated, row, changes.changed, changes.previous)
    )
    return True


async def withdraw(session: AsyncSession, noun: Noun, row: Any, *, expected: int | None) -> None:
    """Take an input out of force; its events and row stay."""
    if expected not in (None, row.revision):
        raise ChangedMeanwhileError
    row.deleted_at = utc_now()
    await outbox.record(session, row, _event(noun, noun.deleted, row, ["deleted_at"]))


async def compute_baseline(
    session: AsyncSession, access: Access, values: Mapping[str, Any], basis: Basis
) -> Baseline:
    """Freeze what the history tells of a metric, whole and for each whole month of the time."""
    first, last = values["starts_on"], values["ends_on"]
    currency = values["currency"] or basis.currency
    told = Told(session, access, basis, currency)
    whole = await told.figure(values["metric"], first, last)
    if whole.value is None:
        raise NothingToComputeError(str(whole.reason))
    months = []
    for month in whole_months(Span(first, last)):
        part = await told.figure(values["metric"], month.first, month.last)
        if part.value is not None:
            months.append((month.first.month, part.value))
    is_money = unit_of(values["metric"]) == "money"
    frozen = {
        "metric": values["metric"], "team_id": None, "starts_on": first, "ends_on": last,
        "value": rounded(whole.value), "currency": currency if is_money else None,
        "working_days": await working_days(session, basis, Span(first, last)),
        "months": by_month(months), "note": values["note"],
    }  # fmt: skip
    return await record_baseline(session, access.actor, frozen, source="computed")


async def attain(
    session: AsyncSession,
    plan: Plan,
    access: Access,
    basis: Basis,
    *,
    today: date,
    as_of: datetime | None = None,
) -> tuple[Decimal | None, Attainment]:
    """K47: return what a plan's figure has come to, and how much of the plan that is.

    A goal of the introduction (R8, E21) is of its team or the company: its owner answers for it.
    """
    over = Span(plan.starts_on, plan.ends_on)
    told = Told(session, access, basis, plan.currency or basis.currency, as_of)
    figure = await told.figure(plan.metric, over.first, over.last, *whose(plan))
    calendar = await known_calendar(session, basis.zone)
    return figure.value, attained_by(plan, figure, calendar, today)


async def set_up_effect(session: AsyncSession, values: Mapping[str, Any]) -> EffectSetup:
    """Say how the effect is judged, the first time or anew."""
    row = await find_setup(session)
    if row is None:
        row = EffectSetup(id=SETUP_ID)
        session.add(row)
    before = row.revision
    for name, value in values.items():
        setattr(row, name, value)
    changes = outbox.changes_of(row, events.EffectSetupFacts)
    if changes or not before:
        event = events.EffectSetUp(
            effect_setup=events.EffectSetupFacts.model_validate(row, from_attributes=True),
            changed=changes.changed if before else [],
            previous=changes.previous if before else {},
        )
        await outbox.record(session, row, event)
    return row


def _event(
    noun: Noun,
    kind: type[Event],
    row: Any,
    changed: list[str] | None = None,
    previous: dict[str, Any] | None = None,
) -> Event:
    facts = noun.facts.model_validate(row, from_attributes=True)
    told: dict[str, Any] = {noun.name: facts, "changed": changed or [], "previous": previous or {}}
    return kind(**told)
