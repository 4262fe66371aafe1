"""NATS: streams, durables, pulling, publishing; the only module that imports nats."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import nats
import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from crm_shared.events.envelope import stream_of

log = structlog.get_logger()

DAY_S = 86_400
DUPLICATE_WINDOW_S = 600.0
ACK_WAIT_S = 5.0
MAX_ACK_PENDING = 1000
NO_SUCH_CONSUMER = 10014
NO_SUCH_STREAM = 10059
REQUEST_TIMEOUT_S = 3.0
RECONNECT_WAIT_S = 0.25  # declared as int, but only slept: floats work
DELIVERED = 3  # position of the delivery count among the tokens of an ack subject, from the end

BROKER_ERRORS = (nats.errors.Error, OSError, asyncio.TimeoutError)


class BusUnavailableError(Exception):
    """The broker, or the service that was asked over it, does not answer."""


class RefusedError(Exception):
    """The broker took the connection but refused this one message."""


@dataclass(frozen=True, slots=True)
class Link:
    """How to reach the broker, and as whom."""

    url: str
    name: str
    user: str | None = None
    password: str | None = None

    def options(self) -> dict[str, Any]:
        """Return the options that every connection of this user has."""
        who: dict[str, Any] = {}
        if self.user:
            # a prefix of one's own: no user may read another's replies
            who = {
                "user": self.user,
                "password": self.password,
                "inbox_prefix": f"_INBOX_{self.user}",
            }
        return {
            "servers": self.url,
            "name": self.name,
            "connect_timeout": 2,
            "ping_interval": 10,
            "max_outstanding_pings": 2,
            "error_cb": _log_error,
            **who,
        }


async def _log_error(error: Exception) -> None:
    # a refused permission shows up here and nowhere else
    log.warning("broker-error", error=type(error).__name__, reason_code=str(error)[:200])


class Bus:
    """One reconnecting connection of a process: pulling, asking, answering, poking."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream: JetStreamContext = client.jetstream(timeout=REQUEST_TIMEOUT_S)
        self.reconnected = asyncio.Event()

    @classmethod
    async def connect(cls, link: Link) -> "Bus":
        """Connect, waiting as long as it takes: a worker is not ready before that, nothing else."""
        client = Client()
        bus = cls(client)

        async def on_reconnect() -> None:
            bus.reconnected.set()

        while True:
            try:
                await client.connect(
                    **link.options(),
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_WAIT_S,  # type: ignore[arg-type]
                    allow_reconnect=True,
                    reconnected_cb=on_reconnect,
                )
            except BROKER_ERRORS as away:
                log.info("broker-away", error=type(away).__name__)
                await asyncio.sleep(0.5)
            else:
                return bus

    @property
    def is_connected(self) -> bool:
        """Tell whether the connection stands right now."""
        return bool(self._client.is_connected)

    async def close(self) -> None:
        """Flush what was acknowledged, then close."""
        if self._client.is_connected:
            try:
                await self._client.flush(timeout=2)
            except BROKER_ERRORS:
                log.info("broker-away-at-close")
        await self._client.close()

    async def poke(self, subject: str) -> None:
        """Wake whoever listens on a subject; it may be lost, the poll is the net."""
        if self._client.is_connected:
            try:
                await self._client.publish(subject)
            except BROKER_ERRORS as away:
                log.debug("poke-lost", error=type(away).__name__)

    async def on_poke(self, subject: str, wake: Callable[[], None]) -> None:
        """Call `wake` whenever somebody pokes the subject."""

        async def heard(_message: Msg) -> None:
            wake()

        await self._client.subscribe(subject, cb=heard)

    async def request(self, subject: str, question: dict[str, Any]) -> dict[str, Any]:
        """Ask another service; raises BusUnavailableError when nobody answers in time."""
        try:
            reply = await self._client.request(
                subject, json.dumps(question).encode(), timeout=REQUEST_TIMEOUT_S
            )
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"{subject}: {type(away).__name__}") from away
        answer: dict[str, Any] = json.loads(reply.data)
        if "error" in answer:
            raise BusUnavailableError(f"{subject}: {answer['error']}")
        return answer

    async def respond(
        self,
        subject: str,
        group: str,
        answer: Callable[[dict[str, Any]], Awaitable[bytes]],
    ) -> None:
        """Answer questions on a subject; replicas of one group share them."""

        async def asked(message: Msg) -> None:
            try:
                reply = await answer(json.loads(message.data))
            except Exception as failed:
                # the asker must hear of it, whatever it was; it is our fault and is logged as such
                log.exception("question-failed", stream=subject)
                reply = json.dumps({"error": type(failed).__name__}).encode()
            await message.respond(reply)

        await self._client.subscribe(subject, queue=group, cb=asked)

    async def ensure_durable(self, stream: str, durable: str, subject: str) -> None:
        """Create or correct a durable; raises BusUnavailableError while its stream is not there."""
        config = ConsumerConfig(
            durable_name=durable,
            filter_subject=subject,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_S,
            max_ack_pending=MAX_ACK_PENDING,
            max_deliver=-1,
            deliver_policy=DeliverPolicy.ALL,
        )
        try:
            info = await self._stream.add_consumer(stream, config)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"durable {durable}: {type(away).__name__}") from away
        # an old server drops what it does not know: the durable would then hear everything
        if info.config.filter_subject != subject:
            raise RuntimeError(f"durable {durable} has filter {info.config.filter_subject!r}")

    async def delete_durable(self, stream: str, durable: str) -> None:
        """Forget a durable's place; its next start reads the stream from the beginning."""
        await self._stream.delete_consumer(stream, durable)

    async def forget_streams(self) -> None:
        """Delete every stream of this broker: for tests, which share one broker."""
        for info in await self._stream.streams_info():
            await self._stream.delete_stream(str(info.config.name))

    async def pending(self, stream: str, durable: str) -> int:
        """Return how many messages a durable has not finished: waiting and in flight."""
        try:
            info = await self._stream.consumer_info(stream, durable)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"durable {durable}: {type(away).__name__}") from away
        return int(info.num_pending or 0) + int(info.num_ack_pending or 0)

    def puller(self, stream: str, durable: str) -> "Puller":
        """Return the pulling end of a durable."""
        return Puller(self._client, stream, durable)


