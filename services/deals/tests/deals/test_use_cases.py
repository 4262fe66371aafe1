"""Beginning, changing and removing deals: what changes, what is announced, who may not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries, use_cases
from crm_deals.deals.errors import (
    DealNotDeletedError,
    DealNotFoundError,
    ExternalIdTakenError,
    OutsideScopeError,
    RequirementsUnmetError,
    UnknownProductError,
)
from crm_deals.deals.models import Deal
from crm_deals.events import (
    DealCreated,
    DealDeleted,
    DealRestored,
    DealStageChanged,
    DealUpdated,
)
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_pipeline, make_product, make_stage, stage_called
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded

pytestmark = pytest.mark.usefixtures("pipeline")
CHAIRS: dict[str, Any] = {"title": "200 chairs for the library"}


async def begin(session: AsyncSession, access: Access, **values: Any) -> Deal:
    return await use_cases.create_deal(session, access, {**CHAIRS, **values}, currency="UAH")


class TestCreateDeal:
    async def test_announces_a_deal_in_the_first_stage(
        self, session: AsyncSession, access: Access
    ) -> None:
        deal = await begin(session, access, amount=Decimal("100.50"), channel="phone")

        [envelope] = await recorded(session, DealCreated)
        assert (envelope.subject, envelope.revision) == (deal.id, 1)
        assert envelope.data.deal.stage_label == "New"
        assert envelope.data.deal.amount == Decimal("100.50")
        assert envelope.data.deal.owner_id == access.actor.id
        [move] = await queries.list_moves(session, deal.id)
        assert (move.revision, move.from_stage_id, move.to_stage_id) == (1, None, deal.stage_id)

    async def test_keeps_what_people_typed_off_the_wire(
        self, session: AsyncSession, access: Access
    ) -> None:
        deal = await begin(session, access, title="For Olena Kovalenko, +380501234567")
        await use_cases.update_deal(
            session, access, deal.id, {"title": "For Taras Bondar"}, expected=1
        )

        told = "".join(one.model_dump_json() for one in await announced(session))
        assert "Olena" not in told
        assert "Taras" not in told
        [updated] = await recorded(session, DealUpdated)
        assert (updated.data.changed, updated.data.previous) == (["title"], {})

    async def test_begins_and_closes_a_deal_that_comes_closed(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await begin(session, access, stage_id=stage_called(pipeline, "Won").id)

        [created] = await recorded(session, DealCreated)
        [moved] = await recorded(session, DealStageChanged)
        assert (created.revision, moved.revision, deal.revision) == (1, 2, 2)
        assert created.data.deal.outcome == "open"
        assert moved.data.previous["won_at"] is None
        assert deal.won_at == deal.first_won_at is not None

    async def test_gives_the_deal_its_owners_first_team(
        self, session: AsyncSession, access: Access
    ) -> None:
        owner, team = new_id(), new_id()
        await session.execute(
            insert(KNOWN_USERS).values(
                id=owner, role="seller", team_ids=[team, new_id()], is_active=True, revision=1
            )
        )

        deal = await begin(session, access, owner_id=owner)
        other = await begin(session, access, owner_id=owner, team_id=None)

        assert deal.team_id == team
        assert other.team_id is None

    async def test_prices_its_line_items(self, session: AsyncSession, access: Access) -> None:
        chair = make_product(category="Chairs")
        session.add(chair)
        await session.flush()
        lines = [
            {"product_id": chair.id, "quantity": Decimal(3)},
            {
                "product_id": chair.id,
                "quantity": Decimal("1.5"),
                "unit_price": Decimal("33.33"),
                "discount_type": "percent",
                "discount_value": Decimal(10),
                "tax_rate": Decimal(20),
                "sale_kind": "cross",
            },
        ]

        deal = await begin(session, access, line_items=lines)

        assert [line["total"] for line in deal.line_items] == ["3750.00", "45.00"]
        assert deal.line_items[1]["tax_amount"] == "9.00"
        assert deal.amount == Decimal("3795.00")
        [envelope] = await recorded(session, DealCreated)
        assert envelope.data.deal.line_items[1].sale_kind == "cross"
        assert envelope.data.deal.line_items[0].category == "Chairs"

    async def test_names_every_unknown_product(self, session: AsyncSession, access: Access) -> None:
        lines = [{"product_id": new_id()}, {"product_id": new_id()}]

        with pytest.raises(UnknownProductError) as refused:
            await begin(session, access, line_items=lines)

        assert len(refused.value.errors) == 2

    async def test_asks_what_the_first_stage_asks(
        self, session: AsyncSession, access: Access
    ) -> None:
        strict = make_pipeline(make_stage("New", required_fields=["company_id"]), is_default=False)
        session.add(strict)
        await session.flush()

        with pytest.raises(RequirementsUnmetError):
            await begin(session, access, pipeline_id=strict.id)

    async def test_refuses_an_external_id_twice(
        self, session: AsyncSession, access: Access
    ) -> None:
        named = {"source_system": "shop", "external_id": "17"}
        await begin(session, access, **named)

        with pytest.raises(ExternalIdTakenError):
            await begin(session, access, **named)

    async def test_refuses_a_deal_that_its_maker_could_not_see(self, session: AsyncSession) -> None:
        head = Access(Actor(new_id(), Role.HEAD, frozenset({new_id()})), Scope.TEAM)

        with pytest.raises(OutsideScopeError):
            await begin(session, head, owner_id=new_id())


class TestUpdateDeal:
    async def test_announces_old_values_exactly(
        self, session: AsyncSession, access: Access
    ) -> None:
        deal = await begin(session, access, amount=Decimal("100.5"))
        await session.commit()
        session.expunge_all()

        values = {"amount": Decimal(200), "is_void": True}
        await use_cases.update_deal(session, access, deal.id, values, expected=1)

        [envelope] = await recorded(session, DealUpdated)
        assert set(envelope.data.changed) == {"amount", "is_void"}
        assert envelope.data.previous == {"amount": "100.50", "is_void": False}
        assert envelope.revision == 2

    async def test_says_nothing_when_nothing_changes(
        self, session: AsyncSession, access: Access
    ) -> None:
        deal = await begin(session, access, amount=Decimal("100.50"), channel="phone")
        await session.commit()
        session.expunge_all()

        values = {"amount": Decimal("100.5"), "channel": "phone"}
        same = await use_cases.update_deal(session, access, deal.id, values, expected=1)

        assert same.revision == 1
        assert await recorded(session, DealUpdated) == []

    async def test_takes_the_team_of_a_new_owner(
        self, session: AsyncSession, access: Access
    ) -> None:
        deal = await begin(session, access, team_id=new_id())

        changed = await use_cases.update_deal(
            session, access, deal.id, {"owner_id": new_id()}, expected=1
        )

        assert changed.team_id is None
        [envelope] = await recorded(session, DealUpdated)
        assert set(envelope.data.changed) == {"owner_id", "team_id"}

    async def test_refuses_a_stale_revision(self, session: AsyncSession, access: Access) -> None:
        deal = await begin(session, access)

        with pytest.raises(ChangedMeanwhileError):
            await use_cases.update_deal(session, access, deal.id, {"channel": "x"}, expected=7)

    async def test_does_not_let_a_seller_give_a_deal_away(
        self, session: AsyncSession, access: Access
    ) -> None:
        seller = Access(Actor(new_id(), Role.SELLER), Scope.OWN)
        deal = await begin(session, access, owner_id=seller.actor.id)

        with pytest.raises(OutsideScopeError):
            await use_cases.update_deal(
                session, seller, deal.id, {"owner_id": new_id()}, expected=1
            )


class TestPutDeal:
    async def test_tells_a_move_with_other_changes_as_one(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        named = ("shop", "17")
        put = use_cases.put_deal
        deal, first = await put(session, access, named, CHAIRS, currency="UAH")
        values = {
            **CHAIRS,
            "amount": Decimal(5),
            "stage_id": stage_called(pipeline, "Proposal").id,
        }

        _, second = await put(session, access, named, values, currency="UAH")

        assert (first, second) == ("created", "updated")
        [envelope] = await recorded(session, DealStageChanged)
        assert set(envelope.data.changed) == {"amount", "stage_id", "stage_entered_at"}
        assert envelope.revision == deal.revision == 2
        assert [move.revision for move in await queries.list_moves(session, deal.id)] == [1, 2]

    async def test_hides_what_lies_outside_the_scope(
        self, session: AsyncSession, access: Access
    ) -> None:
        named = {"source_system": "shop", "external_id": "17"}
        await begin(session, access, **named)
        seller = Access(Actor(new_id(), Role.SELLER), Scope.OWN)

        with pytest.raises(DealNotFoundError):
            await use_cases.put_deal(session, seller, ("shop", "17"), CHAIRS, currency="UAH")


class TestDeleteDeal:
    async def test_announces_and_hides_it(self, session: AsyncSession, access: Access) -> None:
        deal = await begin(session, access)

        await use_cases.delete_deal(session, access, deal.id, expected=1)

        [envelope] = await recorded(session, DealDeleted)
        assert envelope.revision == 2
        with pytest.raises(DealNotFoundError):
            await queries.get_deal(session, access, deal.id)

    async def test_can_be_undone(self, session: AsyncSession, access: Access) -> None:
        deal = await begin(session, access)
        await use_cases.delete_deal(session, access, deal.id, expected=1)

        back = await use_cases.restore_deal(session, access, deal.id)

        assert back.deleted_at is None
        [envelope] = await recorded(session, DealRestored)
        assert envelope.revision == 3
        with pytest.raises(DealNotDeletedError):
            await use_cases.restore_deal(session, access, deal.id)


class TestFlags:
    async def test_a_deal_rots_when_it_stands_too_long(
        self, session: AsyncSession, access: Access
    ) -> None:
        pipeline = make_pipeline(make_stage("New", rotting_days=7), is_default=False)
        session.add(pipeline)
        await session.flush()
        old = make_deal(pipeline.stages[0], at=utc_now() - timedelta(days=8))
        young = make_deal(pipeline.stages[0], at=utc_now() - timedelta(days=6))
        session.add_all([old, young])
        await session.flush()
        await queries.place(session, [old, young])

        assert (old.is_rotting, young.is_rotting) == (True, False)

    async def test_a_deal_is_overdue_after_its_day(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        today = utc_now().date()
        late = await begin(session, access, expected_close_date=today - timedelta(days=2))
        due = await begin(session, access, expected_close_date=today + timedelta(days=1))
        won = stage_called(pipeline, "Won").id
        values = {"stage_id": won, "expected_close_date": today - timedelta(days=2)}
        closed = await begin(session, access, **values)

        assert [one.is_overdue for one in (late, due, closed)] == [True, False, False]
