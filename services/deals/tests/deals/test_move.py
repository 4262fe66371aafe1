"""Moving deals: what changes, what is announced, who may not."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries, use_cases
from crm_deals.deals.errors import (
    DealClosedError,
    DealMovedMeanwhileError,
    DealNotFoundError,
    MayNotDateError,
    OccurredAtError,
    OtherPipelineError,
    RequirementsUnmetError,
    UnknownReasonError,
    UnknownStageError,
)
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import MoveOrder
from crm_deals.events import DealStageChanged
from crm_deals.pipelines import use_cases as pipelines
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_pipeline, make_reason, make_stage, stage_called
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded


async def stored(session: AsyncSession, deal: Deal) -> Deal:
    session.add(deal)
    await session.commit()
    session.expunge_all()
    return deal


class TestMoveDeal:
    async def test_announces_where_the_deal_came_from_and_went(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "Qualified")))
        proposal = stage_called(pipeline, "Proposal")

        moved = await use_cases.move_deal(
            session, access, deal.id, MoveOrder(proposal.id), expected=1
        )

        [envelope] = await recorded(session, DealStageChanged)
        event = envelope.data
        assert (event.from_stage.label, event.to_stage.label) == ("Qualified", "Proposal")
        assert event.deal.stage_label == "Proposal"
        assert event.deal.probability == 50
        assert event.previous["stage_id"] == str(deal.stage_id)
        assert set(event.changed) == {"stage_id", "stage_entered_at"}
        assert envelope.actorid == access.actor.id
        assert envelope.revision == moved.revision == 2
        assert not event.reopened

    async def test_writes_the_row_as_it_answers_it(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "Qualified")))
        won = stage_called(pipeline, "Won")

        moved = await use_cases.move_deal(session, access, deal.id, MoveOrder(won.id), expected=1)

        session.expunge_all()
        again = await queries.get_deal(session, access, deal.id)
        columns = [column.key for column in Deal.__mapper__.column_attrs]
        assert {c: getattr(again, c) for c in columns} == {c: getattr(moved, c) for c in columns}
        assert again.outcome == "won"
        assert again.won_at == again.first_won_at == again.closed_at == again.stage_entered_at
        assert again.probability == 100

    async def test_keeps_every_entry_in_the_history(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        for label in ("Qualified", "Proposal"):
            order = MoveOrder(stage_called(pipeline, label).id)
            await use_cases.move_deal(session, access, deal.id, order, expected=None)

        moves = await queries.list_moves(session, deal.id)

        assert [move.revision for move in moves] == [2, 3]
        assert moves[0].to_stage_id == moves[1].from_stage_id
        assert moves[1].actor_id == access.actor.id

    async def test_says_nothing_when_the_deal_is_already_there(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))

        order = MoveOrder(deal.stage_id)
        same = await use_cases.move_deal(session, access, deal.id, order, expected=1)

        assert same.revision == 1
        assert await announced(session) == []

    async def test_refuses_a_stale_revision(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New"), revision=3))
        order = MoveOrder(stage_called(pipeline, "Won").id)

        with pytest.raises(ChangedMeanwhileError):
            await use_cases.move_deal(session, access, deal.id, order, expected=2)

    async def test_refuses_a_stage_of_another_pipeline(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        other = make_pipeline(label="Partners", is_default=False)
        session.add(other)
        await session.commit()

        with pytest.raises(OtherPipelineError):
            await use_cases.move_deal(
                session, access, deal.id, MoveOrder(other.stages[1].id), expected=1
            )
        assert await announced(session) == []

    async def test_refuses_a_stage_that_is_not_there_or_archived(
        self, session: AsyncSession, access: Access
    ) -> None:
        pipeline = make_pipeline(make_stage("New"), make_stage("Old", archived_at=utc_now()))
        session.add(pipeline)
        await session.flush()
        deal = await stored(session, make_deal(pipeline.stages[0]))

        for stage_id in (new_id(), pipeline.stages[1].id):
            with pytest.raises(UnknownStageError):
                await use_cases.move_deal(session, access, deal.id, MoveOrder(stage_id), expected=1)

    async def test_hides_deals_outside_the_scope(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(
            session, make_deal(stage_called(pipeline, "New"), owner_id=new_id(), team_id=new_id())
        )
        order = MoveOrder(stage_called(pipeline, "Won").id)
        seller = Access(Actor(new_id(), Role.SELLER), Scope.OWN)
        head = Access(Actor(new_id(), Role.HEAD, frozenset({new_id()})), Scope.TEAM)

        for stranger in (seller, head):
            with pytest.raises(DealNotFoundError):
                await use_cases.move_deal(session, stranger, deal.id, order, expected=1)

    async def test_is_open_to_the_head_of_the_deals_team(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        team = new_id()
        deal = await stored(session, make_deal(stage_called(pipeline, "New"), team_id=team))
        head = Access(Actor(new_id(), Role.HEAD, frozenset({team})), Scope.TEAM)

        order = MoveOrder(stage_called(pipeline, "Proposal").id)
        moved = await use_cases.move_deal(session, head, deal.id, order, expected=1)

        assert moved.revision == 2


async def somebody_waits(session: AsyncSession) -> bool:
    return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


class TestARaceWithoutIfMatch:
    async def test_ends_in_a_conflict(
        self, session: AsyncSession, sessions: Sessions, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        order = MoveOrder(stage_called(pipeline, "Won").id)
        async with sessions() as rival:
            faster = update(Deal).where(Deal.id == deal.id).values(revision=2)
            await rival.execute(faster)
            slower = asyncio.create_task(
                use_cases.move_deal(session, access, deal.id, order, expected=None)
            )
            async with asyncio.timeout(10):
                while not await somebody_waits(rival):
                    pass
            await rival.commit()

        with pytest.raises(DealMovedMeanwhileError):
            await slower
        assert await announced(session) == []


class TestReopening:
    async def test_needs_to_be_said(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        won = stage_called(pipeline, "Won")
        deal = await stored(session, make_deal(won, closed_at=utc_now(), won_at=utc_now()))
        order = MoveOrder(stage_called(pipeline, "Proposal").id)

        with pytest.raises(DealClosedError):
            await use_cases.move_deal(session, access, deal.id, order, expected=1)

    async def test_takes_the_closing_back_but_remembers_the_first_win(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        won = await use_cases.move_deal(
            session, access, deal.id, MoveOrder(stage_called(pipeline, "Won").id), expected=1
        )
        order = MoveOrder(stage_called(pipeline, "Proposal").id, reopen=True)

        reopened = await use_cases.move_deal(session, access, deal.id, order, expected=2)

        assert reopened.outcome == "open"
        assert (reopened.won_at, reopened.closed_at, reopened.reason_id) == (None, None, None)
        assert reopened.first_won_at == won.won_at
        *_, last = await recorded(session, DealStageChanged)
        assert last.data.reopened


class TestRequirements:
    async def test_are_all_named_at_once(self, session: AsyncSession, access: Access) -> None:
        offer = make_stage(
            "Offer",
            required_fields=["company_id", "expected_close_date"],
            requirements={
                "and": [
                    {"field": "amount", "op": "gte", "value": "20000"},
                    {"field": "line_items.product_id", "op": "is_null", "value": False},
                ]
            },
        )
        pipeline = make_pipeline(make_stage("New"), offer)
        session.add(pipeline)
        await session.flush()
        deal = await stored(session, make_deal(pipeline.stages[0]))

        with pytest.raises(RequirementsUnmetError) as refused:
            await use_cases.move_deal(session, access, deal.id, MoveOrder(offer.id), expected=1)

        assert [error.pointer for error in refused.value.errors] == [
            "/company_id",
            "/expected_close_date",
            "/amount",
        ]

    async def test_of_a_changed_pipeline_hold_for_the_next_move(
        self, session: AsyncSession, sessions: Sessions, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        proposal = stage_called(pipeline, "Proposal")
        await queries.get_deal(session, access, deal.id)  # the process knows the pipeline now
        session.expunge_all()
        async with sessions.begin() as elsewhere:
            await pipelines.update_stage(
                elsewhere, proposal.id, {"required_fields": ["company_id"]}, expected=None
            )

        with pytest.raises(RequirementsUnmetError):
            await use_cases.move_deal(session, access, deal.id, MoveOrder(proposal.id), expected=1)

    async def test_ask_for_a_reason_once_there_are_reasons(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        reason = make_reason("Too expensive")
        session.add(reason)
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        lost = stage_called(pipeline, "Lost").id

        with pytest.raises(RequirementsUnmetError) as refused:
            await use_cases.move_deal(session, access, deal.id, MoveOrder(lost), expected=1)
        order = MoveOrder(lost, reason_id=reason.id, reason_note="asked for half the price")
        closed = await use_cases.move_deal(session, access, deal.id, order, expected=1)

        assert [error.pointer for error in refused.value.errors] == ["/reason_id"]
        assert closed.reason_label == "Too expensive"
        [envelope] = await recorded(session, DealStageChanged)
        assert envelope.data.deal.reason_label == "Too expensive"
        assert "half the price" not in envelope.model_dump_json()

    async def test_refuse_a_reason_for_the_other_outcome(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        reason = make_reason("Best price", "won")
        session.add(reason)
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))

        with pytest.raises(UnknownReasonError):
            await use_cases.move_deal(
                session,
                access,
                deal.id,
                MoveOrder(stage_called(pipeline, "Lost").id, reason_id=reason.id),
                expected=1,
            )


class TestOccurredAt:
    async def test_is_taken_from_an_integration(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        began_at = utc_now() - timedelta(days=30)
        deal = await stored(session, make_deal(stage_called(pipeline, "New"), at=began_at))
        integration = Access(Actor(new_id(), Role.INTEGRATION, kind="api_key"), Scope.ALL)
        closed_at = began_at + timedelta(days=10)
        order = MoveOrder(stage_called(pipeline, "Won").id, occurred_at=closed_at)

        moved = await use_cases.move_deal(session, integration, deal.id, order, expected=1)

        assert moved.won_at == closed_at
        [envelope] = await recorded(session, DealStageChanged)
        assert envelope.time == closed_at
        assert envelope.recordedtime > closed_at

    async def test_is_never_before_the_last_change_nor_in_the_future(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        won = stage_called(pipeline, "Won").id
        for moment in (utc_now() - timedelta(days=1), utc_now() + timedelta(minutes=1)):
            with pytest.raises(OccurredAtError):
                await use_cases.move_deal(
                    session, access, deal.id, MoveOrder(won, occurred_at=moment), expected=1
                )

    async def test_is_not_for_sellers(self, session: AsyncSession, pipeline: Pipeline) -> None:
        seller = Actor(new_id(), Role.SELLER)
        deal = await stored(session, make_deal(stage_called(pipeline, "New"), owner_id=seller.id))
        order = MoveOrder(stage_called(pipeline, "Won").id, occurred_at=utc_now())

        with pytest.raises(MayNotDateError):
            await use_cases.move_deal(
                session, Access(seller, Scope.OWN), deal.id, order, expected=1
            )


class TestFiftyMovers:
    async def test_leave_one_winner_for_each_revision(
        self, session: AsyncSession, sessions: Sessions, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        targets = [stage_called(pipeline, label).id for label in ("Qualified", "Proposal")]

        async def mover(number: int) -> bool:
            async with sessions() as own:
                order = MoveOrder(targets[number % 2])
                try:
                    moved = await use_cases.move_deal(own, access, deal.id, order, expected=1)
                except ChangedMeanwhileError:
                    return False
                await own.commit()
                return moved.revision == 2

        won = await asyncio.gather(*(mover(number) for number in range(50)))

        assert won.count(True) == 1
        assert [one.revision for one in await recorded(session, DealStageChanged)] == [2]

    async def test_who_read_again_get_through_with_dense_revisions(
        self, session: AsyncSession, sessions: Sessions, access: Access, pipeline: Pipeline
    ) -> None:
        deal = await stored(session, make_deal(stage_called(pipeline, "New")))
        targets = [stage_called(pipeline, label).id for label in ("Qualified", "Proposal")]

        async def mover(number: int) -> None:
            for _attempt in range(200):
                async with sessions() as own:
                    seen = await queries.get_deal(own, access, deal.id)
                    revision = seen.revision
                    target = targets[0] if seen.stage_id == targets[1] else targets[1]
                    own.expunge(seen)
                    try:
                        await use_cases.move_deal(
                            own, access, deal.id, MoveOrder(target), expected=revision
                        )
                    except ChangedMeanwhileError:
                        continue
                    await own.commit()
                    return
            raise AssertionError(f"mover {number} never got through")

        await asyncio.gather(*(mover(number) for number in range(50)))

        revisions = [one.revision for one in await recorded(session, DealStageChanged)]
        assert revisions == list(range(2, 52))
        moves = await queries.list_moves(session, deal.id)
        assert [move.revision for move in moves] == revisions


async def test_money_stays_exact(session: AsyncSession, access: Access, pipeline: Pipeline) -> None:
    deal = await stored(
        session,
        make_deal(stage_called(pipeline, "New"), amount=Decimal("999999999999999.9999")),
    )
    order = MoveOrder(stage_called(pipeline, "Won").id)

    await use_cases.move_deal(session, access, deal.id, order, expected=1)

    [envelope] = await recorded(session, DealStageChanged)
    assert envelope.data.deal.amount == Decimal("999999999999999.9999")
    assert '"amount":"999999999999999.9999"' in envelope.model_dump_json()
