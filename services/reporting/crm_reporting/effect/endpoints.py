"""Routes of the effect."""

import asyncio
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.models import KeptTotals
from crm_reporting.effect.queries import find_kept, load_facts
from crm_reporting.effect.rules.answers import KEPT_FOR, Measured, Question
from crm_reporting.effect.rules.investing import Convert, Structure
from crm_reporting.effect.rules.scenarios import Scenario, outcome, ranked
from crm_reporting.effect.schemas.counted import CountedPageOut, counted
from crm_reporting.effect.schemas.measured import EffectOut
from crm_reporting.effect.schemas.measured import told as told_measured
from crm_reporting.effect.schemas.outcomes import ComparedOut, OutcomeOut, told
from crm_reporting.effect.schemas.scenarios import ComparisonIn, ScenarioIn
from crm_reporting.effect.schemas.status import EffectStatusOut, names
from crm_reporting.effect.schemas.totals import EffectTotalsOut, totals
from crm_reporting.effect.use_cases import measure_effect
from crm_reporting.inputs.errors import EffectNotBegunError, EffectNotSetUpError
from crm_reporting.inputs.queries import find_setup, get_setup
from crm_reporting.inputs.rules.spreading import asked_span, check_day
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.rules.questions import check_as_of
from crm_reporting.permissions import (
    PLAN_EFFECT,
    READ_CATALOGUE,
    READ_EFFECT,
    READ_EFFECT_TOTALS,
    WRITE_INPUTS,
)
from crm_reporting.rates.queries import Rates, rates_into, rates_known
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared import context
from crm_shared.actor import Access, Scope
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import Sessions
from crm_shared.http.auth import require
from crm_shared.http.hiding import FieldHiddenError, hidden_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionsDep, SettingsDep

FIRST = "The start of the CRM when absent"
router = service_router(prefix="/v1/effect", tags=["effect"])


def _question(
    settings: SettingsDep,
    start: Annotated[date | None, Query(alias="from", description=FIRST)] = None,
    end: Annotated[date | None, Query(alias="to", description="Not included")] = None,
    as_of: Annotated[AwareDatetime | None, Query(description="As known then")] = None,
    later: Annotated[list[UUID] | None, Query(description="Teams not yet on the CRM")] = None,
) -> Question:
    now = utc_now()
    check_as_of(as_of, now)
    known = as_of or now
    after = end or local_day(known, settings.zone) + timedelta(days=1)
    if start is None:
        check_day("to", after)
    span = asked_span(start or after - timedelta(days=1), after)
    return Question(start, span.last, known, frozenset(later or ()), as_of is not None)


def _sees_deals() -> None:
    # sums and counts of deals are all over the answer: whoever may not see one gets none
    if hidden_of("deal"):
        raise FieldHiddenError("")


SEES_DEALS = Depends(_sees_deals)
NOT_TOLD = responses(
    EffectNotSetUpError, EffectNotBegunError, EffectInputError, QuestionError, FieldHiddenError
)


@router.post("/planned", responses=responses(EffectInputError))
async def plan_effect(
    body: ScenarioIn,
    _access: Annotated[Access, require(PLAN_EFFECT)],
    session: ReadSessionDep,
    settings: SettingsDep,
) -> OutcomeOut:
    """Work a scenario out: sales, growth, payback, return, break-even, sensitivity; keeps nothing.

    Everything is calculated exactly and rounded once, half up; `mode` tells whether whole deals
    are paid for. Costs in other currencies take the rate of their day; without one they are
    listed under `unconverted` and left out.
    """
    rates = await rates_into(session, body.economics.currency)
    scenario, costs = _read(body, rates, local_day(utc_now(), settings.zone))
    # exact sums of many months take a while: the loop answers others meanwhile
    return told(await asyncio.to_thread(outcome, scenario), costs)


@router.post("/planned/comparison", responses=responses(EffectInputError))
async def compare_plans(
    body: ComparisonIn,
    _access: Annotated[Access, require(PLAN_EFFECT)],
    session: ReadSessionDep,
    settings: SettingsDep,
) -> ComparedOut:
    """Put proposals side by side, the one with the greatest present value first.

    All need the same currency, horizon and discount; all name a margin or none does.
    """
    rates = await rates_into(session, body.scenarios[0].economics.currency)
    today = local_day(utc_now(), settings.zone)
    read = [_read(each, rates, today) for each in body.scenarios]
    costs = {id(scenario): structure for scenario, structure in read}
    found = await asyncio.to_thread(ranked, [scenario for scenario, _structure in read])
    return ComparedOut(items=[told(each, costs[id(each.scenario)]) for each in found])


