"""D7, K21: the board shows a pipeline in one call, and deals have a place in their column."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.deals.rules import rank_beside, rank_between, rank_of, ranks_between
from crm_deals.events import DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

RANKS = st.decimals(-(10**9), 10**9, places=6)


async def stored(session: AsyncSession, *deals: Deal) -> list[Deal]:
    session.add_all(deals)
    await session.commit()
    return list(deals)


async def board(client: httpx.AsyncClient, pipeline: Pipeline, **params: Any) -> dict[str, Any]:
    answer = await client.get("/v1/deals/board", params={"pipeline_id": str(pipeline.id), **params})
    assert answer.status_code == 200, answer.text
    return {column["label"]: column for column in answer.json()["columns"]}


class TestD7Board:
    async def test_counts_and_adds_up_every_column_by_currency(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        new = stage_called(pipeline, "New")
        await stored(
            session,
            make_deal(new, amount=Decimal("0.10")),
            make_deal(new, amount=Decimal("0.20")),
            make_deal(new, amount=None),
            make_deal(new, amount=Decimal(5), currency="EUR"),
            make_deal(stage_called(pipeline, "Won"), amount=None),
            make_deal(new, deleted_at=utc_now()),
        )

        columns = await board(client, pipeline)

        assert list(columns) == ["New", "Qualified", "Proposal", "Won", "Lost"]
        assert columns["New"]["count"] == 4
        assert columns["New"]["sums"] == [
            {"currency": "EUR", "count": 1, "amount": "5.00", "missing_amounts": 0},
            {"currency": "UAH", "count": 3, "amount": "0.30", "missing_amounts": 1},
        ]
        assert columns["Won"]["sums"][0]["amount"] is None
        assert columns["Lost"]["sums"] == columns["Lost"]["cards"] == []

    async def test_shows_the_first_cards_of_each_column_highest_rank_first(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        new = stage_called(pipeline, "New")
        deals = await stored(session, *(make_deal(new, rank=Decimal(n)) for n in (2, 3, 1)))

        columns = await board(client, pipeline, cards=2)

        assert [card["id"] for card in columns["New"]["cards"]] == [
            str(deals[1].id),
            str(deals[0].id),
        ]
        assert columns["New"]["cards"][0]["probability"] == 10
        assert columns["New"]["count"] == 3

    async def test_has_the_filters_of_the_list(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        owner, new = new_id(), stage_called(pipeline, "New")
        await stored(session, make_deal(new, owner_id=owner), make_deal(new))

        columns = await board(client, pipeline, owner_id=str(owner))

        assert columns["New"]["count"] == len(columns["New"]["cards"]) == 1

    async def test_shows_nobody_more_than_the_list_does(
        self, client_as: ClientAs, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        seller, team, new = new_id(), new_id(), stage_called(pipeline, "New")
        await stored(
            session,
            make_deal(new, owner_id=seller, team_id=team),
            make_deal(new, owner_id=new_id(), team_id=team),
            make_deal(new, owner_id=new_id(), team_id=new_id()),
        )

        counts = [
            (await board(client_as("seller", user_id=seller), pipeline))["New"]["count"],
            (await board(client_as("head", team_ids=(team,)), pipeline))["New"]["count"],
            (await board(client_as("viewer"), pipeline))["New"]["count"],
        ]

        assert counts == [1, 2, 3]

    @pytest.mark.parametrize(
        ("params", "status"),
        [
            ({}, 422),
            ({"pipeline_id": "no"}, 422),
            ({"pipeline_id": str(new_id())}, 404),
            ({"pipeline_id": str(new_id()), "cards": 101}, 422),
            ({"pipeline_id": str(new_id()), "nickname": "zqcanary"}, 422),
        ],
    )
    async def test_says_what_is_wrong(
        self, client: httpx.AsyncClient, params: dict[str, Any], status: int
    ) -> None:
        answer = await client.get("/v1/deals/board", params=params)

        assert answer.status_code == status
        assert "zqcanary" not in answer.text


class TestD7Position:
    async def test_puts_a_deal_below_another_and_says_so(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        new = stage_called(pipeline, "New")
        top, _middle, low = await stored(
            session, *(make_deal(new, rank=Decimal(n)) for n in (3, 2, 1))
        )

        answer = await client.put(
            f"/v1/deals/{low.id}/position",
            json={"after_id": str(top.id)},
            headers={"If-Match": '"1"'},
        )

        assert answer.status_code == 200, answer.text
        assert answer.json()["rank"] == "2.1"
        assert answer.headers["etag"] == '"2"'
        [envelope] = await recorded(session, DealUpdated)
        assert (envelope.data.changed, envelope.data.previous) == (["rank"], {})
        assert envelope.revision == 2
        cards = (await board(client, pipeline))["New"]["cards"]
        assert [card["rank"] for card in cards] == ["3", "2.1", "2"]

        # neither the rest of a long column nor who takes part is found by reading all deals
        for way in ("seqscan", "sort"):
            await session.execute(text(f"SET LOCAL enable_{way} = off"))
        every = "EXPLAIN SELECT id FROM deals WHERE "
        column = f"deleted_at IS NULL AND stage_id = '{new.id}' ORDER BY rank DESC, id DESC"
        parts = """contact_ids <> '[]'::jsonb AND contact_ids @> '[{"contact_id": "x"}]'"""
        plans = [" ".join(await session.scalars(text(every + one))) for one in (column, parts)]
        assert "ix_deals_board" in plans[0]
        assert "Sort" not in plans[0]
        assert "ix_deals_contact_ids" in plans[1]

    async def test_stands_right_below_one_of_equal_cards(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        new = stage_called(pipeline, "New")
        cards = await stored(session, *(make_deal(new, rank=Decimal(n)) for n in (9, 5, 5, 5, 5)))
        over, *equal = sorted(cards, key=lambda one: (one.rank, one.id), reverse=True)
        [moving] = await stored(session, make_deal(new, rank=Decimal(1)))

        url, body = f"/v1/deals/{moving.id}/position", {"after_id": str(equal[1].id)}
        put = [await client.put(url, json=body, headers={"If-Match": "*"}) for _ in range(2)]

        assert [one.status_code for one in put] == [200, 200], put[0].text
        shown = [card["id"] for card in (await board(client, pipeline))["New"]["cards"]]
        first, second, third, fourth = (str(one.id) for one in equal)
        assert shown == [str(over.id), first, second, str(moving.id), third, fourth]
        # those that made room are told of like any change, and nothing is said again
        assert len(await recorded(session, DealUpdated)) == 3

    @given(RANKS, RANKS, st.integers(1, 300))
    def test_many_at_once_are_between_and_in_order(
        self, one: Decimal, other: Decimal, count: int
    ) -> None:
        below, above = min(one, other), max(one, other) + 1
        for top in (above, None):
            ranks = ranks_between(top, below, count)
            assert ranks == sorted(set(ranks))
            assert (len(ranks), ranks[0] > below) == (count, True)
            assert top is None or ranks[-1] < top

    def test_of_deals_that_came_in_one_after_the_other_each_has_its_own(self) -> None:
        day, now = rank_of(datetime(2017, 1, 2, tzinfo=UTC)), utc_now()
        later = [rank_beside(day, now + timedelta(microseconds=n)) for n in range(3)]
        assert day < later[0] < later[1] < later[2] < day + Decimal("0.000001")

    async def test_puts_a_deal_on_top_and_says_nothing_when_it_is_there(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        new = stage_called(pipeline, "New")
        deals = await stored(session, *(make_deal(new, rank=Decimal(n)) for n in (3, 2)))
        url = f"/v1/deals/{deals[1].id}/position"

        moved = await client.put(url, json={"after_id": None}, headers={"If-Match": '"1"'})
        again = await client.put(url, json={"after_id": None}, headers={"If-Match": '"2"'})

        assert moved.json()["rank"] == "4"
        assert again.json()["revision"] == 2
        assert len(await announced(session)) == 1

    async def test_refuses_neighbours_that_are_not_in_the_column(
        self, client_as: ClientAs, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        seller, new = new_id(), stage_called(pipeline, "New")
        deal, elsewhere, hidden = await stored(
            session,
            make_deal(new, owner_id=seller),
            make_deal(stage_called(pipeline, "Won"), owner_id=seller),
            make_deal(new, owner_id=new_id()),
        )
        client = client_as("seller", user_id=seller)

        for other in (deal.id, elsewhere.id, hidden.id, new_id()):
            answer = await client.put(
                f"/v1/deals/{deal.id}/position",
                json={"after_id": str(other)},
                headers={"If-Match": "*"},
            )
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["code"] == "unknown-neighbour"
        assert await announced(session) == []

    async def test_is_guarded_like_any_change(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        [deal] = await stored(session, make_deal(stage_called(pipeline, "New")))
        url, body = f"/v1/deals/{deal.id}/position", {"after_id": None}

        statuses = [
            (await client.put(url, json=body)).status_code,
            (await client.put(url, json=body, headers={"If-Match": '"7"'})).status_code,
            (await client.put(url, json={"nickname": 1}, headers={"If-Match": "*"})).status_code,
            (await client_as("viewer").put(url, json=body, headers={"If-Match": "*"})).status_code,
            (await client_as("seller").put(url, json=body, headers={"If-Match": "*"})).status_code,
        ]

        assert statuses == [428, 412, 422, 403, 404]

    @given(RANKS, RANKS)
    def test_finds_a_rank_between_any_two(self, one: Decimal, other: Decimal) -> None:
        below, above = min(one, other), max(one, other)

        assert rank_between(None, below) > below
        assert rank_between(above, None) < above
        if below < above:
            assert below < rank_between(above, below) < above

    def test_never_runs_out_of_ranks(self) -> None:
        above, below = Decimal(2), Decimal(1)
        for _ in range(500):
            above = rank_between(above, below)

        assert below < above < 2
