"""I1, I11: the feed over HTTP: in order, once, from any position that is still kept."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.events import WatchedFieldsRead
from crm_notifications.feed import endpoints, use_cases
from crm_notifications.feed.use_cases import trim
from crm_notifications.testing import MOVED, stage_moved
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide


async def stored(session: AsyncSession, *envelopes: Envelope[AnyEvent]) -> None:
    """Let the durable of deals put these into the log."""
    [feed] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-feed"]
    await feed.handle(session, envelopes)
    await session.commit()


async def read(client: AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/events", params=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids(page: dict[str, Any]) -> list[UUID]:
    return [UUID(one["event"]["id"]) for one in page["events"]]


class TestReadEvents:
    async def test_gives_each_event_once_however_often_it_is_delivered(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        moves = [stage_moved(revision=revision) for revision in (2, 3)]

        await stored(session, *moves)
        await stored(session, *moves)

        page = await read(client)
        assert ids(page) == [one.id for one in moves]
        assert page["events"][0]["event"]["data"] == moves[0].data.as_dict()
        assert not page["more"]
        assert (await read(client, after=page["next"]))["events"] == []

    async def test_goes_on_from_any_position(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        moves = [stage_moved() for _ in range(5)]
        await stored(session, *moves)

        first = await read(client, limit=2)
        second = await read(client, after=first["next"], limit=2)
        third = await read(client, after=second["next"], limit=2)

        assert ids(first) + ids(second) + ids(third) == [one.id for one in moves]
        assert [page["more"] for page in (first, second, third)] == [True, True, False]

    async def test_chooses_by_type_and_record_and_skips_the_rest(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        move = stage_moved()
        await stored(session, move, stage_moved())

        none = await read(client, types="crm.contacts.>,crm.deals.invoice.*.v1")
        assert none["events"] == []
        assert (await read(client, after=none["next"]))["events"] == []
        assert len(ids(await read(client, types="crm.*.deal.>"))) == 2
        assert ids(await read(client, subject=str(move.subject))) == [move.id]

    @pytest.mark.parametrize(
        "pattern", ["deals", "crm.>.v1", "crm.deals.deal", "crm.deals.deal.x.v1.y", "crm.d(.*).>"]
    )
    async def test_names_a_pattern_that_fits_nothing(
        self, client: AsyncClient, pattern: str
    ) -> None:
        answer = await client.get("/v1/events", params={"types": pattern})

        assert (answer.status_code, answer.json()["code"]) == (422, "event-pattern")

    async def test_comes_with_the_next_event_when_told_to_wait(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        waiting = asyncio.create_task(read(client, wait=20))
        move = stage_moved()
        await stored(session, move)

        assert ids(await asyncio.wait_for(waiting, 10)) == [move.id]

    async def test_says_that_a_position_is_gone(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        await stored(session, *[stage_moved() for _ in range(3)])
        page = await read(client, limit=2)
        await trim(session, before=utc_now() + timedelta(hours=1), limit=2)
        await session.commit()

        gone = await client.get("/v1/events", params={"after": 0})

        assert (gone.status_code, gone.json()["code"]) == (410, "position-gone")
        assert gone.json()["oldest"] == page["next"]
        assert len((await read(client, after=page["next"]))["events"]) == 1
        assert len((await read(client))["events"]) == 1
        end = (await client.get("/v1/events/position")).json()["position"]
        assert (await read(client, after=end))["events"] == []
        ahead = await client.get("/v1/events", params={"after": end + 1})
        assert (ahead.status_code, ahead.json()["code"]) == (410, "position-ahead")
        assert ahead.json()["newest"] == end

    async def test_keeps_what_is_young_when_it_is_trimmed(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        await stored(session, stage_moved())

        assert await trim(session, before=utc_now() - timedelta(days=30), limit=10) == 0
        position = (await client.get("/v1/events/position")).json()
        assert (position["oldest"], position["position"] > 0) == (0, True)


class TestAppend:
    """I1: whoever has seen a position has seen all before it."""

    async def test_lets_one_writer_at_a_time_number_events(
        self, client: AsyncClient, sessions: Sessions
    ) -> None:
        first, second = stage_moved(), stage_moved()
        async with sessions() as slow, sessions() as quick:
            await use_cases.append(slow, [first])
            waiting = asyncio.create_task(use_cases.append(quick, [second]))
            done, _ = await asyncio.wait([waiting], timeout=0.3)
            assert not done, "its number would be seen before the smaller one"
            assert (await read(client))["events"] == []
            await slow.commit()
            await waiting
            await quick.commit()

        assert ids(await read(client)) == [first.id, second.id]


class TestScope:
    """I11: a person hears of his own records, other systems of all, some roles of nothing."""

    async def test_ends_at_ones_own_records(
        self, client_as: ClientAs, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seller, team = new_id(), new_id()
        own, teams = stage_moved(owner_id=str(seller)), stage_moved(team_id=str(team))
        await stored(session, own, teams, stage_moved())

        assert ids(await read(client_as(Role.SELLER, user_id=seller))) == [own.id]
        assert ids(await read(client_as(Role.HEAD, team_ids=(team,)))) == [teams.id]
        assert len(ids(await read(client_as(Role.INTEGRATION)))) == 3
        assert (await client_as(Role.VIEWER).get("/v1/events")).status_code == 403
        assert (await client_as(None).get("/v1/events")).status_code == 401

        first = (await read(client_as(Role.INTEGRATION), limit=1))["events"][0]["position"]
        # who may hear of little reads on over stretches in which there is nothing for him
        monkeypatch.setattr(endpoints, "AT_ONCE", 1)
        seller_of_none = client_as(Role.SELLER, user_id=new_id())
        looked = [await read(seller_of_none, after=first - 1)]
        while looked[-1]["more"]:
            looked.append(await read(seller_of_none, after=looked[-1]["next"]))
        assert [page["events"] for page in looked] == [[], [], []]
        # with patience in one request
        head = client_as(Role.HEAD, team_ids=(team,))
        assert ids(await read(head, after=first - 1, wait=1)) == [teams.id]
        of_one = await read(client_as(Role.INTEGRATION), subject=str(own.subject))
        assert (ids(of_one), of_one["more"]) == ([own.id], False)

    async def test_leaves_out_keys_and_what_the_role_may_not_see(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        key = stage_moved().model_copy(update={"type": "crm.contacts.api_key.created.v1"})
        await stored(session, stage_moved(), key)

        client = client_as(Role.INTEGRATION)
        await decide(client, session, hidden_fields={"integration": {"deal": ["amount"]}})
        [shown] = (await read(client))["events"]

        assert shown["event"]["type"] == MOVED
        assert "amount" not in shown["event"]["data"]["deal"]
        assert shown["event"]["data"]["deal"]["currency"] == "UAH"

    async def test_tells_who_was_shown_what_is_watched(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        """S3: events are one more way to read a sensitive field; what is hidden was not read."""
        move = stage_moved()
        await stored(session, move, stage_moved(amount=None))
        client = client_as(Role.INTEGRATION)
        watched = {"deal": ["amount", "currency"], "contact": ["phones"]}
        hidden = {"integration": {"deal": ["currency"]}}

        await decide(client, session, sensitive_fields=watched, hidden_fields=hidden)
        await read(client)

        [told] = await recorded(session, WatchedFieldsRead)
        assert (told.data.reading.noun, told.data.reading.fields) == ("deal", ["amount"])
        assert told.data.reading.ids == [str(move.subject)]


class TestEventDocs:
    """I11: what is published is served as AsyncAPI and as a page that loads nothing."""

    async def test_are_served_by_every_service(self, client_as: ClientAs) -> None:
        stranger = client_as(None)

        document = (await stranger.get("/asyncapi.json")).json()
        page = await stranger.get("/events")

        assert document["asyncapi"] == "3.0.0"
        assert "message_sent_v1" in document["channels"]
        assert "crm.notifications.message.sent.v1" in page.text
        assert "<script" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
