"""With only NATS reachable between services, the three reactions of a move still come."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from apart import Apart, Networks, StreetBroker, why_not
from oracle import check_world, reacted
from plant import SERVICES, until
from story import Story

from crm_shared.embedded.postgres import Postgres
from crm_shared.ids import new_id

REFUSED = why_not()
pytestmark = pytest.mark.skipif(REFUSED is not None, reason=str(REFUSED))


@pytest_asyncio.fixture(scope="module")
async def apart(scratch: Path) -> AsyncIterator[Apart]:
    folder = scratch / f"apart-{new_id().hex[-8:]}"
    folder.mkdir()
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(Postgres.start(folder / name, fsync=False))
            for name in SERVICES
        }
        networks = stack.enter_context(Networks.laid())
        broker = StreetBroker(networks, folder / "nats")
        stack.callback(broker.stop)
        plant = Apart(networks, broker, servers, folder)
        try:
            await plant.start(**servers)
            yield plant
        finally:
            await plant.stop()


async def test_nobody_reaches_anything_of_another_service(apart: Apart) -> None:
    for name in SERVICES:
        street = apart.networks.street_seen_from(name)
        assert await apart.reaches(name, f"{street}:{apart.broker.port}"), "NATS"
        assert await apart.reaches(name, apart.socket_of(name)), "its own PostgreSQL"
        assert await apart.reaches(name, f"127.0.0.1:{apart.sites[name].ports[0]}"), "itself"
        for other in SERVICES:
            if other == name:
                continue
            port = apart.sites[other].ports[0]
            for host in ("127.0.0.1", street, apart.networks.house(other)):
                assert not await apart.reaches(name, f"{host}:{port}"), f"{name} → {other}"
            assert not await apart.reaches(name, apart.socket_of(other)), f"{name} → {other}'s data"


async def test_the_three_reactions_of_a_move_still_come(apart: Apart) -> None:
    story = Story(apart)
    await story.prepare()

    moved = await story.move(await story.new_deal(), "Proposal")

    await until(lambda: reacted(apart, moved), within_s=30, what="reacted to by all three")
    await check_world(apart, {})
    seen = await story.reactions(moved)
    assert [task["title"] for task in seen.tasks] == ["Call the client"]
    assert [message["status"] for message in seen.messages] == ["sent"]
    assert seen.facts == 2


def test_no_setting_of_a_service_names_anothers_address(apart: Apart) -> None:
    for name, site in apart.sites.items():
        others = [port for other, it in apart.sites.items() if other != name for port in it.ports]
        assert not [port for port in others if f":{port}" in site.environment]