class Delivery:
    """One message in hand: its bytes, its place in the stream, and how to answer the broker."""

    def __init__(self, client: Client, message: Msg) -> None:
        self._client = client
        self._reply = message.reply
        self.data: bytes = message.data
        self.subject: str = message.subject
        tokens = message.reply.split(".")
        # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>
        offset = 2 if len(tokens) > 9 else 0  # noqa: PLR2004 - newer servers add domain and account
        self.stream: str = tokens[2 + offset]
        self.attempts = int(tokens[4 + offset])
        self.stream_seq = int(tokens[5 + offset])

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

    async def pull(self, *, limit: int, wait_s: float) -> list[Delivery]:
        """Return what is there, up to `limit`, waiting up to `wait_s` for the first one.

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
        while len(batch) < limit and not self._arrived.empty():
            self._take(self._arrived.get_nowait(), batch)
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


class Publisher:
    """The relay's own connection: it never reconnects and never buffers (order would break)."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream: JetStreamContext = client.jetstream(
            timeout=REQUEST_TIMEOUT_S, publish_async_max_pending=4096
        )

    @classmethod
    async def connect(cls, link: Link) -> "Publisher":
        """Connect once, or raise BusUnavailableError."""
        client = Client()
        try:
            async with asyncio.timeout(4):
                await client.connect(**link.options(), allow_reconnect=False)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(type(away).__name__) from away
        return cls(client)

    async def close(self) -> None:
        """Throw the connection away."""
        await self._client.close()

    async def ensure_stream(self, service: str, *, days: int, max_bytes: int = -1) -> None:
        """Create or correct the stream of a service."""
        config = StreamConfig(
            name=stream_of(service),
            subjects=[f"crm.{service}.>"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            max_age=float(days * DAY_S),
            max_bytes=max_bytes,
            duplicate_window=DUPLICATE_WINDOW_S,
            allow_direct=True,
        )
        try:
            try:
                await self._stream.add_stream(config)
            except nats.js.errors.BadRequestError:
                await self._stream.update_stream(config)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"stream: {type(away).__name__}") from away

    async def last_sequence(self, service: str) -> tuple[int, int]:
        """Return the first and the last sequence that the stream holds."""
        try:
            info = await self._stream.stream_info(stream_of(service))
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"stream: {type(away).__name__}") from away
        return int(info.state.first_seq), int(info.state.last_seq)

    async def message_id(self, service: str, sequence: int) -> str | None:
        """Return the event id of the message at a sequence, or None when none is there."""
        try:
            message = await self._stream.get_msg(stream_of(service), sequence)
        except nats.js.errors.NotFoundError:
            return None
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"stream: {type(away).__name__}") from away
        return (message.headers or {}).get("Nats-Msg-Id")

    async def publish(
        self, service: str, events: Sequence[tuple[str, str, str]]
    ) -> list[int | RefusedError]:
        """Publish (subject, id, payload) pipelined; return each sequence, or why it was refused.

        Raises BusUnavailableError when the connection is in doubt: nothing may be concluded then.
        """
        stream = stream_of(service)
        try:
            waiting = [
                await self._stream.publish_async(
                    subject,
                    payload.encode(),
                    headers={"Nats-Msg-Id": event_id, "Nats-Expected-Stream": stream},
                )
                for subject, event_id, payload in events
            ]
            async with asyncio.timeout(5):
                acks = await asyncio.gather(*waiting, return_exceptions=True)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(type(away).__name__) from away
        return [_outcome(ack) for ack in acks]


def _outcome(ack: Any) -> int | RefusedError:
    if isinstance(ack, nats.js.errors.APIError) and ack.err_code != NO_SUCH_STREAM:
        return RefusedError(f"{ack.err_code}: {ack.description}")
    if isinstance(ack, BaseException):
        raise BusUnavailableError(type(ack).__name__) from ack
    return int(ack.seq)
