"""The starred rows of the fault matrix, on real processes with two replicas of each (X18)."""

import asyncio
import random
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from load import Load
from plant import SERVICES, Plant, check_world
from story import Story

from crm_shared.embedded.postgres import Postgres
from crm_shared.ids import new_id
from crm_shared.testing.servers import Broker, Databases


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


async def test_x1_killed_at_random_under_load(plant: Plant, story: Story) -> None:
    dice = random.Random(1)
    async with Load(plant, story) as load:
        for _kill in range(6):
            await load.moves(10)
            name, replica = dice.choice(SERVICES), dice.randrange(2)
            plant.kill(name, replica)
            await load.moves(5)
            plant.launch(name, replica)
    for name in SERVICES:
        assert await plant.ready(name) < 20

    await check_world(plant, load.moved)


async def test_x3_the_frozen_leader_of_a_relay_is_followed(plant: Plant, story: Story) -> None:
    async with Load(plant, story, clients=2) as load:
        await load.moves(5)
        plant.kill("deals", 0, number=signal.SIGSTOP)
        await load.breathe(8)
        plant.kill("deals", 0, number=signal.SIGCONT)
        await load.moves(5)

    await check_world(plant, load.moved)


async def test_x4_the_broker_stops_for_ten_seconds(plant: Plant, story: Story) -> None:
    async with Load(plant, story) as load:
        await load.moves(10)
        plant.broker.stop()
        before = load.total
        await load.breathe(10)
        assert load.total > before + 20, "the API stays up without the broker"
        assert load.refused == 0
        async with plant.client("deals") as client:
            assert (await client.get("/health/ready")).status_code == 200
        plant.broker.start_again()
        await load.moves(5)

    assert await plant.quiet(within_s=30) < 30
    await check_world(plant, load.moved)


async def test_x6_the_broker_goes_back_in_time(plant: Plant, story: Story, ground: Path) -> None:
    store, copy = plant.broker.data_dir / "jetstream", ground / "copy"
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


async def test_x8_the_database_of_deals_dies_for_five_seconds(
    plant: Plant, story: Story, other_postgres: Postgres, ground: Path
) -> None:
    async with Load(plant, story) as load:
        await load.moves(10)
        other_postgres.kill_immediate()
        async with plant.client("deals") as client:
            deal = next(iter(load.moved))
            answer = await client.get(f"/v1/deals/{deal}")
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        async with plant.client("contacts") as client:
            assert (await client.get("/v1/tasks")).status_code == 200
        await load.breathe(5)
        again = Postgres.start(ground / "postgres-deals")
        try:
            await load.moves(10)
            await load.__aexit__()
            await check_world(plant, load.moved)
        finally:
            other_postgres._process = again._process
            other_postgres._lock = again._lock


async def test_x17_fifty_people_move_one_deal(plant: Plant, story: Story) -> None:
    deal = await story.new_deal()
    url = f"/v1/deals/{deal['id']}/stage"
    body = {"stage_id": str(story.stages["Proposal"])}

    async def race(number: int) -> int:
        async with plant.client("deals", number % 2) as client:
            answer = await client.put(url, json=body, headers={"If-Match": '"1"'})
            return answer.status_code

    codes = await asyncio.gather(*(race(number) for number in range(50)))

    assert sorted(codes) == [200] + [412] * 49
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


def test_services_know_nothing_of_each_other_but_the_broker(plant: Plant) -> None:
    """No setting of a service names another's address: with the broker alone they react."""
    for name, site in plant.sites.items():
        others = [port for other, it in plant.sites.items() if other != name for port in it.ports]
        told = site.environment
        assert not [port for port in others if f":{port}" in told]
