"""Follows the streams as the operator: what comes from now on, or from an earlier place."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from crm_cli.failure import CliError
from crm_cli.nats_conf import STREAMS
from crm_shared.events.jetstream import Bus, BusUnavailableError, Follower, Link, Place

_SECONDS_TO_CONNECT = 5
_SECONDS_TO_OPEN = 5
_SECONDS_BETWEEN_TRIES = 1

Tell = Callable[[dict[str, Any]], None]
Events = asyncio.Queue[dict[str, Any]]


async def follow(
    link: Link,
    subject: str,
    start: datetime | None,
    count: int,
    tell: Tell,
    *,
    is_live: bool,
    listening: Callable[[], None],
) -> None:
    """Tell every event of the subject: those published from now on when `is_live`, else all.

    With `start`, only what was recorded since. Ends after `count` events, if any.
    """
    wanted = filters_for(subject)
    try:
        bus = await asyncio.wait_for(Bus.connect(link), _SECONDS_TO_CONNECT)
    except TimeoutError as away:
        raise CliError(
            f"NATS does not answer at {link.url}. Is the system up? ./crm status"
        ) from away
    events: Events = asyncio.Queue(maxsize=1000)
    readers: list[asyncio.Future[None]] = []
    try:
        for stream, pattern in wanted.items():
            follower = await _open(bus, stream, pattern, start, is_live=is_live)
            readers.append(asyncio.ensure_future(_read(follower, events)))
        listening()
        told = 0
        while not count or told < count:
            event = await events.get()
            # A stream that was filled again holds old events with new times of publishing.
            if start is None or datetime.fromisoformat(event["recordedtime"]) >= start:
                tell(event)
                told += 1
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await bus.close()


def filters_for(subject: str) -> dict[str, str]:
    """Return which streams may hold the subject's events, and the pattern to ask each for."""
    head, *rest = subject.split(".")
    found = {}
    for stream in STREAMS:
        own = stream.removeprefix("CRM_").lower()
        if subject in (">", "crm.>"):
            found[stream] = f"crm.{own}.>"
        elif head in ("crm", "*") and len(rest) > 1 and rest[0] in (own, "*"):
            found[stream] = ".".join(["crm", own, *rest[1:]])
    if not found:
        known = ", ".join(f"crm.{stream.removeprefix('CRM_').lower()}.>" for stream in STREAMS)
        raise CliError(f"No event has a subject like {subject!r}. Try one of: crm.>, {known}")
    return found


async def _open(
    bus: Bus, stream: str, pattern: str, start: datetime | None, *, is_live: bool
) -> Follower:
    try:
        async with asyncio.timeout(_SECONDS_TO_OPEN):
            sequence = await bus.last_sequence(stream) + 1 if is_live else None
            follower = bus.follower(stream, pattern, Place(sequence, start))
            await follower.open()
    except (TimeoutError, BusUnavailableError) as away:
        raise CliError(f"{stream} cannot be read: {away}. Is the system up? ./crm status") from away
    return follower


async def _read(follower: Follower, events: Events) -> None:
    while True:
        try:
            async for message in follower.messages():
                await events.put(json.loads(message))
        except BusUnavailableError:
            await _open_again(follower)


async def _open_again(follower: Follower) -> None:
    while True:
        await asyncio.sleep(_SECONDS_BETWEEN_TRIES)
        try:
            return await follower.open()
        except BusUnavailableError:
            continue
