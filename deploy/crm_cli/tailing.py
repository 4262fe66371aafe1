"""Follows the streams as the operator, from a moment on."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from crm_cli.failure import CliError
from crm_cli.lag import OPERATOR
from crm_cli.nats_conf import STREAMS
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link

_SECONDS_TO_CONNECT = 5
_BATCH = 200

Tell = Callable[[dict[str, Any]], None]


async def follow(link: Link, subject: str, since: datetime, count: int, tell: Tell) -> None:
    """Tell every event of the subject recorded since then; ends after `count` of them, if any."""
    try:
        bus = await asyncio.wait_for(Bus.connect(link), _SECONDS_TO_CONNECT)
    except TimeoutError as away:
        raise CliError(
            f"NATS does not answer at {link.url}. Is the system up? ./crm status"
        ) from away
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    streams = [stream for stream in STREAMS if _may_hold(stream, subject)]
    readers = [asyncio.ensure_future(_read(bus, each, subject, events)) for each in streams]
    try:
        told = 0
        while not count or told < count:
            event = await events.get()
            if datetime.fromisoformat(event["recordedtime"]) >= since:
                tell(event)
                told += 1
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await bus.close()


def _may_hold(stream: str, subject: str) -> bool:
    owner = stream.removeprefix("CRM_").lower()
    return subject.split(".")[1:2] in ([owner], [">"], ["*"])


async def _read(bus: Bus, stream: str, subject: str, events: asyncio.Queue[dict[str, Any]]) -> None:
    own = stream.removeprefix("CRM_").lower()
    # A fresh reader each time: the operator keeps no place in the stream.
    wanted = f"crm.{own}.>" if subject == "crm.>" else subject
    try:
        await bus.ensure_durable(stream, OPERATOR, wanted)
        puller = bus.puller(stream, OPERATOR)
        await puller.open()
        while True:
            for delivery in await puller.pull(limit=_BATCH, wait_s=5):
                events.put_nowait(json.loads(delivery.data))
                await delivery.ack()
    except BusUnavailableError:
        return
    finally:
        await bus.delete_durable(stream, OPERATOR)
