"""The way of a deal through the stages: visits for the funnel, stays for the stock."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
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


class Told(NamedTuple):
    """What a row says beside the fact it is of."""

    measure: Decimal | None = None
    passed: bool = False
    dropped: bool = False
    reached: tuple[UUID, ...] = ()


NOTHING = Told()


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
            if not entry.dated:
                continue
            if stage is None:
                yield _pipeline_way(deal, entry)
            else:
                measure = spent.get((entry.pipeline, stage))
                yield _stage_way(deal, entry, entries[index + 1 :], measure)


def stays(deal: Timeline) -> Iterator[Row]:
    """Yield the stretches of whole days in which the deal was open and did not change."""
    begun: Step | None = None
    for step in deal.steps:
        if begun is not None and _standing(step.fact) == _standing(begun.fact):
            continue
        if begun is not None and begun.day < step.day:
            yield _stay(deal, begun, step.day)
        begun = step if step.fact.is_open else None
    if begun is not None:
        yield _stay(deal, begun, None)


def open_now(deal: Timeline) -> Iterator[Row]:
    """Yield where an open deal stands: since when, and when it should close."""
    last = deal.last
    if not last.is_open:
        return
    entered = _entries(deal.steps)[-1].step
    # the day of creation as a number: today minus the mean of these is the mean age
    age = Decimal(deal.day(deal.created_at).toordinal())
    row = row_of(deal, Part.STANDING, entered, told=Told(measure=age))._replace(
        owner=last.owner, team=last.team, amount=last.amount,
        priced=int(last.amount is not None), zero=int(last.amount == 0), at=deal.created_at,
    )  # fmt: skip
    yield row
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
    deal: Timeline, entry: Entry, later: Sequence[Entry], measure: Decimal | None
) -> Row:
    reached = {
        other.stage
        for other in later
        if other.pipeline == entry.pipeline and _is_further(deal, entry, other)
    }
    was_open = entry.outcome == "open"
    passed = bool(reached) and was_open
    dropped = not passed and was_open and _is_over(deal, entry.pipeline)
    told = Told(measure, passed, dropped, tuple(sorted(reached)) if passed else ())
    return row_of(deal, Part.VISIT, entry.step, told=told)


def _pipeline_way(deal: Timeline, entry: Entry) -> Row:
    won = deal.last.outcome == "won" and deal.last.pipeline == entry.pipeline
    told = Told(passed=won, dropped=not won and _is_over(deal, entry.pipeline))
    return row_of(deal, Part.VISIT, entry.step, told=told)._replace(stage=None)


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


def _stay(deal: Timeline, step: Step, until: date | None) -> Row:
    return row_of(deal, Part.STAY, step, until, Told(step.fact.weighted))


def row_of(
    deal: Timeline, part: Part, step: Step, until: date | None = None, told: Told = NOTHING
) -> Row:
    """Credit goes by the fact of the moment; what describes the deal goes by its last one."""
    fact, at, day = step
    amount, last = fact.amount, deal.last
    # a deal has a dozen of these and each batch makes thousands: by place, in the order of Row
    return Row(
        part, day, until, at, fact.owner, fact.team, fact.pipeline, fact.stage, None,
        last.company, deal.customer, last.channel, None, fact.currency, 1,
        int(amount is not None), int(amount == 0), amount, told.measure, None, told.passed,
        told.dropped, told.reached,
    )  # fmt: skip
