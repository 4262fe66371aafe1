"""The funnel by stage: entered, passed, dropped, time; in the pipeline's own order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import read_cells
from crm_reporting.metrics.queries.labels import StageDefinition, kept_stages
from crm_reporting.metrics.queries.spreads import Spread, spreads_by_stage
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.figures import figure_of
from crm_reporting.metrics.rules.numbers import Figure, Reason, ratio
from crm_reporting.metrics.rules.results import Slice, show
from crm_reporting.metrics.rules.tallies import Bag, Gathered, Tally

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the funnel."""

    stage: StageDefinition
    figure: Figure


async def funnel(
    session: AsyncSession, ask: Ask, *, percentiles: bool
) -> tuple[Figure, list[Step]]:
    """Return the whole, and the stages with what entered and came further, empty ones too.

    Percentiles of the time in a stage are exact and read every visit; the mean does not.
    """
    strict = ask.variant == "strict"
    read = Read(
        parts=(Part.VISIT, Part.REACHED) if strict else (Part.VISIT,),
        period=ask.period,
        access=ask.access,
        filter=ask.filter,
        by_stage=True,
        from_facts=ask.as_of is not None,
    )
    gathered = Gathered()
    gathered.take(
        await read_cells(session, read, currency=ask.currency, rated=False), lambda *_: Decimal(1)
    )
    spreads: dict[UUID | None, Spread] = {}
    if percentiles:
        value = Contribution.measure.expression
        spreads = await spreads_by_stage(session, read, value, Part.VISIT)
    entered = {stage for (_key, _day, stage) in gathered.bags if stage}
    steps = _steps(await kept_stages(session, entered), gathered, strict=strict)
    whole = figure_of(ask, gathered.bags.get((None, None, None), Bag()))
    return whole, [_with_spread(step, spreads.get(step.stage.id)) for step in steps]


def slices(ask: Ask, steps: Sequence[Step]) -> list[Slice]:
    """Return the steps as a breakdown by stage."""
    return [Slice(step.stage.id, step.stage.label, show(ask, step.figure), None) for step in steps]


def _steps(known: Sequence[StageDefinition], gathered: Gathered, *, strict: bool) -> list[Step]:
    tallies = {
        stage: bag.of(Part.VISIT) for (_key, _day, stage), bag in gathered.bags.items() if stage
    }
    steps: list[Step] = []
    for _pipeline, members in groupby(known, key=lambda stage: stage.pipeline):
        line = list(members)
        if not any(stage.id in tallies for stage in line):
            continue
        for place, stage in enumerate(line):
            tally = tallies.get(stage.id, Tally())
            passed = tally.passed
            if strict:
                following = _next(line[place + 1 :])
                passed = gathered.reached.get((None, stage.id, following), 0)
            steps.append(Step(stage, _figure(stage, tally, passed)))
    return steps


def _next(later: Sequence[StageDefinition]) -> UUID | None:
    """Return the very next stage a deal can advance to; being lost is no advance."""
    return next((stage.id for stage in later if stage.outcome != "lost"), None)


def _figure(stage: StageDefinition, tally: Tally, passed: int) -> Figure:
    figure = ratio(passed, tally.n)
    if stage.outcome != "open":
        # nothing comes after a closing: there is an entry but no conversion
        figure = Figure(None, tally.n, reason=Reason.NO_DENOMINATOR)
    mean = tally.measure / tally.finished / DAY_SECONDS if tally.finished else None
    figure.details.update(
        {
            "entered": tally.n,
            "passed": passed,
            "dropped": tally.dropped,
            "in_progress": tally.n - tally.passed - tally.dropped if stage.outcome == "open" else 0,
            "mean_days": mean,
            "open_n": tally.n - tally.finished if stage.outcome == "open" else 0,
        }
    )
    return figure


def _with_spread(step: Step, spread: Spread | None) -> Step:
    if spread is None or spread.p90 is None or spread.median is None:
        return step
    details = {
        **step.figure.details,
        "median_days": spread.median / DAY_SECONDS,
        "p90_days": spread.p90 / DAY_SECONDS,
    }
    return replace(step, figure=replace(step.figure, details=details))
