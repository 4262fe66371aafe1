"""S4: questions to other services: an answer larger than a message comes in pieces."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_shared.embedded.nats import NatsServer
from crm_shared.events import refs
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link
from crm_shared.events.refs import RefItem
from crm_shared.ids import new_id

CHARACTERS = 1_300_000


def noise(seed: int, length: int = CHARACTERS) -> str:
    """Return a text that packing makes little smaller; the same for the same seed."""
    return random.Random(seed).randbytes(length // 2).hex()


async def asked(nats_server: NatsServer, texts: Sequence[str]) -> str:
    """Serve one record whose text is another one at every question, and ask for it."""
    told = iter(texts)

    async def load(_session: AsyncSession, ids: Sequence[Any]) -> list[RefItem]:
        return [RefItem(id=ids[0], revision=1, data={"notes": next(told)})]

    bus = await Bus.connect(Link(nats_server.url, "tests"))
    owner = f"archive{new_id().hex}"
    try:
        await refs.serve(bus, owner, {"person": load}, async_sessionmaker())
        [item] = await refs.ask(bus, owner, "person", [new_id()])
    finally:
        await bus.close()
    notes: str = item.data["notes"]
    return notes


class TestAnswers:
    @pytest.mark.parametrize("length", [20, 890_000, CHARACTERS])
    async def test_arrive_whole_whatever_their_size(
        self, nats_server: NatsServer, length: int
    ) -> None:
        text = noise(1, length)

        assert await asked(nats_server, [text] * 9) == text

    async def test_are_asked_for_anew_when_they_change_meanwhile(
        self, nats_server: NatsServer
    ) -> None:
        before, after = noise(1), noise(2)

        assert await asked(nats_server, [before, *[after] * 9]) == after

    async def test_are_none_when_they_never_stay_the_same(self, nats_server: NatsServer) -> None:
        with pytest.raises(BusUnavailableError, match="changes all the time"):
            await asked(nats_server, [noise(seed) for seed in range(12)])
