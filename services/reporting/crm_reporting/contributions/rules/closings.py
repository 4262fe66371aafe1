"""Wins and losses: the closing in force, and what a ledger books beside it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from crm_reporting.contributions.rules.products import BASE, allocate, by_kind, profit, split
from crm_reporting.contributions.rules.timeline import Step, Timeline
from crm_reporting.contributions.rules.values import BOOKED, Fact, Part, Row

PARTS = {"won": Part.WON, "lost": Part.LOST}
# what a split of credit shares out, and under which part
CREDITED = {
    Part.WON: Part.CREDIT, Part.PROFIT: Part.PROFIT_CREDIT, Part.COSTED: Part.COSTED_CREDIT,
}  # fmt: skip
LENGTHY = frozenset(PARTS.values())


class Closing(NamedTuple):
    """A stretch in which the deal stayed won (or lost); credit goes to whoever closed it."""

    outcome: str
    owner: UUID | None
    team: UUID | None
    at: datetime
    left: Fact | None  # the deal as it was open last: in which stage, hoping for what


class Key(NamedTuple):
    part: Part
    owner: UUID | None
    team: UUID | None
    pipeline: UUID
    stage: UUID
    product: UUID | None
    company: UUID | None
    customer: UUID | None
    channel: str | None
    kind: str | None
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
A_DAY = timedelta(days=1)


def closings(deal: Timeline) -> Iterator[Row]:
    """Yield the closing in force, and the signed postings that a ledger has beyond it."""
    postings, closing = _post(deal)
    if closing is not None:
        day = deal.day(closing.at)
        elapsed, active = _lengths(deal, closing.at)
        for key, value in vector_of(deal.last, closing).items():
            add(postings, day, key, value, sign=-1)
            whole = key.product is None and key.part in LENGTHY
            yield row_of_sum(key, value, closing.at, day)._replace(
                measure=elapsed if whole else None, active=active if whole else None,
                passed=whole and key.part is Part.WON and _is_entered_soon(deal, closing.at),
            )  # fmt: skip
    yield from booked_rows(deal, postings)


def booked_rows(deal: Timeline, postings: Postings) -> Iterator[Row]:
    """Yield what a ledger has beside the closing in force."""
    for (day, key), value in postings.items():
        if value != NOTHING:
            booked = key._replace(part=BOOKED[key.part])
            yield row_of_sum(booked, value, _moment(deal, day), day)


class Turn(NamedTuple):
    """A step of a deal with the closing it left it in; it began if that was not so before."""

    step: Step
    closing: Closing | None
    began: bool


def turns(deal: Timeline) -> Iterator[Turn]:
    """Yield a deal's steps, each with the closing that was in force from then on."""
    closing: Closing | None = None
    left: Fact | None = None
    for step in deal.steps:
        before, closing = closing, _closing(step, closing, left)
        left = step.fact if step.fact.outcome == "open" else left
        began = closing is not None and (before is None or before.outcome != closing.outcome)
        yield Turn(step, closing, began)


def _post(deal: Timeline) -> tuple[Postings, Closing | None]:
    """Book every change of the closing on its own day; return also the closing in force."""
    postings: Postings = defaultdict(Sum)
    closing: Closing | None = None
    booked: Vector = {}
    for step, closing, began in turns(deal):
        vector = vector_of(step.fact, closing) if closing else {}
        if vector != booked:
            day = deal.day(closing.at) if closing and began else step.day
            for key, value in booked.items():
                add(postings, step.day, key, value, sign=-1)
            for key, value in vector.items():
                add(postings, day, key, value, sign=1)
            booked = vector
    return postings, closing


def _closing(step: Step, before: Closing | None, left: Fact | None) -> Closing | None:
    fact = step.fact
    if fact.outcome not in PARTS:
        return None
    stated = fact.won_at if fact.outcome == "won" else fact.lost_at
    if before is None or before.outcome != fact.outcome:
        return Closing(fact.outcome, fact.owner, fact.team, stated or step.at, left)
    return before._replace(at=stated or before.at)


def vector_of(fact: Fact, closing: Closing) -> Vector:
    """Return what a closing counts, of a deal as a fact tells it."""
    won = closing.outcome == "won"
    # what is lost is what was hoped for: whoever sets it to nought afterwards lost as much
    worth = fact if won else closing.left or fact
    key = Key(
        PARTS[closing.outcome], closing.owner, closing.team, fact.pipeline, worth.stage, None,
        fact.company, fact.customer, fact.channel, str(fact.reason) if fact.reason else None,
        worth.currency,
    )  # fmt: skip
    vector = {key: _sum(worth.amount)}
    for product, amount in split(worth.amount, worth.lines):
        vector[key._replace(product=product)] = _sum(amount)
    if won:
        vector |= _shared(fact, key)
        for part, credited in CREDITED.items():
            whole = vector.get(key._replace(part=part))
            if whole is not None and fact.amount is not None:
                vector |= _credited(fact, key._replace(part=credited), whole.amount)
    return vector


def _shared(fact: Fact, key: Key) -> Vector:
    """Split a won amount: into cost and profit, and by kind of sale."""
    if fact.amount is None:
        return {}
    found: Vector = {}
    gained = profit(fact.amount, fact.lines)
    if gained is not None:
        found[key._replace(part=Part.PROFIT)] = _sum(gained)
        found[key._replace(part=Part.COSTED)] = _sum(fact.amount)
    kinds = by_kind(fact.amount, fact.lines)
    if len(kinds) > 1 or BASE not in kinds:
        found[key._replace(part=Part.EXTENDED)] = _sum(fact.amount)
        for kind in kinds.keys() - {BASE}:
            found[key._replace(part=Part.KIND_SOLD, kind=kind)] = _sum(kinds[kind])
    return found


def _credited(fact: Fact, key: Key, whole: Decimal) -> Vector:
    """Take from the owner what is others' work, and give it to them: together it is nothing."""
    if not fact.credits:
        return {}
    shares = allocate(whole, [credit.share for credit in fact.credits])
    owed: dict[UUID | None, Decimal] = defaultdict(Decimal)
    owed[key.owner] -= whole
    for credit, share in zip(fact.credits, shares, strict=True):
        owed[credit.user] += share
    return {key._replace(owner=user): Sum(amount=amount) for user, amount in owed.items() if amount}


def _sum(amount: Decimal | None) -> Sum:
    return Sum(1) if amount is None else Sum(1, 1, int(amount == 0), amount)


def add(postings: Postings, day: date, key: Key, value: Sum, *, sign: int) -> None:
    """Book a value on a day."""
    postings[day, key] = postings.get((day, key), NOTHING).plus(value, sign)


def row_of_sum(key: Key, value: Sum, at: datetime, day: date) -> Row:
    """Return the row of a value."""
    return Row(
        part=key.part, day=day, until_day=None, at=at, owner=key.owner, team=key.team,
        pipeline=key.pipeline, stage=key.stage, product=key.product, company=key.company,
        customer=key.customer, channel=key.channel, kind=key.kind, currency=key.currency,
        n=value.n, priced=value.priced, zero=value.zero,
        amount=value.amount if value.priced or value.amount else None,
        measure=None, active=None, passed=False, dropped=False, reached=(),
    )  # fmt: skip


def _is_entered_soon(deal: Timeline, won_at: datetime) -> bool:
    """Tell whether a win was told of within a day of its moment (K66)."""
    told = (step.fact.recorded_at for step in deal.steps if step.fact.won_at == won_at)
    return min(told, default=won_at) <= won_at + A_DAY


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
