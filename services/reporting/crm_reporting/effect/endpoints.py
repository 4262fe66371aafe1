"""Routes of the effect."""

import asyncio
from datetime import date
from fractions import Fraction
from typing import Annotated

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules.investing import Convert, Structure
from crm_reporting.effect.rules.scenarios import Scenario, outcome, ranked
from crm_reporting.effect.schemas.outcomes import ComparedOut, OutcomeOut, told
from crm_reporting.effect.schemas.scenarios import ComparisonIn, ScenarioIn
from crm_reporting.permissions import PLAN_EFFECT
from crm_reporting.rates.queries import Rates, rates_into
from crm_shared.actor import Access
from crm_shared.clock import local_day, utc_now
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SettingsDep

router = service_router(prefix="/v1/effect", tags=["effect"])


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


def _read(body: ScenarioIn, rates: Rates, today: date) -> tuple[Scenario, Structure]:
    costs = body.economics.structure(_converter(rates, today))
    return body.scenario(costs), costs


def _converter(rates: Rates, today: date) -> Convert:
    """Return a conversion at the rate of the line's day, of a line without one at today's."""

    def convert(currency: str, day: date | None) -> Fraction | None:
        rate = rates.convert(currency, day or today)
        return None if rate is None else Fraction(rate)

    return convert
