"""The composed reports: a few reads each, whatever the number of deals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import read_cells
from crm_reporting.metrics.queries.labels import StageDefinition, kept_stages
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.figures import with_booked
from crm_reporting.metrics.rules.tallies import Bag, Gathered, Tally
from crm_reporting.rates.queries import rates_into

BOOKED = {Part.WON: Part.WON_BOOKED, Part.LOST: Part.LOST_BOOKED}


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands open in one stage."""

    stage: StageDefinition | None
    tally: Tally


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What came and went in the period, what is open at its end, what no rate could convert."""

    created: Tally
    won: Tally
    lost: Tally
    open: Tally
    stages: list[Standing]
    unconverted: dict[str, tuple[int, Decimal]]


async def pipeline(session: AsyncSession, ask: Ask) -> Pipeline:
    """Return the pipeline report of a period."""
    rates = await rates_into(session, ask.currency)
    flows = Gathered()
    flow_read = Read(
        with_booked(ask, (Part.CREATED, Part.WON, Part.LOST)), ask.period, ask.access, ask.filter,
        from_facts=ask.as_of is not None,
    )  # fmt: skip
    lines = await read_cells(session, flow_read, currency=ask.currency, rated=bool(rates))
    flows.take(lines, rates.convert)
    stock = Gathered()
    stock_read = replace(flow_read, parts=(Part.STAY,), by_stage=True)
    lines = await read_cells(session, stock_read, currency=ask.currency, rated=False)
    last = ask.period.last_day
    stock.take(lines, lambda currency, _day: rates.convert(currency, last))
    bag = flows.bags.get((None, None, None), Bag())
    won, lost = ((part, BOOKED[part]) for part in (Part.WON, Part.LOST))
    return Pipeline(
        created=bag.of(Part.CREATED),
        won=bag.of(*won),
        lost=bag.of(*lost),
        open=_sum(stock),
        stages=_standing(await kept_stages(session, _stages_in(stock)), stock),
        unconverted=_missing(flows, stock),
    )


def _stages_in(stock: Gathered) -> set[UUID]:
    return {stage for (_key, _day, stage) in stock.bags if stage}


def _sum(stock: Gathered) -> Tally:
    found = Tally()
    for bag in stock.bags.values():
        found.join(bag.of(Part.STAY))
    return found


def _standing(known: Sequence[StageDefinition], stock: Gathered) -> list[Standing]:
    tallies: dict[UUID | None, Tally] = {
        stage: bag.of(Part.STAY) for (_key, _day, stage), bag in stock.bags.items()
    }
    found = [
        Standing(stage, tallies.pop(stage.id, Tally()))
        for stage in known
        if stage.outcome == "open"
    ]
    # a stage that reporting has not heard of yet still holds its deals
    return [*found, *(Standing(None, tally) for tally in tallies.values() if tally.n)]


def _missing(*gathered: Gathered) -> dict[str, tuple[int, Decimal]]:
    found: dict[str, tuple[int, Decimal]] = {}
    for one in gathered:
        for currency, missing in one.unconverted.items():
            n, amount = found.get(currency, (0, Decimal(0)))
            found[currency] = (n + missing.n, amount + missing.amount)
    return found
