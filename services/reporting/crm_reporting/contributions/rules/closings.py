"""Wins and losses: the closing in force, and what a ledger books beside it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from crm_reporting.contributions.rules.products import split
from crm_reporting.contributions.rules.timeline import Step, Timeline
from crm_reporting.contributions.rules.values import BOOKED, Fact, Part, Row

PARTS = {"won": Part.WON, "lost": Part.LOST}


class Closing(NamedTuple):
    """A stretch in which the deal stayed won (or lost); credit goes to whoever closed it."""

    outcome: str
    owner: UUID | None
    team: UUID | None
    at: datetime


class Key(NamedTuple):
    part: Part
    owner: UUID | None
    team: UUID | None
    pipeline: UUID
    stage: UUID
    product: UUID | None
    company: UUID | None
    channel: str | None
    currency: str


class Sum(NamedTuple):
    n: int = 0
    priced: int = 0
    zero: int = 0
    amount: Decimal = Decimal(0)

    def plus(self, other: "Sum", sign: int = 1) -> "Sum":
        return Sum(
            self.n + sign * other.n,
            self.priced + sign * other.priced,
            self.zero + sign * other.zero,
            self.amount + sign * other.amount,
        )


Vector = dict[Key, Sum]
Postings = dict[tuple[date, Key], Sum]
NOTHING = Sum()


def closings(deal: Timeline) -> Iterator[Row]:
    """Yield the closing in force, and the signed postings that a ledger has beyond it."""
    postings, closing = _post(deal)
    if closing is not None:
        day = deal.day(closing.at)
        elapsed, active = _lengths(deal, closing.at)
        for key, value in _vector(deal.last, closing).items():
            _add(postings, day, key, value, sign=-1)
            whole = key.product is None
            yield _row(key, value, closing.at, day)._replace(
                measure=elapsed if whole else None, active=active if whole else None
            )
    for (day, key), value in postings.items():
        if value != NOTHING:
            booked = key._replace(part=BOOKED[key.part])
            yield _row(booked, value, _moment(deal, day), day)


def _post(deal: Timeline) -> tuple[Postings, Closing | None]:
    """Book every change of the closing on its own day; return also the closing in force."""
    postings: Postings = defaultdict(Sum)
    closing: Closing | None = None
    booked: Vector = {}
    for step in deal.steps:
        before, closing = closing, _closing(step, closing)
        vector = _vector(step.fact, closing) if closing else {}
        if vector != booked:
            began = closing is not None and (before is None or before.outcome != closing.outcome)
            day = deal.day(closing.at) if closing and began else step.day
            for key, value in booked.items():
                _add(postings, step.day, key, value, sign=-1)
            for key, value in vector.items():
                _add(postings, day, key, value, sign=1)
            booked = vector
    return postings, closing


def _closing(step: Step, before: Closing | None) -> Closing | None:
    fact = step.fact
    if fact.outcome not in PARTS:
        return None
    stated = fact.won_at if fact.outcome == "won" else fact.lost_at
    if before is None or before.outcome != fact.outcome:
        return Closing(fact.outcome, fact.owner, fact.team, stated or step.at)
    return before._replace(at=stated or before.at)


def _vector(fact: Fact, closing: Closing) -> Vector:
    key = Key(
        PARTS[closing.outcome], closing.owner, closing.team, fact.pipeline, fact.stage,
        None, fact.company, fact.channel, fact.currency,
    )  # fmt: skip
    vector = {key: _sum(fact.amount)}
    for product, amount in split(fact.amount, fact.lines):
        vector[key._replace(product=product)] = _sum(amount)
    return vector


def _sum(amount: Decimal | None) -> Sum:
    return Sum(1) if amount is None else Sum(1, 1, int(amount == 0), amount)


def _add(postings: Postings, day: date, key: Key, value: Sum, *, sign: int) -> None:
    postings[day, key] = postings.get((day, key), NOTHING).plus(value, sign)


def _row(key: Key, value: Sum, at: datetime, day: date) -> Row:
    return Row(
        part=key.part, day=day, until_day=None, at=at, owner=key.owner, team=key.team,
        pipeline=key.pipeline, stage=key.stage, product=key.product, company=key.company,
        channel=key.channel, currency=key.currency, n=value.n, priced=value.priced,
        zero=value.zero, amount=value.amount if value.priced or value.amount else None,
        measure=None, active=None, passed=False, dropped=False, reached=(),
    )  # fmt: skip


def _moment(deal: Timeline, day: date) -> datetime:
    """Return when on that day the deal changed; several bookings of a day share one."""
    midnight = datetime.combine(day, time.min, deal.zone).astimezone(UTC)
    return next((step.at for step in deal.steps if step.day == day), midnight)


def _lengths(deal: Timeline, closed_at: datetime) -> tuple[Decimal | None, Decimal | None]:
    """Return the whole span in days and the part of it in which the deal was open."""
    if not deal.last.created_at_known:
        return None, None
    active = sum(
        (
            deal.days_between(step.at, _end(after))
            for step, after in zip(deal.steps, deal.steps[1:], strict=False)
            if step.fact.is_open
        ),
        Decimal(0),
    )
    return deal.days_between(deal.created_at, closed_at), active


def _end(step: Step) -> datetime:
    stated = {"won": step.fact.won_at, "lost": step.fact.lost_at}.get(step.fact.outcome)
    return stated or step.at
