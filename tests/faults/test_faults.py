"""The starred rows of the fault matrix, on real processes with two replicas of each (X18).

The bounds are those of the matrix; `Pace` says what becomes of them on a machine that is shared.
Every figure is printed.
"""

import asyncio
import random
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from load import Load, Visitors
from oracle import (
    check_world,
    drop_letters,
    forget_places,
    letters_sent,
    reacted,
    slowest_publishing,
)
from pace import PATIENCE, STRICT, Pace
from plant import API, SERVICES, WORKER, Plant, until
from story import Story

from crm_shared.clock import utc_now
from crm_shared.embedded.postgres import Postgres
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.ids import new_id
from crm_shared.program import parts_of
from crm_shared.testing.servers import Broker, Databases

BACK_WITHIN_S = 3.0
REACTED_WITHIN_S = 10.0  # what a dead process held comes again after ack_wait, 5 s
FOLLOWED_WITHIN_S = 1.0
DEPOSED_WITHIN_S = 5.0
FLOWING_WITHIN_S = 5.0
NEIGHBOURS_WITHIN_S = 1.0
REPUBLISHED = "crm_relay_reconcile_republished_total"
STAGE_CHANGED = "crm.deals.deal.stage_changed.v1"


@pytest.fixture(scope="module")
def ground(scratch: Path) -> Path:
    folder = scratch / f"faults-{new_id().hex}"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def broker(ground: Path) -> Iterator[Broker]:
    server = Broker(ground / "nats")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def other_postgres(ground: Path) -> Iterator[Postgres]:
    # safe, unlike the others: what this one answered must outlive its death
    server = Postgres.start(ground / "postgres-deals")
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="module")
async def plant(
    databases: Databases, broker: Broker, ground: Path, other_postgres: Postgres
) -> AsyncIterator[Plant]:
    running = Plant(databases, broker, ground, replicas=2)
    await running.start(deals=other_postgres)
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module")
async def story(plant: Plant) -> Story:
    story = Story(plant)
    await story.prepare()
    return story


class TestX1Killed:
    async def test_each_role_of_each_service_is_back_in_three_seconds_and_loses_nothing(
        self, plant: Plant, story: Story
    ) -> None:
        victims = [(name, role) for name in SERVICES for role in (API, WORKER)]
        random.Random(1).shuffle(victims)
        if not STRICT:  # one process of each service; all of them take minutes
            victims = list({name: (name, role) for name, role in victims}.values())
        async with Load(plant, story, creating=True) as load:
            for name, role in victims:
                await load.moves(10)
                await self.kill_and_see_back(plant, story, name, role, load)

        await check_world(plant, load.moved)
        titles = await plant.sql("deals", "SELECT id, title FROM deals")
        begun = [
            (row["title"], row["id"]) for row in titles if row["title"] in map(str, load.begun)
        ]
        assert sorted(begun) == sorted((str(key), made) for key, made in load.begun.items())
        assert len(begun) > len(victims)

    async def kill_and_see_back(
        self, plant: Plant, story: Story, name: str, role: str, load: Load
    ) -> None:
        pace = await Pace.measured()
        deal = await story.move(await story.new_deal(), "Proposal")

        async def back() -> bool:
            await plant.back(name, 1, role)
            return True

        async def done() -> bool:
            return await reacted(plant, deal)

        plant.kill(name, 1, role)
        plant.launch(name, 1, role)
        took = await load.while_waiting(back)
        reactions = took + await load.while_waiting(done)
        pace = await Pace.measured(pace)
        print(  # noqa: T201
            f"X1: {name} {role} back after {took:.2f} s (modules load in {pace.loading_s:.2f} s); "
            f"the move before it had its reactions after {reactions:.2f} s"
        )
        assert took < pace.bound(BACK_WITHIN_S)
        assert reactions < pace.bound(REACTED_WITHIN_S)


