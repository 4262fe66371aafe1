"""One reconnecting connection of a process: durables, questions, answers, pokes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

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
from nats.js.errors import BadRequestError

from crm_shared.events.jetstream.following import Follower, Place
from crm_shared.events.jetstream.link import (
    BROKER_ERRORS,
    REQUEST_TIMEOUT_S,
    BusUnavailableError,
    Link,
)
from crm_shared.events.jetstream.publishing import DAY_S, DUPLICATE_WINDOW_S
from crm_shared.events.jetstream.pulling import Puller

log = structlog.get_logger()

ACK_WAIT_S = 5.0
MAX_ACK_PENDING = 1000
RECONNECT_WAIT_S = 0.25  # declared as int, but only slept: floats work


class Bus:
    """One reconnecting connection of a process: pulling, asking, answering, poking."""

    def __init__(self, client: Client, *, ack_wait_s: float = ACK_WAIT_S) -> None:
        self._client = client
        self._ack_wait_s = ack_wait_s
        self._stream: JetStreamContext = client.jetstream(timeout=REQUEST_TIMEOUT_S)

    @classmethod
    async def connect(cls, link: Link, *, ack_wait_s: float = ACK_WAIT_S) -> "Bus":
        """Connect, waiting as long as it takes: a worker is not ready before that, nothing else.

        What a dead process held comes again after `ack_wait_s`.
        """
        client = Client()
        while True:
            try:
                await client.connect(
                    **link.options(),
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_WAIT_S,  # type: ignore[arg-type]
                    allow_reconnect=True,
                )
            except BROKER_ERRORS as away:
                log.info("broker-away", error=type(away).__name__)
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                # half a connection is still a socket, which nobody else would close
                await client.close()
                raise
            else:
                return cls(client, ack_wait_s=ack_wait_s)

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

    async def ensure_durable(self, stream: str, durable: str, *subjects: str) -> None:
        """Create or correct a durable; raises BusUnavailableError while its stream is not there."""
        config = ConsumerConfig(
            durable_name=durable,
            filter_subject=subjects[0] if len(subjects) == 1 else None,
            filter_subjects=sorted(subjects) if len(subjects) > 1 else None,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._ack_wait_s,
            max_ack_pending=MAX_ACK_PENDING,
            max_deliver=-1,
            deliver_policy=DeliverPolicy.ALL,
        )
        try:
            info = await self._stream.add_consumer(stream, config)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"durable {durable}: {type(away).__name__}") from away
        # an old server drops what it does not know: the durable would then hear everything
        heard = info.config.filter_subjects or [str(info.config.filter_subject)]
        if set(heard) != set(subjects):
            raise RuntimeError(f"durable {durable} has filters {heard!r}")

    async def ensure_intake(
        self, stream: str, subject: str, *, days: int, largest: int, max_bytes: int = -1
    ) -> None:
        """Create or correct a stream that others publish to: what was taken leaves it.

        Full (`max_bytes`), it refuses whoever publishes rather than forget what nobody took.
        """
        config = StreamConfig(
            name=stream,
            subjects=[subject],
            storage=StorageType.FILE,
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            max_age=float(days * DAY_S),
            max_bytes=max_bytes,
            max_msg_size=largest,
            duplicate_window=DUPLICATE_WINDOW_S,
        )
        try:
            try:
                await self._stream.add_stream(config)
            except BadRequestError:
                # a broker makes no queue of a stream that was none: it keeps what it had
                known = await self._stream.stream_info(stream)
                kept: dict[str, Any] = {"retention": known.config.retention}
                if kept["retention"] is not RetentionPolicy.WORK_QUEUE:
                    # what was taken stays in it: a bound would refuse what comes in for its sake
                    kept["max_bytes"] = known.config.max_bytes
                await self._stream.update_stream(config.evolve(**kept))
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"stream {stream}: {type(away).__name__}") from away

    async def delete_durable(self, stream: str, durable: str) -> None:
        """Forget a durable's place; its next start reads the stream from the beginning."""
        await self._stream.delete_consumer(stream, durable)

    async def delete_stream(self, stream: str) -> None:
        """Delete one stream: for tests, whose broker forgets."""
        await self._stream.delete_stream(stream)

    async def empty_streams(self) -> None:
        """Take every message out of this broker: for tests, which share one broker."""
        for info in await self._stream.streams_info():
            await self._stream.purge_stream(str(info.config.name))

    async def pending(self, stream: str, durable: str) -> int:
        """Return how many messages a durable has not finished: waiting and in flight."""
        try:
            info = await self._stream.consumer_info(stream, durable)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"durable {durable}: {type(away).__name__}") from away
        return int(info.num_pending or 0) + int(info.num_ack_pending or 0)

    async def last_sequence(self, stream: str) -> int:
        """Return the number of the newest message that a stream was given."""
        try:
            info = await self._stream.stream_info(stream)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"{stream}: {type(away).__name__}") from away
        return int(info.state.last_seq)

    def follower(self, stream: str, subject: str, place: Place) -> Follower:
        """Return a reader without a name that begins at the place."""
        return Follower(self._client, self._stream, stream, subject, place)

    def puller(self, stream: str, durable: str) -> "Puller":
        """Return the pulling end of a durable."""
        return Puller(self._client, stream, durable)
