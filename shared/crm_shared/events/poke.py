"""Waking the relay after a commit: a message that may be lost, sent without waiting."""

import asyncio

from crm_shared.events.jetstream import Bus, Link

# Each poke costs as much as a small query, and a busy relay gathers for longer than this anyway.
AT_MOST_EVERY_S = 0.01


class Poke:
    """One connection of an API process for `crm-poke.<service>`; several wishes are one poke."""

    def __init__(self, link: Link, subject: str) -> None:
        self._link = link
        self._subject = subject
        self._wanted = asyncio.Event()

    def send(self) -> None:
        """Ask for a poke; never waits, never fails: without a broker the relay's poll finds it."""
        self._wanted.set()

    async def run(self) -> None:
        """Connect, waiting for the broker as long as it takes, and poke until cancelled."""
        bus = await Bus.connect(self._link)
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                await bus.poke(self._subject)
                await asyncio.sleep(AT_MOST_EVERY_S)
        finally:
            await bus.close()
