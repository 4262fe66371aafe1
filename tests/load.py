"""People at work: deals moved to and fro and begun, every answer remembered."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Self
from uuid import UUID

import httpx
from plant import Plant
from story import Story

from crm_shared import clock
from crm_shared.ids import new_id

AWAY = (httpx.TransportError, httpx.TimeoutException)
# people think: what is tested is faults, not the machine's limit
THINKING_S = 0.2
CREATED = 201


class Load:
    """Some clients moving their own deals until told to stop; knows what was answered with 200.

    `replicas` are those of deals that they turn to; `creating` adds one who begins deals, sending
    a call again under the same Idempotency-Key until it is answered.
    """

    def __init__(
        self,
        plant: Plant,
        story: Story,
        *,
        clients: int = 4,
        replicas: tuple[int, ...] = (0, 1),
        creating: bool = False,
    ) -> None:
        self._plant = plant
        self._story = story
        self._clients = clients
        self._replicas = replicas
        self._creating = creating
        self.moved: dict[UUID, int] = {}
        self.begun: dict[UUID, UUID] = {}
        self.refused = 0
        self.took: list[tuple[float, float]] = []
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        deals = [await self._story.new_deal() for _ in range(self._clients)]
        for number, deal in enumerate(deals):
            self.moved[UUID(deal["id"])] = 0
            self._tasks.append(asyncio.create_task(self._work(number, deal)))
        if self._creating:
            self._tasks.append(asyncio.create_task(self._begin()))
        return self

    async def __aexit__(self, *_failure: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def moves(self, number: int, *, within_s: float = 90.0) -> None:
        """Wait until so many more moves were answered."""
        goal = self.total + number
        async with asyncio.timeout(within_s):
            while self.total < goal:
                await self.breathe()

    async def while_waiting(self, condition: Callable[[], Awaitable[bool]]) -> float:
        """Keep on until something has come about; return how long that took."""
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(120):
            while not await condition():
                await self.breathe()
        return asyncio.get_running_loop().time() - began

    @property
    def total(self) -> int:
        """How many moves were answered with 200 so far."""
        return sum(self.moved.values())

    def slow(self, began: float, ended: float) -> float:
        """Return the 99th percentile of the moves begun between two times of the loop."""
        took = sorted(seconds for at, seconds in self.took if began <= at < ended)
        return took[min(len(took) - 1, len(took) * 99 // 100)]

    async def breathe(self, seconds: float = 0.05) -> None:
        """Let the others work for a moment; a client that stumbled tells why."""
        for task in self._tasks:
            if task.done():
                task.result()
        await clock.pause(asyncio.Event(), seconds)

    async def _work(self, number: int, deal: dict[str, Any]) -> None:
        there, back = self._story.stages["Proposal"], self._story.stages["New"]
        clients = [self._plant.client("deals", replica) for replica in self._replicas]
        for turn in count(number):
            if self._stop.is_set():
                return
            place = back if deal["stage_id"] == str(there) else there
            deal = await self._one(clients[turn % len(clients)], deal, place)
            await self.breathe(THINKING_S)

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
        self.took.append((began, loop.time() - began))
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

    async def _begin(self) -> None:
        clients = [self._plant.client("deals", replica) for replica in self._replicas]
        turn = count()
        while not self._stop.is_set():
            key = new_id()
            while key not in self.begun:
                await self._post(clients[next(turn) % len(clients)], key)
            # once more after its answer: the very same answer again
            await self._post(clients[next(turn) % len(clients)], key)
            await self.breathe(THINKING_S)

    async def _post(self, client: httpx.AsyncClient, key: UUID) -> None:
        body = {"title": str(key), "pipeline_id": str(self._story.pipeline)}
        headers = {"Idempotency-Key": str(key)}
        try:
            answer = await client.post("/v1/deals", json=body, headers=headers)
        except AWAY:
            await self.breathe()
            return
        if answer.status_code != 201:
            # the first is in flight still, as far as the database knows; or there is no database
            assert answer.status_code in (409, 503), answer.text
            await self.breathe()
            return
        made = UUID(answer.json()["id"])
        assert self.begun.setdefault(key, made) == made, "one key, two results"


class Visitors:
    """Some who begin deals and ask the other replica, once, when one does not answer."""

    def __init__(self, plant: Plant, story: Story, *, number: int = 3) -> None:
        self._clients = [plant.client("deals", replica) for replica in (0, 1)]
        self._pipeline = str(story.pipeline)
        self._number = number
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.served = 0
        self.sent_away: list[int | str] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._visit(place)) for place in range(self._number)]
        return self

    async def __aexit__(self, *_failure: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def more(self, number: int) -> None:
        """Wait until so many more calls were answered."""
        goal = self.served + number
        async with asyncio.timeout(90):
            while self.served < goal:
                await clock.pause(asyncio.Event(), 0.05)

    async def _visit(self, place: int) -> None:
        for turn in count(place):
            if self._stop.is_set():
                return
            first, second = self._clients[turn % 2], self._clients[(turn + 1) % 2]
            key = str(new_id())
            said = await self._ask(first, key)
            if said != CREATED:
                said = await self._ask(second, key)
            if said != CREATED:
                self.sent_away.append(said)
            self.served += 1
            await clock.pause(self._stop, THINKING_S)

    async def _ask(self, client: httpx.AsyncClient, key: str) -> int | str:
        body = {"title": key, "pipeline_id": self._pipeline}
        try:
            answer = await client.post("/v1/deals", json=body, headers={"Idempotency-Key": key})
        except AWAY as away:
            return type(away).__name__
        return answer.status_code
