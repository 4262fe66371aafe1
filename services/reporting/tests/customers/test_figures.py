"""K14, C6: figures of customers are told once per real change, and never by a rebuild."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Part
from crm_reporting.customers import jobs, queries
from crm_reporting.events.derived import (
    CustomerFiguresChanged,
)
from crm_reporting.metrics.queries.purchases import buyers
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.classes import classes
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.rebuilds.jobs import run_waiting
from crm_reporting.rebuilds.use_cases import ask_for_rebuild
from crm_reporting.settings import Settings
from crm_reporting.testing import DealStory, SubjectStory, Tell, named
from crm_shared.actor import SYSTEM, Access, Scope
from crm_shared.clock import local_day, utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import ALIASES
from crm_shared.events.envelope import Envelope
from crm_shared.filters import And
from crm_shared.testing.events import recorded
from crm_shared.worker import JobContext

Merge = Callable[[str, UUID, UUID], Awaitable[None]]
Rate = Callable[[str, str, str, str], Awaitable[None]]


def bought(name: str, customer: str, *, days_ago: int, **facts: Any) -> DealStory:
    """A deal that a company won so many days ago for 100 UAH, unless told otherwise."""
    at = utc_now() - timedelta(days=days_ago)
    told = {"company_id": str(named(customer)), **facts}
    return DealStory(name, at=at - timedelta(days=1), **told).move("Won", at=at)


def imported(story: DealStory) -> list[Envelope[Any]]:
    return [one.model_copy(update={"bulk": True}) for one in story.events]


async def news(
    session: AsyncSession, context: JobContext
) -> Mapping[UUID, Envelope[CustomerFiguresChanged]]:
    """Let the job run; return what it told by customer."""
    await session.rollback()
    before = {one.id for one in await recorded(session, CustomerFiguresChanged)}
    count = await jobs.Telling().tell(context)
    await session.rollback()
    fresh = [one for one in await recorded(session, CustomerFiguresChanged) if one.id not in before]
    assert len(fresh) == count
    facts = [one.data.customer for one in fresh]
    customers = [one.company_id or one.contact_id for one in facts]
    assert len(set(customers)) == len(customers)
    return {one: told for one, told in zip(customers, fresh, strict=True) if one}


class TestTelling:
    async def test_has_work_again_only_when_something_was_written(
        self, context: JobContext, worker_sessions: Sessions
    ) -> None:
        telling = jobs.Telling()
        before = await telling.has_work(context)
        await telling.tell(context)
        told = await telling.has_work(context)
        async with worker_sessions.begin() as session:
            ids = dict(zip(("loser_id", "survivor_id", "into_id"), map(named, "abb"), strict=True))
            await session.execute(insert(ALIASES).values(**ids, kind="company", revision=1))
            # PostgreSQL notes a write within seconds: here at once
            await session.execute(text("SELECT pg_stat_force_next_flush()"))

        assert (before, told, await telling.has_work(context)) == (True, False, True)


class TestK14Figures:
    async def test_are_told_once_per_change_whatever_else_happens(
        self,
        tell: Tell,
        rate: Rate,
        merged: Merge,
        session: AsyncSession,
        context: JobContext,
    ) -> None:
        lines = [{"product_id": str(named("Oats")), "product_label": "Oats", "category": None,
                  "quantity": "1", "unit_price": "800", "total": "800", "sale_kind": "base",
                  "unit_cost": "300", "cost": "300"}]  # fmt: skip
        late = (utc_now() - timedelta(days=50)).date()
        bill = SubjectStory("invoice", "1", at=utc_now() - timedelta(days=70),
                            company_id=named("Нива"), issue_date=late, due_date=late)  # fmt: skip
        await tell(
            bought("1", "Нива", days_ago=90, amount="800", line_items=lines),
            bought("2", "Нива", days_ago=60, amount="800"),
            bought("3", "Лан", days_ago=10, amount="100"),
            bought("4", "Давній", days_ago=500, amount="50"),
            bought("5", "Нива", days_ago=40, amount="10", currency="EUR"),
            bought("6", "x", days_ago=5, company_id=None, contact_id=str(named("Ольга"))),
            bill,
        )

        first = await news(session, context)
        again = await news(session, context)

        assert (again, all(one.bulk for one in first.values())) == ({}, True)
        told = {one: envelope.data.customer for one, envelope in first.items()}
        niva = told[named("Нива")]
        assert (niva.abc_class, niva.state, niva.purchases, niva.unconverted) == (
            "A", "active", 3, 1
        )  # fmt: skip
        assert (niva.purchase_sum, niva.average_check, niva.purchase_interval) == (
            Decimal("1600.00"), Decimal("800.00"), Decimal("25.00")
        )  # fmt: skip
        # 40 days since the last purchase, and his own median is 25
        assert (niva.rhythm_broken, niva.on_time_share, niva.late_invoices) == (
            False,
            Decimal(0),
            1,
        )
        assert niva.lifetime_value is None
        olga = told[named("Ольга")]
        assert (olga.company_id, olga.contact_id, olga.rhythm_broken) == (
            None, named("Ольга"), None
        )  # fmt: skip
        assert (told[named("Давній")].abc_class, told[named("Давній")].state) == ("N", "churned")

        # a purchase is news of him alone, unless it moves others to another class
        await tell(bought("7", "Лан", days_ago=0, amount="9000"))
        moved = await news(session, context)
        lan = moved[named("Лан")]
        assert (lan.bulk, lan.revision, lan.data.previous["purchase_sum"]) == (False, 2, "100.00")
        assert lan.data.changed == [
            "abc_class", "purchases", "last_purchase_on", "purchase_sum", "purchase_sum_year",
            "average_check",
            "purchase_interval", "rhythm_broken",
        ]  # fmt: skip
        assert moved[named("Нива")].data.changed == ["abc_class"]
        # a rate that is entered later, and a merge
        await rate("EUR", "UAH", "2020-01-01", "40")
        await merged("company", named("Давній"), named("Нива"))
        both = {one: told.data.customer for one, told in (await news(session, context)).items()}
        assert both[named("Нива")].purchase_sum == Decimal("2050.00")
        assert both[named("Нива")].unconverted == 0
        assert both[named("Нива")].first_purchase_on < niva.first_purchase_on  # type: ignore[operator]
        gone = both[named("Давній")]
        assert (gone.abc_class, gone.state, gone.purchases, gone.first_purchase_on) == (
            "N", "none", 0, None
        )  # fmt: skip
        assert await news(session, context) == {}

    async def test_of_an_import_are_bulk_and_a_rebuild_tells_nothing(
        self, tell: Tell, session: AsyncSession, context: JobContext, worker: AsyncSession
    ) -> None:
        await tell(bought("1", "Нива", days_ago=90))
        await news(session, context)
        an_hour_ago = utc_now() - timedelta(hours=1)
        assert not await queries.all_at_once(session, an_hour_ago)
        async with context.sessions.begin() as asking:
            await ask_for_rebuild(asking, SYSTEM)
        await run_waiting(context)
        assert await news(session, context) == {}
        # and what it would tell, by other rules or in another currency, is no news of one customer
        assert await queries.all_at_once(session, an_hour_ago)
        old = [imported(bought(f"i{n}", f"Імпорт {n}", days_ago=n)) for n in range(1, 8)]
        await tell(*(one for story in old for one in story), bought("2", "Лан", days_ago=3))
        async with context.sessions.begin() as busy:
            await busy.execute(
                text(
                    "INSERT INTO projections (publisher, pending, checked_at) "
                    "VALUES ('deals', 40, now())"
                )
            )

        waiting = await news(session, context)
        async with context.sessions.begin() as quiet:
            await quiet.execute(text("UPDATE projections SET pending = 0"))
        found = await news(session, context)

        assert waiting == {}
        assert {one: told.bulk for one, told in found.items() if told.revision == 1} == {
            named("Лан"): False,
            **{named(f"Імпорт {n}"): True for n in range(1, 8)},
        }

    async def test_agree_with_the_metric_in_every_class(
        self, tell: Tell, session: AsyncSession, context: JobContext, crm_settings: Settings
    ) -> None:
        amounts = (900, 700, 40, 40, 300, 5, 61, 0, 1, 120)
        await tell(
            *(
                bought(str(n), f"{n % 7}", days_ago=37 * n, amount=str(amount))
                for n, amount in enumerate(amounts)
            )
        )

        found = await news(session, context)

        today = local_day(utc_now(), crm_settings.zone)
        period = Period(date(today.year, 1, 1), today + timedelta(days=1))
        access = Access(SYSTEM, Scope.ALL)
        known = await buyers(session, Read((Part.WON,), period, access, And(())), "UAH")
        expected = {
            one.customer: (name, one.sales, one.lately)
            for name, members in classes(known, period).items()
            for one in members
        }
        assert len(expected) == 7
        assert {
            one: (facts.abc_class, facts.purchases, facts.purchase_sum_year)
            for one, facts in ((one, told.data.customer) for one, told in found.items())
        } == expected
