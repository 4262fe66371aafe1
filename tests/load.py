"""People at work: deals moved to and fro, every answer remembered."""

import asyncio
from itertools import count
from typing import Any, Self
from uuid import UUID

import httpx
from plant import Plant
from story import Story

from crm_shared import clock

AWAY = (httpx.TransportError, httpx.TimeoutException)


class Load:
    """Some clients moving their own deals until told to stop; knows what was answered with 200."""

    def __init__(self, plant: Plant, story: Story, *, clients: int = 4) -> None:
        self._plant = plant
        self._story = story
        self._clients = clients
        self.moved: dict[UUID, int] = {}
        self.refused = 0
        self.slowest_s = 0.0
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        deals = [await self._story.new_deal() for _ in range(self._clients)]
        for number, deal in enumerate(deals):
            self.moved[UUID(deal["id"])] = 0
            self._tasks.append(asyncio.create_task(self._work(number, deal)))
        return self

    async def __aexit__(self, *_failure: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def moves(self, number: int, *, within_s: float = 90.0) -> None:
        """Wait until so many more moves were answered."""
        goal = self.total + number
        async with asyncio.timeout(within_s):
            while self.total < goal:
                for task in self._tasks:
                    if task.done():
                        task.result()  # a client that stumbled tells why
                await self.breathe()

    @property
    def total(self) -> int:
        """How many moves were answered with 200 so far."""
        return sum(self.moved.values())

    async def breathe(self, seconds: float = 0.05) -> None:
        """Let the others work for a moment."""
        await clock.pause(asyncio.Event(), seconds)

    async def _work(self, number: int, deal: dict[str, Any]) -> None:
        there, back = self._story.stages["Proposal"], self._story.stages["New"]
        replicas = len(self._plant.sites["deals"].ports)
        for turn in count():
            if self._stop.is_set():
                return
            async with self._plant.client("deals", (number + turn) % replicas) as client:
                place = back if deal["stage_id"] == str(there) else there
                deal = await self._one(client, deal, place)

    async def _one(
        self, client: httpx.AsyncClient, deal: dict[str, Any], place: UUID
    ) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await client.put(
                f"/v1/deals/{deal['id']}/stage",
                json={"stage_id": str(place)},
                headers={"If-Match": f'"{deal["revision"]}"'},
            )
        except AWAY:
            return await self._again(client, deal)
        if answer.status_code != 200:
            assert answer.status_code in (412, 503), answer.text
            return await self._again(client, deal)
        self.slowest_s = max(self.slowest_s, loop.time() - began)
        moved: dict[str, Any] = answer.json()
        self.moved[UUID(deal["id"])] += moved["revision"] > deal["revision"]
        return moved

    async def _again(self, client: httpx.AsyncClient, deal: dict[str, Any]) -> dict[str, Any]:
        """No answer says nothing about the change: read the deal and go on from there."""
        self.refused += 1
        await self.breathe()
        try:
            answer = await client.get(f"/v1/deals/{deal['id']}")
        except AWAY:
            return deal
        read: dict[str, Any] = answer.json() if answer.status_code == 200 else deal
        return read
