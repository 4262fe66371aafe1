"""The clock: instants are UTC, days belong to the company's time zone."""

import asyncio
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day on which an instant falls in `zone`."""
    return at.astimezone(zone).date()


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a calendar day begins in `zone`, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def spelt(at: datetime) -> str:
    """Return an instant as UTC text of one length: texts stand in the order of time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)
