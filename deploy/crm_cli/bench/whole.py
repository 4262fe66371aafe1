"""The whole embedded system as a user starts it: `up` in a folder of the bench's own."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from crm_cli.bench.machine import free_base
from crm_cli.failure import CliError

_OWN = ("CRM_", "NATS_")


class Whole:
    """A system of its own, driven by the same commands that a user types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        clean = {k: v for k, v in os.environ.items() if not k.startswith(_OWN)}
        own = {"CRM_STATE_DIR": str(folder), "CRM_PORT_BASE": str(free_base())}
        self._environment = {**clean, **own}

    async def crm(self, *arguments: str) -> str:
        """Run a command of the tool; a failure is told with its words."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "crm_cli", *arguments),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        if process.returncode:
            raise CliError(f"crm {' '.join(arguments)}: {(output + errors).decode()[-3000:]}")
        return output.decode()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[float]:
        """Keep it up; tells the seconds it took to take requests."""
        began = time.monotonic()
        await self.crm("up", "--detach")
        try:
            yield time.monotonic() - began
        finally:
            await self.crm("down")

    @property
    def running(self) -> dict[str, Any]:
        """What the running system has written down of itself."""
        noted: dict[str, Any] = json.loads((self.folder / "running.json").read_text())
        return noted

    async def count(self, database: str, query: str) -> int:
        """Return one number of a service's database."""
        host = self.running["socket_dir"]
        connection = await asyncpg.connect(host=host, user="crm", database=database)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()
