"""A deal's facts in order, each with the moment from which it held."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_reporting.contributions.rules.values import GONE, MEASURE, Fact

DAY_SECONDS = Decimal(86_400)


class Step(NamedTuple):
    fact: Fact
    at: datetime
    day: date


class Timeline:
    """The history of one deal in the company's time zone."""

    def __init__(self, facts: Iterable[Fact], zone: ZoneInfo) -> None:
        self.zone = zone
        self.steps: Sequence[Step] = self._steps(facts)
        self.last = self.steps[-1].fact
        self.customer = self.last.customer
        self.created_at = (
            self.last.created_at if self.last.created_at_known else self.steps[0].fact.at
        )
        self.positions = self._positions()

    @property
    def counts(self) -> bool:
        """Whether the deal belongs in any metric: not void, not deleted while open."""
        return not (self.last.is_void or (self.last.verb in GONE and self.last.outcome == "open"))

    def day(self, at: datetime) -> date:
        """Return the company's calendar day of an instant."""
        return at.astimezone(self.zone).date()

    def days_between(self, start: datetime, end: datetime) -> Decimal:
        """Return days by the wall clock, so that a day of 23 or 25 hours is one day."""
        wall = [moment.astimezone(self.zone).replace(tzinfo=None) for moment in (start, end)]
        return max(Decimal(0), seconds(wall[0], wall[1]) / DAY_SECONDS).quantize(MEASURE)

    def _steps(self, facts: Iterable[Fact]) -> list[Step]:
        steps: list[Step] = []
        for fact in sorted({fact.revision: fact for fact in facts}.values(), key=_revision):
            at = fact.created_at if not steps and fact.created_at_known else fact.at
            if steps:
                at = max(at, steps[-1].at)
            steps.append(Step(fact, at, self.day(at)))
        return steps

    def _positions(self) -> dict[UUID, int]:
        known: dict[UUID, int] = {}
        for fact, _, _ in self.steps:
            if fact.from_stage is not None and fact.from_position is not None:
                known[fact.from_stage] = fact.from_position
            if fact.to_position is not None:
                known[fact.stage] = fact.to_position
        return known


def seconds(start: datetime, end: datetime) -> Decimal:
    """Return the seconds between two moments, exactly."""
    return Decimal((end - start) // timedelta(microseconds=1)).scaleb(-6)


def _revision(fact: Fact) -> int:
    return fact.revision
