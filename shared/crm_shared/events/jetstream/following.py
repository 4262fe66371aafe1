"""Listening along: every message of a stream from a place on, for one who keeps no place there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from crm_shared.events.jetstream.link import BROKER_ERRORS, BusUnavailableError

HEARTBEAT_S = 1.0
_MISSED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a stream to begin: at a number, at an instant, or (neither) at the first message."""

    sequence: int | None = None
    since: datetime | None = None

    def options(self) -> dict[str, Any]:
        """Return it the way the broker wants to be told."""
        if self.sequence is not None:
            policy = DeliverPolicy.BY_START_SEQUENCE
            return {"deliver_policy": policy, "opt_start_seq": self.sequence}
        if self.since is not None:
            policy = DeliverPolicy.BY_START_TIME
            return {"deliver_policy": policy, "opt_start_time": self.since}
        return {"deliver_policy": DeliverPolicy.ALL}


class Follower:
    """One reader without a name: the broker forgets it when it goes, nobody shares it."""

    def __init__(
        self, client: Client, stream: JetStreamContext, name: str, subject: str, place: Place
    ) -> None:
        self._client = client
        self._stream = stream
        self._name = name
        self._subject = subject
        self._place = place
        self._heard: Subscription | None = None
        self._next = 1

    async def open(self) -> None:
        """Begin at the place; raises BusUnavailableError while the stream is not there."""
        await self.close()
        inbox = self._client.new_inbox()
        try:
            self._heard = await self._client.subscribe(inbox)
            await self._stream.add_consumer(self._name, self._config(inbox))
        except BROKER_ERRORS as away:
            raise BusUnavailableError(f"{self._name}: {type(away).__name__}") from away
        self._next = 1

    def _config(self, inbox: str) -> ConsumerConfig:
        return ConsumerConfig(
            deliver_subject=inbox,
            filter_subject=self._subject,
            ack_policy=AckPolicy.NONE,
            flow_control=True,
            idle_heartbeat=HEARTBEAT_S,
            mem_storage=True,
            **self._place.options(),
        )

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield what comes; raises BusUnavailableError when the broker forgot or skipped something.

        `open` then goes on behind the last message that was yielded.
        """
        while self._heard is not None:
            try:
                message = await self._heard.next_msg(timeout=HEARTBEAT_S * _MISSED)
            except BROKER_ERRORS as away:
                raise BusUnavailableError(f"{self._name}: {type(away).__name__}") from away
            if message.headers and "Status" in message.headers:
                await self._answer(message)
                continue
            told = message.metadata.sequence
            if told.consumer != self._next:
                raise BusUnavailableError(f"{self._name}: skipped to {told.consumer}")
            self._next += 1
            self._place = replace(self._place, sequence=told.stream + 1)
            yield message.data

    async def _answer(self, message: Msg) -> None:
        # A question rather than a heartbeat: the broker waits until we have come this far.
        asked = message.reply or (message.headers or {}).get("Nats-Consumer-Stalled")
        if asked:
            await self._client.publish(asked)

    async def close(self) -> None:
        """Stop listening."""
        heard, self._heard = self._heard, None
        if heard is not None and self._client.is_connected:
            await heard.unsubscribe()
