"""What of the facts lacks something, waits or stands too long: counted in the database (R9)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.facts.models import DealFact, NounFact
from crm_reporting.ledger.models import LedgerEntry
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read, teams_of
from crm_shared.actor import Access, Scope
from crm_shared.db.infrastructure import ALIASES

Condition = ColumnElement[bool]
# What a stage may demand, as far as the facts of a deal keep it; a customer is either of two.
OF_DEALS: Mapping[str, Condition] = {
    "owner_id": DealFact.owner.is_(None),
    "team_id": DealFact.team.is_(None),
    "contact_id": DealFact.contact.is_(None),
    "company_id": DealFact.company.is_(None),
    "customer": and_(DealFact.company.is_(None), DealFact.contact.is_(None)),
    "amount": DealFact.amount.is_(None),
    "expected_close_date": DealFact.expected_on.is_(None),
    "channel": DealFact.channel.is_(None),
    "reason_id": DealFact.reason.is_(None),
    "competitor_id": DealFact.competitor.is_(None),
}
FINISHED = ("done", "completed", "cancelled", "missed")
GONE = ("deleted", "erased")


class Lack(NamedTuple):
    """Of how many facts how many lack something, or wait too long."""

    n: int
    without: int


async def lacking_in_deals(session: AsyncSession, read: Read) -> Mapping[UUID, Mapping[str, Lack]]:
    """Count the open deals of each stage, and those of them without each field."""
    newest = (
        select(
            Contribution.stage.label("stage"),
            *(lacks.label(name) for name, lacks in OF_DEALS.items()),
        )
        .join(DealFact, DealFact.deal_id == Contribution.subject_id)
        .where(Contribution.part == int(Part.STANDING), facts_where(read))
        .ext(distinct_on(DealFact.deal_id))
        .order_by(DealFact.deal_id, DealFact.revision.desc())
        .subquery()
    )
    counts = [func.count().filter(newest.c[name]) for name in OF_DEALS]
    rows = await session.execute(
        select(newest.c.stage, func.count(), *counts).group_by(newest.c.stage)
    )
    return {
        row[0]: {name: Lack(row[1], n) for name, n in zip(OF_DEALS, row[2:], strict=True)}
        for row in rows
    }


async def incomplete_deals(
    session: AsyncSession, read: Read, demanded: Mapping[UUID, Sequence[str]]
) -> Lack:
    """K66: count the open deals, and those without something that their stage demands.

    What of a stage's demands the facts of deals do not keep is not looked at.
    """
    lacks = [
        and_(DealFact.stage == stage, or_(*(OF_DEALS[name] for name in names if name in OF_DEALS)))
        for stage, names in demanded.items()
        if not OF_DEALS.keys().isdisjoint(names)
    ]
    newest = (
        select(or_(false(), *lacks).label("lacks"))
        .select_from(Contribution)
        .join(DealFact, DealFact.deal_id == Contribution.subject_id)
        .where(Contribution.part == int(Part.STANDING), facts_where(read))
        .ext(distinct_on(DealFact.deal_id))
        .order_by(DealFact.deal_id, DealFact.revision.desc())
        .subquery()
    )
    found = select(func.count(), func.count().filter(newest.c.lacks))
    return Lack(*(await session.execute(found.select_from(newest))).one())


async def lacking_in_leads(
    session: AsyncSession, read: Read, names: Sequence[str]
) -> Mapping[str, Lack]:
    """Count the open leads, and those without each field."""
    open_now = exists().where(
        Contribution.subject_id == NounFact.id,
        Contribution.part == int(Part.LEAD_STAY),
        Contribution.until_day.is_(None),
        facts_where(read),
    )
    return await _lacking(session, "lead", open_now, names)


async def lacking_in_clients(
    session: AsyncSession, noun: str, access: Access, names: Sequence[str]
) -> Mapping[str, Lack]:
    """Count the companies or persons of the customer base, and those without each field."""
    mine: Condition = true()
    if access.scope is Scope.OWN:
        mine = NounFact.data["owner_id"].astext == str(access.actor.id)
    elif access.scope is Scope.TEAM:
        teams = [str(one) for one in teams_of(access)]
        mine = NounFact.data["team_id"].astext.in_(teams) if teams else false()
    is_itself = NounFact.id.not_in(select(ALIASES.c.loser_id))
    return await _lacking(session, noun, is_itself, names, mine)


async def _lacking(
    session: AsyncSession,
    noun: str,
    which: Condition,
    names: Sequence[str],
    mine: Condition | None = None,
) -> Mapping[str, Lack]:
    newest = (
        select(
            NounFact.verb.label("verb"),
            (true() if mine is None else func.coalesce(mine, false())).label("mine"),
            *(NounFact.data[name].astext.label(name) for name in names),
        )
        .where(NounFact.kind == noun, which)
        .ext(distinct_on(NounFact.id))
        .order_by(NounFact.id, NounFact.revision.desc())
        .subquery()
    )
    counts = [func.count().filter(newest.c[name].is_(None)) for name in names]
    row = (
        await session.execute(
            select(func.count(), *counts).where(newest.c.verb.not_in(GONE), newest.c.mine)
        )
    ).one()
    return {name: Lack(row[0], n) for name, n in zip(names, row[1:], strict=True)}


def _with_work(name: str) -> Select[Any]:
    """Select what open work belongs to: its newest word, read from the ledger."""
    newest = (
        select(NounFact.recorded_at, NounFact.event_id)
        .join(Contribution, Contribution.subject_id == NounFact.id)
        .where(
            NounFact.kind.in_(("activity", "task")),
            or_(
                Contribution.part.in_((int(Part.TASK_PLANNED), int(Part.TASK_UNDATED))),
                and_(
                    Contribution.part == int(Part.ACTIVITY_STAY), Contribution.until_day.is_(None)
                ),
            ),
        )
        .ext(distinct_on(NounFact.id))
        .order_by(NounFact.id, NounFact.revision.desc())
        .subquery()
    )
    data = LedgerEntry.envelope["data"]
    told = func.coalesce(data["activity"], data["task"])
    return (
        select(told[name].astext.label("id"))
        .join(
            newest,
            and_(
                LedgerEntry.recorded_at == newest.c.recorded_at,
                LedgerEntry.event_id == newest.c.event_id,
            ),
        )
        .where(told["status"].astext.not_in(FINISHED), told[name].astext.is_not(None))
    )


async def without_next_step(session: AsyncSession, read: Read, part: Part, name: str) -> Lack:
    """Count what is open now, and what of it no open task or planned activity belongs to."""
    work = _with_work(name).subquery()
    has = cast(Contribution.subject_id, Text).in_(select(work.c.id))
    row = await session.execute(
        select(func.count(), func.count().filter(~has)).where(
            Contribution.part == int(part), Contribution.until_day.is_(None), facts_where(read)
        )
    )
    return Lack(*row.one())


async def overdue(session: AsyncSession, read: Read, part: Part, today: date) -> Lack:
    """Count what is open and has a day, and what of it should have been done before today."""
    late = Contribution.day < today
    found = select(func.count(), func.count().filter(late)).where(
        Contribution.part == int(part), facts_where(read)
    )
    return Lack(*(await session.execute(found)).one())


async def stale_deals(
    session: AsyncSession, read: Read, limits: Mapping[UUID, int], today: date
) -> Lack:
    """Count the open deals of stages with a limit of days, and those that stood there so long."""
    if not limits:
        return Lack(0, 0)
    since = case(
        *((Contribution.stage == stage, today - timedelta(days=n)) for stage, n in limits.items())
    )
    found = select(func.count(), func.count().filter(Contribution.day <= since)).where(
        Contribution.part == int(Part.STANDING),
        Contribution.stage.in_(list(limits)),
        facts_where(read),
    )
    return Lack(*(await session.execute(found)).one())


async def alike(session: AsyncSession) -> Lack | None:
    """Return of how many companies and persons how many look like another, as told last.

    None while nobody ever told of any.
    """
    kind = NounFact.data["kind"].astext
    newest = (
        select(
            cast(NounFact.data["of"].astext, Integer).label("all"),
            cast(NounFact.data["records"].astext, Integer).label("alike"),
        )
        .where(NounFact.kind == "duplicate")
        .ext(distinct_on(kind))
        .order_by(kind, NounFact.recorded_at.desc())
        .subquery()
    )
    row = (await session.execute(select(func.sum(newest.c.all), func.sum(newest.c.alike)))).one()
    return None if row[0] is None else Lack(int(row[0]), int(row[1]))


async def events_since(session: AsyncSession, since: datetime) -> Mapping[str, int]:
    """Count what the whole company did since a moment, by the noun of its events."""
    noun = func.split_part(LedgerEntry.type, ".", 3)
    rows: list[Any] = list(
        await session.execute(
            select(noun, func.count()).where(LedgerEntry.recorded_at >= since).group_by(noun)
        )
    )
    return {name: n for name, n in rows}  # noqa: C416 - rows are no pairs to mypy
