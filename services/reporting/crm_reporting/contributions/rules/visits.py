"""The way of a deal through the stages: visits for the funnel, stays for the stock."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from crm_reporting.contributions.rules.timeline import Step, Timeline, seconds
from crm_reporting.contributions.rules.values import Fact, Part, Row

# From this probability on, in percent, an open deal is told as a commitment.
COMMITMENT = 70


class Entry(NamedTuple):
    """The deal came into a stage with this step."""

    pipeline: UUID
    stage: UUID
    outcome: str
    step: Step
    dated: bool


def visits(deal: Timeline) -> Iterator[Row]:
    """Yield first entries: to each stage, and to each pipeline (a visit without a stage).

    Re-entries add nothing, lost deals stay in, another pipeline is another funnel.
    """
    entries = _entries(deal.steps)
    spent = _time_spent(entries)
    seen: set[tuple[UUID, UUID | None]] = set()
    for index, entry in enumerate(entries):
        for stage in (None, entry.stage):
            if (entry.pipeline, stage) in seen:
                continue
            seen.add((entry.pipeline, stage))
            if entry.dated:
                way = _pipeline_way if stage is None else _stage_way
                yield way(deal, entry, entries[index + 1 :], spent)


def stays(deal: Timeline) -> Iterator[Row]:
    """Yield the stretches of whole days in which the deal was open and did not change."""
    begun: Step | None = None
    for step in deal.steps:
        if begun is not None and _standing(step.fact) == _standing(begun.fact):
            continue
        if begun is not None and begun.day < step.day:
            yield _stay(deal, begun)._replace(until_day=step.day)
        begun = step if step.fact.is_open else None
    if begun is not None:
        yield _stay(deal, begun)


def open_now(deal: Timeline) -> Iterator[Row]:
    """Yield where an open deal stands: since when, and when it should close."""
    last = deal.last
    if not last.is_open:
        return
    entered = _entries(deal.steps)[-1].step
    row = row_of(deal, Part.STANDING, entered.fact, entered.at)._replace(
        owner=last.owner, team=last.team, amount=last.amount,
        priced=int(last.amount is not None), zero=int(last.amount == 0), at=deal.created_at,
    )  # fmt: skip
    # the day of creation as a number: today minus the mean of these is the mean age
    yield row._replace(measure=Decimal(deal.day(deal.created_at).toordinal()))
    if last.expected_on is not None:
        due = row._replace(part=Part.DUE, day=last.expected_on, measure=last.weighted)
        yield due
        if last.probability >= COMMITMENT:
            yield due._replace(part=Part.COMMITTED)


def _entries(steps: Sequence[Step]) -> list[Entry]:
    entries: list[Entry] = []
    for step in steps:
        fact = step.fact
        place = (fact.pipeline, fact.stage)
        if not entries or place != (entries[-1].pipeline, entries[-1].stage):
            dated = bool(entries) or fact.created_at_known
            entries.append(Entry(fact.pipeline, fact.stage, fact.outcome, step, dated))
    return entries


def _time_spent(entries: Sequence[Entry]) -> dict[tuple[UUID, UUID], Decimal]:
    """Sum the seconds of finished visits; a stage the deal stands in now is left out."""
    spent: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for entry, after in pairwise(entries):
        if entry.outcome == "open":
            spent[entry.pipeline, entry.stage] += seconds(entry.step.at, after.step.at)
    if entries:
        spent.pop((entries[-1].pipeline, entries[-1].stage), None)
    return spent


def _stage_way(
    deal: Timeline,
    entry: Entry,
    later: Sequence[Entry],
    spent: dict[tuple[UUID, UUID], Decimal],
) -> Row:
    reached = {
        other.stage
        for other in later
        if other.pipeline == entry.pipeline and _is_further(deal, entry, other)
    }
    passed = bool(reached) and entry.outcome == "open"
    fact = entry.step.fact
    return row_of(deal, Part.VISIT, fact, entry.step.at)._replace(
        measure=spent.get((entry.pipeline, entry.stage)) if entry.dated else None,
        passed=passed,
        dropped=not passed and entry.outcome == "open" and _is_over(deal, entry.pipeline),
        reached=tuple(sorted(reached)) if passed else (),
    )


def _pipeline_way(
    deal: Timeline,
    entry: Entry,
    later: Sequence[Entry],
    spent: dict[tuple[UUID, UUID], Decimal],
) -> Row:
    won = deal.last.outcome == "won" and deal.last.pipeline == entry.pipeline
    return row_of(deal, Part.VISIT, entry.step.fact, entry.step.at)._replace(
        stage=None, passed=won, dropped=not won and _is_over(deal, entry.pipeline)
    )


def _is_further(deal: Timeline, entry: Entry, other: Entry) -> bool:
    if other.outcome != "open":
        return other.outcome == "won"
    here, there = deal.positions.get(entry.stage), deal.positions.get(other.stage)
    return here is not None and there is not None and there > here


def _is_over(deal: Timeline, pipeline: UUID) -> bool:
    return deal.last.outcome == "lost" or deal.last.pipeline != pipeline


def _standing(fact: Fact) -> tuple[object, ...] | None:
    if not fact.is_open:
        return None
    return (
        fact.owner, fact.team, fact.pipeline, fact.stage, fact.amount, fact.currency,
        fact.probability,
    )  # fmt: skip


def _stay(deal: Timeline, step: Step) -> Row:
    return row_of(deal, Part.STAY, step.fact, step.at)._replace(measure=step.fact.weighted)


def row_of(deal: Timeline, part: Part, fact: Fact, at: datetime) -> Row:
    """Credit goes by the fact of the moment; what describes the deal goes by its last one."""
    return Row(
        part=part, day=deal.day(at), until_day=None, at=at, owner=fact.owner, team=fact.team,
        pipeline=fact.pipeline, stage=fact.stage, product=None, company=deal.last.company,
        customer=deal.last.customer, channel=deal.last.channel, kind=None,
        currency=fact.currency, n=1, priced=int(fact.amount is not None),
        zero=int(fact.amount == 0), amount=fact.amount, measure=None, active=None, passed=False,
        dropped=False, reached=(),
    )  # fmt: skip
