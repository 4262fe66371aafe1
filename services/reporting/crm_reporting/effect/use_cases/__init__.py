"""What the CRM brings, measured: facts of a time, what was entered, and what is credited."""

from datetime import datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.effect.queries import load_facts
from crm_reporting.effect.rules.answers import Measured, Question
from crm_reporting.effect.rules.balance import balance, months_since
from crm_reporting.effect.use_cases.work import GROWTH, Work
from crm_reporting.inputs.models import Baseline, EffectSetup, Plan
from crm_reporting.inputs.queries import Told, get_setup
from crm_reporting.metrics.queries.facts import recall
from crm_reporting.metrics.queries.inputs import rows_known
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.rates.queries import rates_known
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.actor import Access


async def measure_effect(
    session: AsyncSession, access: Access, basis: Basis, asked: Question, *, is_whole: bool = True
) -> Measured:
    """Return what the CRM brings, a month of the time asked for and since its start.

    Not whole: without the metrics before and after, and the goals, of which no sum is made. Of the
    past: facts, merges, rates and inputs as known then; pay and the setup as they are now. A
    session that told the past is used up by it.
    """
    at = asked.as_of if asked.is_past else None
    setup = await get_setup(session)
    if at is not None:
        await _recall(session, access, basis, setup, at)
    rates = await rates_known(session, setup.currency, asked.as_of)
    facts = await load_facts(session, basis, rates, asked.as_of)
    span = asked.since(setup.starts_on)
    work = Work(session, access, basis, setup, rates, facts, asked.last, at)
    known = await work.known()
    components = await work.components(known, span)
    months = [
        (month, work.credit(await work.components(known, month), None))
        for month in months_since(setup.starts_on, asked.last)
    ]
    planned = None if setup.planned_benefit is None else Fraction(setup.planned_benefit)
    spending, untold = await work.spending()
    return Measured(
        setup=setup,
        span=span,
        facts=facts,
        components=components,
        effect=work.credit(components, await work.growth(known, span)),
        balance=balance(months, spending, planned=planned, untold=untold),
        rows=await work.rows(span, asked.later) if is_whole else (),
        goals=await work.goals(span.last) if is_whole else (),
        unconverted=facts.unconverted,
    )


async def _recall(
    session: AsyncSession, access: Access, basis: Basis, setup: EffectSetup, at: datetime
) -> None:
    """Put the past of every metric that will be asked in the place of what is known now."""
    recorded = [row.metric for row in await rows_known(session, Baseline, at)]
    goals = [plan.metric for plan in await rows_known(session, Plan, at) if plan.is_goal]
    asked = {GROWTH, *recorded, *goals, *(str(one["metric"]) for one in setup.declared)}
    measures = (CATALOGUE[name].measures.values() for name in asked & CATALOGUE.keys())
    parts = {part for found in measures for one in found for part in one.parts}
    told = Told(session, access, basis, setup.currency, at)
    await recall(
        session, told.question(GROWTH, setup.starts_on, setup.starts_on), basis.zone, parts
    )