class TestX3TheRelaysLeader:
    async def test_killed_is_followed_within_a_second(self, plant: Plant, story: Story) -> None:
        pace = await Pace.measured()
        await self.lead_from_the_second_replica(plant)
        async with Load(plant, story, clients=2) as load:
            await load.moves(20)
            since = utc_now()
            plant.kill("deals", 1, WORKER)
            await load.moves(20)
            plant.launch("deals", 1, WORKER)

        await check_world(plant, load.moved)
        slowest = await slowest_publishing(plant, "deals", since)
        print(f"X3: leader killed; the longest wait {slowest:.2f} s")  # noqa: T201
        assert slowest < (await Pace.measured(pace)).bound(FOLLOWED_WITHIN_S)
        await plant.ready("deals")

    async def test_frozen_is_deposed_in_five_seconds_and_marks_nothing_when_it_wakes(
        self, plant: Plant, story: Story
    ) -> None:
        pace = await Pace.measured()
        await self.lead_from_the_second_replica(plant)
        async with Load(plant, story, clients=2) as load:
            await load.moves(5)
            since = utc_now()
            plant.kill("deals", 1, WORKER, number=signal.SIGSTOP)
            await load.breathe(8)
            plant.kill("deals", 1, WORKER, number=signal.SIGCONT)
            await load.moves(20)

        await check_world(plant, load.moved)
        slowest = await slowest_publishing(plant, "deals", since)
        print(f"X3: leader frozen; the longest wait {slowest:.2f} s")  # noqa: T201
        assert slowest < (await Pace.measured(pace)).bound(DEPOSED_WITHIN_S)
        assert await plant.leaders("deals") == [(0, "all")]

    async def lead_from_the_second_replica(self, plant: Plant) -> None:
        """Its worker is a process of its own: harming it harms no call."""
        await plant.ready("deals")
        await until(lambda: plant.leaders("deals"), within_s=20, what="led")
        if await plant.leaders("deals") != [(1, WORKER)]:
            plant.kill("deals", 0)
            await until(lambda: plant.leaders("deals"), within_s=20, what="led")
            plant.launch("deals", 0)
            await plant.ready("deals")
        assert await plant.leaders("deals") == [(1, WORKER)]


class TestX4TheBrokerIsAway:
    async def test_for_ten_seconds_and_no_call_notices(self, plant: Plant, story: Story) -> None:
        loop, pace = asyncio.get_running_loop(), await Pace.measured()
        async with Load(plant, story) as load:
            before = loop.time()
            await load.breathe(6)
            plant.broker.stop()
            away = loop.time()
            await load.breathe(10)
            for replica in range(2):
                async with plant.client("deals", replica) as client:
                    assert (await client.get("/health/ready")).status_code == 200
            plant.broker.start_again()
            back, at = loop.time(), utc_now()
            backlog = await self.unpublished(plant, at)
            flowing = await load.while_waiting(lambda: self.nothing_waits_since(plant, at))
            await load.breathe(6)
            after = loop.time()

        usual = max(load.slow(before, away), load.slow(back + flowing, after))
        during = load.slow(away, back)
        print(  # noqa: T201
            f"X4: p99 {1000 * during:.0f} ms without the broker, {1000 * usual:.0f} ms with it; "
            f"backlog of {backlog} gone {flowing:.2f} s after its return"
        )
        assert load.refused == 0
        assert backlog > 20
        assert during < 2 * PATIENCE * usual
        assert flowing < (await Pace.measured(pace)).bound(FLOWING_WITHIN_S)
        await check_world(plant, load.moved)

    async def unpublished(self, plant: Plant, until_at: datetime) -> int:
        rows = await plant.sql(
            "deals",
            "SELECT count(*) AS n FROM outbox WHERE published_at IS NULL AND recorded_at < $1",
            until_at,
        )
        return int(rows[0]["n"])

    async def nothing_waits_since(self, plant: Plant, at: datetime) -> bool:
        """Tell whether what was recorded before has been published and has had its effects."""
        if await self.unpublished(plant, at):
            return False
        told = await plant.sql(
            "deals",
            "SELECT aggregate_id AS id, revision FROM outbox "
            "WHERE type = 'crm.deals.deal.stage_changed.v1' AND recorded_at < $1 "
            "ORDER BY outbox.id DESC LIMIT 50",
            at,
        )
        seen = [
            await reacted(plant, {"id": str(row["id"]), "revision": row["revision"]})
            for row in told
        ]
        return all(seen)


class TestX6TheBrokerForgets:
    async def test_when_it_goes_back_in_time(
        self, plant: Plant, story: Story, ground: Path
    ) -> None:
        store, copy = plant.broker.data_dir / "jetstream", ground / "copy"
        raised = await self.alerts(plant)
        async with Load(plant, story) as load:
            await load.moves(10)
            plant.broker.freeze()
            shutil.copytree(store, copy)
            plant.broker.thaw()
            await load.moves(30)
            plant.broker.kill()
            shutil.rmtree(store)
            shutil.copytree(copy, store)
            plant.broker.start_again()
            await load.moves(10)

        await check_world(plant, load.moved)
        assert await self.alerts(plant) > raised

    async def test_when_it_is_wiped(self, plant: Plant, story: Story) -> None:
        raised = await self.alerts(plant)
        async with Load(plant, story) as load:
            await load.moves(10)
            plant.broker.kill()
            shutil.rmtree(plant.broker.data_dir / "jetstream")
            plant.broker.start_again()
            await load.moves(10)

        await check_world(plant, load.moved)
        assert await self.alerts(plant) > raised

    async def test_when_a_stream_is_deleted(self, plant: Plant, story: Story) -> None:
        raised = await self.alerts(plant)
        async with Load(plant, story) as load:
            await load.moves(10)
            bus = await Bus.connect(Link(plant.broker.url, "meddler"))
            await bus.delete_stream("CRM_DEALS")
            await bus.close()
            await load.moves(10)

        await check_world(plant, load.moved)
        assert await self.alerts(plant) > raised

    async def test_when_every_consumer_is_deleted(self, plant: Plant, story: Story) -> None:
        async with Load(plant, story) as load:
            await load.moves(10)
            await forget_places(plant)
            await load.moves(10)

        await check_world(plant, load.moved)

    async def alerts(self, plant: Plant) -> float:
        return sum((await plant.measured("deals", REPUBLISHED)).values())


