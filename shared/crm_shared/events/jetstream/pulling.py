"""Pulling a durable, and answering the broker for each message."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from crm_shared.events.jetstream.link import BROKER_ERRORS, REQUEST_TIMEOUT_S, BusUnavailableError

log = structlog.get_logger()

IN_PROGRESS_EVERY_S = 2.0
# The broker needs so long at most between messages that it has: a heap comes in full batches.
NEXT_WITHIN_S = 0.02


class Delivery:
    """One message in hand: its bytes, its place in the stream, and how to answer the broker."""

    def __init__(self, client: Client, message: Msg) -> None:
        self._client = client
        self._reply = message.reply
        self.data: bytes = message.data
        self.subject: str = message.subject
        # what its sender calls it; our own events say that in their envelope
        self.message_id: str | None = (message.headers or {}).get("Nats-Msg-Id")
        tokens = message.reply.split(".")
        # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
        offset = 2 if len(tokens) > 9 else 0  # noqa: PLR2004 - newer servers add domain and account
        self.stream: str = tokens[2 + offset]
        self.attempts = int(tokens[4 + offset])
        self.stream_seq = int(tokens[5 + offset])
        # how many wait behind it
        self.pending = int(tokens[8 + offset])

    async def ack(self) -> None:
        """Say that this message is done with; a lost ack is only one more delivery."""
        await self._send(b"")

    async def in_progress(self) -> None:
        """Ask for more time."""
        await self._send(b"+WPI")

    async def retry_in(self, delay_s: float) -> None:
        """Ask for the message again, not before `delay_s`."""
        await self._send(b"-NAK " + json.dumps({"delay": int(delay_s * 1e9)}).encode())

    async def _send(self, answer: bytes) -> None:
        try:
            await self._client.publish(self._reply, answer)
        except BROKER_ERRORS as away:
            log.info("ack-lost", error=type(away).__name__)


@asynccontextmanager
async def kept_in_hand(batch: Sequence[Delivery]) -> AsyncIterator[None]:
    """Tell the broker again and again that these are being worked on, until the block ends."""

    async def say_so() -> None:
        while True:
            await asyncio.sleep(IN_PROGRESS_EVERY_S)
            for delivery in batch:
                await delivery.in_progress()

    task = asyncio.create_task(say_so())
    try:
        yield
    finally:
        task.cancel()


class Puller:
    """Pulls batches with one standing request, so that a single event does not wait for company."""

    def __init__(self, client: Client, stream: str, durable: str) -> None:
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._inbox = ""
        self._asked = 0  # how many messages the standing request may still bring
        self._asked_at = 0.0

    async def open(self) -> None:
        """Start listening for what the broker sends."""
        self._inbox = self._client.new_inbox()
        await self._client.subscribe(self._inbox, cb=self._arrived.put)

    async def pull(self, *, limit: int, wait_s: float, linger_s: float = 0) -> list[Delivery]:
        """Return what is there, up to `limit`, waiting up to `wait_s` for the first one.

        After the first, others may join for `linger_s`.
        Raises BusUnavailableError when the durable is gone.
        """
        await self._ask(limit, wait_s)
        batch: list[Delivery] = []
        try:
            async with asyncio.timeout(wait_s + 0.5):
                while not batch and self._asked:
                    self._take(await self._arrived.get(), batch)
        except TimeoutError:
            self._asked = 0  # the request died with its connection
        if batch and linger_s and len(batch) + self._arrived.qsize() < limit:
            await asyncio.sleep(linger_s)
        while len(batch) < limit and not self._arrived.empty():
            self._take(self._arrived.get_nowait(), batch)
        while batch and batch[-1].pending and len(batch) < limit and self._asked:
            try:
                async with asyncio.timeout(NEXT_WITHIN_S):
                    self._take(await self._arrived.get(), batch)
            except TimeoutError:
                break
        return batch

    async def pull_now(self, *, limit: int) -> list[Delivery]:
        """Return what is there at this moment, without waiting."""
        batch: list[Delivery] = []
        await self._request({"batch": limit, "no_wait": True})
        self._asked = limit
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            while self._asked:
                self._take(await self._arrived.get(), batch)
        return batch

    async def _ask(self, limit: int, wait_s: float) -> None:
        now = asyncio.get_running_loop().time()
        if self._asked and now - self._asked_at > wait_s + 0.5:
            self._asked = 0
        if not self._asked:
            self._asked, self._asked_at = limit, now
            await self._request({"batch": limit, "expires": int(wait_s * 1e9)})

    async def _request(self, request: dict[str, Any]) -> None:
        try:
            await self._client.publish(self._next, json.dumps(request).encode(), self._inbox)
        except BROKER_ERRORS as away:
            self._asked = 0
            raise BusUnavailableError(type(away).__name__) from away

    def _take(self, message: Msg, batch: list[Delivery]) -> None:
        status = (message.headers or {}).get("Status")
        if message.reply:
            self._asked = max(self._asked - 1, 0)
            batch.append(Delivery(self._client, message))
        elif status in ("404", "408"):
            self._asked = 0
        elif status is not None and status != "100":
            self._asked = 0
            if not batch:
                raise BusUnavailableError(f"pull refused: {status}")
