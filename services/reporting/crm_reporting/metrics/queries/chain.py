"""I9: campaign, lead, deal, invoice and payment in one chain, counted in the database.

A campaign's leads are those that came in the period; what followed of them counts whenever it
came. Links are those of the newest word: a payment that was put to another deal follows it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    Subquery,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.facts.models import LINKED, NounFact
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.purchases import rate_into
from crm_reporting.metrics.rules.asks import Read
from crm_shared.filters import And

MONEY = (Part.INVOICED, Part.PAID, Part.REFUNDED)
OF_DEALS = (Part.CREATED, Part.UNDATED, Part.WON, Part.PROFIT)


class Link(NamedTuple):
    """What became of the leads of one campaign; amounts in one currency.

    An amount is None where things happened and of none of them it is known, or has a rate.
    """

    campaign: str | None
    leads: int = 0
    deals: int = 0
    won: int = 0
    won_amount: Decimal | None = Decimal(0)
    profit: Decimal | None = Decimal(0)
    invoiced: Decimal | None = Decimal(0)
    paid: Decimal | None = Decimal(0)
    refunded: Decimal | None = Decimal(0)
    unconverted: int = 0


class Chain(NamedTuple):
    """The links of the campaigns and of the leads of none, and all of it together.

    A deal whose leads came by several campaigns stands in the link of each, and once in the whole.
    """

    links: Sequence[Link]
    whole: Link


def together(links: Iterable[Link], campaign: str | None = None) -> Link:
    """Return what several links come to."""
    columns = list(zip(*(link[1:] for link in links), strict=True))
    return Link(campaign, *(_added(column) for column in columns))


def _added(column: Sequence[Any]) -> Any:
    known = [one for one in column if one is not None]
    # nought where there was nothing makes no sum of what nobody knows
    return sum(known) if any(known) or len(known) == len(column) else None


async def chain(session: AsyncSession, read: Read, currency: str) -> Chain:
    """Return the chain of each campaign, of the leads that name none, and of all."""
    lead = leads_of(read).subquery("lead")
    # what follows is narrowed by who may see it, not by what the leads were asked by
    seen = facts_where(replace(read, filter=And(())))
    deal = _deals_of(lead)
    counted = select(lead.c.campaign, func.count()).group_by(lead.c.campaign)
    leads = [Link(row[0], row[1]) for row in await session.execute(counted)]
    first, again = list(leads), list[Link]()
    for row in await session.execute(_of_deals(deal, seen, currency)):
        told = {name: value for name, value in row._mapping.items() if name != "is_first"}
        (first if row.is_first else again).append(Link(**told))
    for row in await session.execute(_of_money(deal, seen, currency)):
        refunded = None if row.refunded is None else -row.refunded
        link = Link(
            row.campaign, invoiced=row.invoiced, paid=row.paid, refunded=refunded,
            unconverted=row.unconverted,
        )  # fmt: skip
        (first if row.is_first else again).append(link)
    parts: dict[str | None, list[Link]] = defaultdict(list)
    for link in (*first, *again):
        parts[link.campaign].append(link)
    links = [together(of, campaign) for campaign, of in parts.items()]
    return Chain(links, together(first))


def _deals_of(lead: Subquery) -> Subquery:
    """Select the deals of each campaign; of a deal of several one is the first."""
    named = (
        select(lead.c.campaign, lead.c.deal_id)
        .where(lead.c.deal_id.is_not(None))
        .distinct()
        .subquery("named")
    )
    place = func.row_number().over(partition_by=named.c.deal_id, order_by=named.c.campaign)
    return select(*named.c, (place == 1).label("is_first")).subquery("deal")


def _of_deals(deal: Subquery, seen: ColumnElement[bool], currency: str) -> Select[Any]:
    is_won = Contribution.part == int(Part.WON)
    began = Contribution.part.in_([int(Part.CREATED), int(Part.UNDATED)])
    return (
        select(
            deal.c.campaign.label("campaign"),
            deal.c.is_first,
            func.count().filter(began).label("deals"),
            func.count().filter(is_won).label("won"),
            _sum(Part.WON, currency).label("won_amount"),
            # of sales whose costs are all unknown nobody knows the profit
            _sum(Part.PROFIT, currency, of=Part.WON).label("profit"),
            _missing(currency, is_won).label("unconverted"),
        )
        .join(Contribution, Contribution.subject_id == deal.c.deal_id)
        .where(Contribution.part.in_([int(part) for part in OF_DEALS]), seen)
        .group_by(deal.c.campaign, deal.c.is_first)
    )


def _of_money(deal: Subquery, seen: ColumnElement[bool], currency: str) -> Select[Any]:
    moved = _linked(deal).subquery("moved")
    return (
        select(
            moved.c.campaign.label("campaign"),
            moved.c.is_first,
            *(
                _sum(part, currency).label(name)
                for part, name in zip(MONEY, ("invoiced", "paid", "refunded"), strict=True)
            ),
            _missing(currency, true()).label("unconverted"),
        )
        .join(Contribution, Contribution.subject_id == moved.c.id)
        .where(Contribution.part.in_([int(part) for part in MONEY]), seen)
        .group_by(moved.c.campaign, moved.c.is_first)
    )


def _linked(deal: Subquery) -> Select[Any]:
    """Select invoices and payments whose newest word names the deal."""
    fact, newer = aliased(NounFact), aliased(NounFact)
    named = fact.data["deal_id"].astext
    last = (
        select(newer.data["deal_id"].astext)
        .where(newer.kind == fact.kind, newer.id == fact.id)
        .order_by(newer.revision.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(*deal.c, fact.id, fact.kind)
        .join(fact, named == cast(deal.c.deal_id, Text))
        .where(fact.kind.in_(LINKED), last == named)
        .distinct()
    )


def _sum(part: Part, currency: str, *, of: Part | None = None) -> ColumnElement[Any]:
    """Sum what is known of a part; null where there are things (`of` another part) without it."""
    known = func.sum(Contribution.amount * rate_into(currency))
    happened = func.count().filter(Contribution.part == int(of or part))
    return case(
        (happened > 0, known.filter(Contribution.part == int(part))), else_=literal(0, Numeric)
    )


def _missing(currency: str, which: ColumnElement[bool]) -> ColumnElement[Any]:
    lacks = Contribution.amount.is_not(None) & rate_into(currency).is_(None)
    return func.count().filter(which & lacks)


def leads_of(read: Read, campaign: str | None = None) -> Select[Any]:
    """Select the leads of a period with their campaign and deal."""
    fact = aliased(NounFact)
    newest = (
        select(
            fact.data["campaign"].astext.label("campaign"),
            cast(fact.data["deal_id"].astext, Uuid).label("deal_id"),
        )
        .where(fact.kind == "lead", fact.id == Contribution.subject_id)
        .order_by(fact.revision.desc())
        .limit(1)
        .lateral("newest")
    )
    found = (
        select(
            Contribution.subject_id, Contribution.subject_id.label("id"), Contribution.day,
            Contribution.owner.label("owner_id"), Contribution.channel.label("channel"),
            newest.c.campaign, newest.c.deal_id,
        )
        .join(newest, true())
        .where(
            Contribution.part == int(Part.LEAD),
            Contribution.day >= read.period.start,
            Contribution.day < read.period.end,
            facts_where(read),
        )
    )  # fmt: skip
    return found if campaign is None else found.where(newest.c.campaign == campaign)


class Followed(NamedTuple):
    """A row behind the chain: of a deal its win, of an invoice or payment its amount."""

    deal_id: UUID
    part: int
    id: UUID
    day: date
    amount: Decimal | None
    currency: str


async def followed(
    session: AsyncSession, read: Read, deals: Collection[UUID]
) -> Sequence[Followed]:
    """Return wins, invoices and payments of some deals, as far as the asker may see them."""
    if not deals:
        return []
    seen = facts_where(replace(read, filter=And(())))
    deal = select(
        cast(null(), Text).label("campaign"),
        func.unnest(cast(list(deals), ARRAY(Uuid))).label("deal_id"),
    ).subquery("deal")
    moved = _linked(deal).subquery("moved")
    columns = (
        Contribution.part, Contribution.subject_id, Contribution.day, Contribution.amount,
        Contribution.currency,
    )  # fmt: skip
    wins = select(Contribution.subject_id.label("deal_id"), *columns).where(
        Contribution.subject_id.in_(deals), Contribution.part == int(Part.WON), seen
    )
    money = (
        select(moved.c.deal_id, *columns)
        .join(Contribution, Contribution.subject_id == moved.c.id)
        .where(Contribution.part.in_([int(part) for part in MONEY]), seen)
    )
    rows = [*await session.execute(wins), *await session.execute(money)]
    return sorted((Followed(*row) for row in rows), key=lambda one: (one.day, one.id))
