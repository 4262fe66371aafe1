"""The history of one subject in the company's time zone, and the rows that are made of it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_reporting.contributions.rules.cells import NONE
from crm_reporting.contributions.rules.subjects.told import Event, Told
from crm_reporting.contributions.rules.timeline import seconds
from crm_reporting.contributions.rules.values import MEASURE, Part, Row

ToldT = TypeVar("ToldT", bound=Told)


class Step(NamedTuple, Generic[ToldT]):
    """What was so from a moment on."""

    verb: str
    at: datetime
    told: ToldT


class Life(Generic[ToldT]):
    """Its events in the order of revisions; what is deleted and not restored is gone."""

    def __init__(self, events: Iterable[Event], zone: ZoneInfo) -> None:
        self.zone = zone
        self.steps: list[Step[ToldT]] = []
        self.is_gone = False
        known = list(events)
        self.id = known[0].id
        for event in sorted({one.revision: one for one in known}.values(), key=_revision):
            at = max(event.at, self.steps[-1].at) if self.steps else event.at
            self.steps.append(Step(event.verb, at, cast("ToldT", event.told)))
            if event.verb in ("deleted", "restored"):
                self.is_gone = event.verb == "deleted"

    @property
    def began(self) -> datetime:
        return self.steps[0].at

    @property
    def last(self) -> ToldT:
        return self.steps[-1].told

    def day(self, at: datetime) -> date:
        """Return the company's calendar day of an instant."""
        return at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """Return when a day begins."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def since(self, holds: Callable[[ToldT], bool]) -> Step[ToldT] | None:
        """Return the step since which something holds, if it still does."""
        found = None
        for step in self.steps:
            found = (found or step) if holds(step.told) else None
        return found

    def owner(self, at: datetime | None = None) -> tuple[UUID | None, UUID | None]:
        """Return owner and team of a moment; without one, the first that there were."""
        if at is None:
            first = next((step for step in self.steps if step.told.owner_id), self.steps[0])
            return first.told.owner_id, first.told.team_id
        told = self.steps[0].told
        for step in self.steps:
            told = step.told if step.at <= at else told
        return told.owner_id, told.team_id

    def row(
        self,
        part: Part,
        at: datetime,
        *,
        by: tuple[UUID | None, UUID | None],
        kind: str | None = None,
        channel: str | None = None,
        money: tuple[Decimal | None, str] | None = None,
        measure: Decimal | int | None = None,
    ) -> Row:
        """Return one row; what is not money has no currency."""
        amount, currency = money or (None, "")
        return Row(
            part=part, day=self.day(at), until_day=None, at=at, owner=by[0], team=by[1],
            pipeline=NONE, stage=None, product=None, company=self.last.company_id,
            customer=self.last.customer, channel=channel, kind=kind, currency=currency, n=1,
            priced=int(amount is not None), zero=0, amount=amount,
            measure=None if measure is None else Decimal(measure).quantize(MEASURE),
            active=None, passed=False, dropped=False, reached=(),
        )  # fmt: skip

    def stays(
        self,
        part: Part,
        is_open: Callable[[ToldT], bool],
        *,
        kind: str | None = None,
        money: Callable[[ToldT], tuple[Decimal, str]] | None = None,
        not_before: date | None = None,
    ) -> Iterator[Row]:
        """Yield the stretches of whole days in which it was there, open, and stayed the same."""
        begun: Row | None = None
        is_gone = False
        for step in self.steps:
            now = None
            if step.verb in ("deleted", "restored"):
                is_gone = step.verb == "deleted"
            if not is_gone and is_open(step.told):
                by = (step.told.owner_id, step.told.team_id)
                sums = money(step.told) if money else None
                now = self.row(part, step.at, by=by, kind=kind, money=sums)
            if begun is not None and now is not None and _same(begun, now):
                continue
            if begun is not None:
                yield from _until(begun, self.day(step.at), not_before)
            begun = now
        if begun is not None:
            yield from _until(begun, None, not_before)


def _same(one: Row, other: Row) -> bool:
    return other._replace(day=one.day, at=one.at) == one


def _until(row: Row, end: date | None, not_before: date | None) -> Iterator[Row]:
    start = row.day if not_before is None else max(row.day, not_before)
    if end is None or start < end:
        yield row._replace(day=start, until_day=end)


def span(start: datetime, end: datetime | None) -> Decimal | None:
    """Return seconds; unknown when there is no end, or one before the start."""
    return None if end is None or end < start else seconds(start, end)


def _revision(event: Event) -> int:
    return event.revision
