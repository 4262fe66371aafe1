"""The relay's connection: pipelined publishing, and looking into one's own stream."""

import asyncio
import json
from collections.abc import Sequence

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from crm_shared.events.envelope import stream_of
from crm_shared.events.jetstream.link import (
    BROKER_ERRORS,
    REQUEST_TIMEOUT_S,
    BusUnavailableError,
    Link,
    RefusedError,
)

DAY_S = 86_400
DUPLICATE_WINDOW_S = 600.0
ANSWERED_WITHIN_S = 5.0


class Publisher:
    """The relay's own connection: it never reconnects and never buffers (order would break)."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream: JetStreamContext = client.jetstream(timeout=REQUEST_TIMEOUT_S)
        self._inbox = client.new_inbox()
        self._answers: dict[str, asyncio.Future[int | RefusedError]] = {}
        self._sent = 0

    @classmethod
    async def connect(cls, link: Link) -> "Publisher":
        """Connect once, or raise BusUnavailableError."""
        client = Client()
        try:
            async with asyncio.timeout(4):
                await client.connect(**link.options(), allow_reconnect=False)
        except BROKER_ERRORS as away:
            await client.close()
            raise BusUnavailableError(type(away).__name__) from away
        publisher = cls(client)
        # publish_async of nats-py 2.16 loses refusals: its error factory raises inside the callback
        await client.subscribe(f"{publisher._inbox}.*", cb=publisher._answered)
        return publisher

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
        headers = {"Nats-Expected-Stream": stream_of(service)}
        try:
            waiting = [
                await self._send(subject, payload.encode(), {**headers, "Nats-Msg-Id": event_id})
                for subject, event_id, payload in events
            ]
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                return await asyncio.gather(*waiting)
        except BROKER_ERRORS as away:
            raise BusUnavailableError(type(away).__name__) from away
        finally:
            self._answers.clear()

    async def _send(
        self, subject: str, payload: bytes, headers: dict[str, str]
    ) -> asyncio.Future[int | RefusedError]:
        self._sent += 1
        token = str(self._sent)
        answer = self._answers[token] = asyncio.get_running_loop().create_future()
        try:
            await self._client.publish(subject, payload, f"{self._inbox}.{token}", headers)
        except nats.errors.MaxPayloadError:
            answer.set_result(RefusedError("larger than the broker takes"))
        return answer

    async def _answered(self, message: Msg) -> None:
        answer = self._answers.get(message.subject.rsplit(".", 1)[-1])
        if answer is None or answer.done():
            return
        ack = json.loads(message.data or b"{}")
        if "error" in ack:
            error = ack["error"]
            answer.set_result(RefusedError(f"{error.get('err_code')}: {error.get('description')}"))
        elif "seq" in ack:
            answer.set_result(int(ack["seq"]))
        else:
            answer.set_exception(BusUnavailableError("no stream keeps this subject"))