class TestX8TheDatabaseOfDealsDies:
    async def test_for_five_seconds(
        self, plant: Plant, story: Story, other_postgres: Postgres, ground: Path
    ) -> None:
        async with Load(plant, story) as load:
            await load.moves(10)
            before = await self.redeliveries(plant)
            other_postgres.kill_immediate()
            try:
                await self.says_so_and_nobody_else_minds(plant, next(iter(load.moved)))
                teams = [await self.new_team(story) for _ in range(10)]
                await load.breathe(5)
            finally:
                again = Postgres.start(ground / "postgres-deals")
                other_postgres._process = again._process
                other_postgres._lock = again._lock
            await load.moves(10)

        await check_world(plant, load.moved)
        told = "SELECT id FROM known_teams WHERE id = ANY($1::uuid[])"
        assert len(await plant.sql("deals", told, teams)) == len(teams)
        redelivered = await self.redeliveries(plant) - before
        deliveries = len(teams) * self.readers_of("crm.contacts.team.created.v1")
        print(f"X8: {redelivered:.0f} redeliveries beside {deliveries} deliveries")  # noqa: T201
        assert redelivered <= 2 * deliveries

    async def says_so_and_nobody_else_minds(self, plant: Plant, deal: UUID) -> None:
        for replica in range(2):
            async with plant.client("deals", replica) as client:
                answer = await client.get(f"/v1/deals/{deal}")
                assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        for name, path in (
            ("contacts", "/v1/tasks"),
            ("notifications", "/v1/messages"),
            ("reporting", "/v1/metrics"),
        ):
            async with plant.client(name) as client:
                assert (await client.get(path)).status_code == 200

    async def new_team(self, story: Story) -> UUID:
        return UUID((await story.make(story.contacts, "/v1/teams", name=f"Team {new_id()}"))["id"])

    def readers_of(self, kind: str) -> int:
        subjects = [one.subject for one in parts_of("crm_deals").subscriptions]
        return sum(kind == one or kind.startswith(one.rstrip(">")) for one in subjects)

    async def redeliveries(self, plant: Plant) -> float:
        return sum((await plant.measured("deals", "crm_redeliveries_total")).values())


class TestX11Poison:
    async def test_ends_in_dead_letters_and_its_neighbours_do_not_wait(
        self, plant: Plant, story: Story
    ) -> None:
        pace, usual = await Pace.measured(), await self.seconds_to_react(plant, story)
        publisher = await Publisher.connect(Link(plant.broker.url, "meddler"))
        kept = await plant.sql(
            "deals", "SELECT envelope FROM outbox WHERE type = $1 LIMIT 1", STAGE_CHANGED
        )
        no_deal = str(kept[0]["envelope"]).replace('"deal":', '"no_deal":')
        for payload in ("{not json", "{}", no_deal.replace('"id":"', '"id":"f', 1), no_deal):
            await publisher.publish("deals", [(STAGE_CHANGED, str(new_id()), payload)])
        took = await self.seconds_to_react(plant, story)
        await publisher.close()
        print(f"X11: neighbours of poison waited {took:.2f} s, usual {usual:.2f} s")  # noqa: T201

        assert took - usual < (await Pace.measured(pace)).bound(NEIGHBOURS_WITHIN_S)
        await plant.quiet()
        for name in SERVICES:  # deals hears itself too: its rules
            assert await drop_letters(plant, name) >= 3
        await check_world(plant, {})

    async def seconds_to_react(self, plant: Plant, story: Story) -> float:
        deal = await story.new_deal()
        await plant.quiet()
        loop = asyncio.get_running_loop()
        began = loop.time()
        moved = await story.move(deal, "Proposal")
        await until(lambda: reacted(plant, moved), within_s=30, what="reacted")
        return loop.time() - began