@router.get(
    "",
    dependencies=[SEES_DEALS],
    responses=NOT_TOLD,
)
async def get_effect(
    request: Request,
    access: Annotated[Access, require(READ_EFFECT)],
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
    asked: Annotated[Question, Depends(_question)],
) -> EffectOut:
    """Tell what the CRM brings in money, measured on the facts against the baselines.

    E10–E14 live, E15 and E19 as declared, weighed by share × confidence (E16); since the start
    month by month against what it cost (E20), with the plan beside; every metric that has a
    baseline before and after (E17), teams against those not yet on the CRM (E18, `later`), and
    the goals of the introduction (E21). Needs `PUT /v1/effect/setup` first. What no baseline or
    fact tells is null with its reason; nothing is credited without a weight and its argument.
    Asked without parameters, a large company gets what was last counted: `as_of` tells when.
    """
    basis = Basis(settings.zone, settings.currency)
    kept = await _kept(request, session, access, basis)
    if kept is not None and kept.whole is not None:
        return EffectOut.model_validate(kept.whole)
    found = await _measured(asked, session, sessions, access, basis)
    return told_measured(found, zone=settings.time_zone, as_of=asked.as_of)


@router.get("/status")
async def get_effect_status(
    access: Annotated[Access, require(READ_CATALOGUE)],
    session: ReadSessionDep,
    settings: SettingsDep,
) -> EffectStatusOut:
    """Tell whether the effect is set up, and what the caller may do with it: pages ask first."""
    actor = access.actor
    return EffectStatusOut(
        is_set_up=await find_setup(session) is not None,
        may_read_totals=READ_EFFECT_TOTALS.reach(actor) is not None and not hidden_of("deal"),
        may_set_up=WRITE_INPUTS.reach(actor) is not None,
        currency=settings.currency,
        components=names(),
    )


@router.get(
    "/totals",
    dependencies=[SEES_DEALS],
    responses=NOT_TOLD,
)
async def get_effect_totals(
    request: Request,
    access: Annotated[Access, require(READ_EFFECT_TOTALS)],
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
    asked: Annotated[Question, Depends(_question)],
) -> EffectTotalsOut:
    """Tell the effect in one sentence, with its sums month by month and nothing they are made of.

    What a head of sales and a viewer may read of it: totals of the whole company, no component,
    no pay. The same figures as in the whole answer. Asked without parameters, a large company gets
    what was last counted: `as_of` tells when, some minutes ago at most while facts keep coming.
    """
    basis = Basis(settings.zone, settings.currency)
    kept = await _kept(request, session, access, basis)
    if kept is not None:
        return EffectTotalsOut.model_validate(kept.body)
    found = await _measured(asked, session, sessions, access, basis, is_whole=False)
    return totals(found, as_of=asked.as_of)


@router.get(
    "/components/{component}/facts",
    dependencies=[SEES_DEALS],
    responses=NOT_TOLD,
)
async def list_effect_facts(
    component: Literal["E10", "E11", "E12", "E13"],
    _access: Annotated[Access, require(READ_EFFECT)],
    session: ReadSessionDep,
    settings: SettingsDep,
    asked: Annotated[Question, Depends(_question)],
) -> CountedPageOut:
    """List what a component counted: customers in work, deals lost, calls lost, repeat sales."""
    setup = await get_setup(session)
    basis = Basis(settings.zone, settings.currency)
    rates = await rates_known(session, setup.currency, asked.as_of)
    facts = await load_facts(session, basis, rates, asked.as_of)
    span = asked.since(setup.starts_on)
    return counted(component, facts, span, setup.currency)


async def _kept(
    request: Request, session: AsyncSession, access: Access, basis: Basis
) -> KeptTotals | None:
    # a declared component may rest on figures that are hidden from some
    if request.query_params or context.current().hidden or access.scope is not Scope.ALL:
        return None
    return await find_kept(session, basis, utc_now() - KEPT_FOR)


async def _measured(
    asked: Question,
    session: AsyncSession,
    sessions: Sessions,
    access: Access,
    basis: Basis,
    *,
    is_whole: bool = True,
) -> Measured:
    if not asked.is_past:
        return await measure_effect(session, access, basis, asked, is_whole=is_whole)
    # the past takes the place of what is kept for one transaction, which is never committed
    async with sessions() as past:
        return await measure_effect(past, access, basis, asked, is_whole=is_whole)


def _read(body: ScenarioIn, rates: Rates, today: date) -> tuple[Scenario, Structure]:
    costs = body.economics.structure(_converter(rates, today))
    return body.scenario(costs), costs


def _converter(rates: Rates, today: date) -> Convert:
    """Return a conversion at the rate of the line's day, of a line without one at today's."""

    def convert(currency: str, day: date | None) -> Fraction | None:
        rate = rates.convert(currency, day or today)
        return None if rate is None else Fraction(rate)

    return convert