class TestX12Duplicates:
    async def test_of_every_kind_change_nothing_and_send_nothing(
        self, plant: Plant, story: Story
    ) -> None:
        deal = await story.move(await story.new_deal(), "Proposal")
        await check_world(plant, {UUID(deal["id"]): 1})
        before = await letters_sent(plant), await story.reactions(deal)
        publisher = await Publisher.connect(Link(plant.broker.url, "meddler"))
        rows = await plant.sql(
            "deals", "SELECT type, event_id, envelope FROM outbox ORDER BY id DESC LIMIT 20"
        )
        events = [(row["type"], str(row["event_id"]), row["envelope"]) for row in rows]
        for _again in range(5):
            await publisher.publish("deals", events)
            # beyond the broker's window: it takes them for new
            others = [(kind, str(new_id()), payload) for kind, _id, payload in events]
            await publisher.publish("deals", others)
        await publisher.close()
        await forget_places(plant)  # and the whole stream again
        await plant.quiet()

        await check_world(plant, {UUID(deal["id"]): 1})
        assert (await letters_sent(plant), await story.reactions(deal)) == before


class TestX17OneDeal:
    async def test_fifty_people_move_it_and_one_wins(self, plant: Plant, story: Story) -> None:
        deal = await story.new_deal()
        url = f"/v1/deals/{deal['id']}/stage"
        body = {"stage_id": str(story.stages["Proposal"])}

        async def race(number: int) -> int:
            async with plant.client("deals", number % 2) as client:
                answer = await client.put(url, json=body, headers={"If-Match": '"1"'})
                return answer.status_code

        codes = await asyncio.gather(*(race(number) for number in range(50)))

        assert sorted(codes) == [200] + [412] * 49
        await check_world(plant, {UUID(deal["id"]): 1})
        rows = await plant.sql(
            "deals",
            "SELECT revision FROM outbox WHERE aggregate_id = $1 ORDER BY revision",
            UUID(deal["id"]),
        )
        assert [row["revision"] for row in rows] == [1, 2]


class TestX18TwoReplicas:
    async def test_have_one_leader_of_each_relay(self, plant: Plant) -> None:
        for name in SERVICES:
            await plant.ready(name)

            async def is_led(name: str = name) -> bool:
                return bool(await plant.leaders(name))

            await until(is_led, within_s=20, what=f"{name} led")
            assert len(await plant.leaders(name)) == 1

    async def test_do_timed_work_once(self, plant: Plant, story: Story) -> None:
        leads = [
            await story.make(story.contacts, "/v1/leads", last_name=f"Lead {number}")
            for number in range(30)
        ]
        ids = [UUID(lead["id"]) for lead in leads]
        late = "UPDATE leads SET respond_by = now() - interval '1 hour' WHERE id = ANY($1)"
        await plant.sql("contacts", late, ids)

        async def told() -> bool:
            return len(await self.alarms(plant, ids)) >= len(ids)

        await until(told, within_s=60, what="warned of the overdue leads")
        await plant.quiet()
        assert sorted(await self.alarms(plant, ids)) == sorted(ids)

    async def alarms(self, plant: Plant, ids: list[UUID]) -> list[UUID]:
        rows = await plant.sql(
            "contacts",
            "SELECT aggregate_id FROM outbox WHERE type = 'crm.contacts.lead.overdue.v1' "
            "AND aggregate_id = ANY($1)",
            ids,
        )
        return [row["aggregate_id"] for row in rows]


class TestX20RollingRestart:
    async def test_under_load_refuses_nobody_who_asks_twice(
        self, plant: Plant, story: Story
    ) -> None:
        processes = list(plant.sites["deals"].processes)
        async with Visitors(plant, story) as visitors:
            for one in processes:
                await plant.restart("deals", *one)
                await visitors.more(5)

        assert visitors.sent_away == []
        async with Visitors(plant, story) as visitors:
            await asyncio.gather(*(plant.restart("deals", *one) for one in processes))
        assert visitors.sent_away, "it is that one is back before the next goes"
        await check_world(plant, {})


async def test_contacts_is_down_and_the_others_restart_and_accept_issued_tokens(
    plant: Plant, story: Story
) -> None:
    for replica in range(2):
        plant.kill("contacts", replica)
    try:
        for name in ("deals", "notifications", "reporting"):
            plant.kill(name)
            plant.launch(name)
            await plant.ready(name)
        for name, path in (
            ("deals", "/v1/deals"),
            ("notifications", "/v1/messages"),
            ("reporting", "/v1/metrics"),
        ):
            async with plant.client(name) as client:
                assert (await client.get(path)).status_code == 200
    finally:
        for replica in range(2):
            plant.launch("contacts", replica)
    await plant.ready("contacts")
