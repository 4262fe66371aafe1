"""Importing in tests: over HTTP as anybody would, the worker's part driven by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import text

from crm_shared.db.engine import Sessions
from crm_shared.imports.room import ImportRoom
from crm_shared.imports.running import ImportRunner, Pace
from crm_shared.settings import ServiceSettings

ENDED = ("completed", "failed", "cancelled")
MOST_STEPS = 500


@dataclass
class ImportTrial:
    """One service's imports under test."""

    client: httpx.AsyncClient
    sessions: Sessions
    settings: ServiceSettings
    room: ImportRoom
    path: str
    noun: str
    mapping: Mapping[str, Any]
    runner: ImportRunner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = self.room.runner()

    def paced(self, **pace: Any) -> ImportRunner:
        """Let another worker, that cuts the work like this, take over."""
        self.runner = self.room.runner(Pace(**pace))
        return self.runner

    async def begin(self, mapping: Mapping[str, Any] | None = None, **body: Any) -> httpx.Response:
        """Ask for an import."""
        given = {"noun": self.noun, "mapping": dict(mapping or self.mapping), **body}
        return await self.client.post(self.path, json={"source_system": "shop", **given})

    async def send(self, file: str | bytes, **body: Any) -> httpx.Response:
        """Begin an import and send its file."""
        begun = await self.begin(**body)
        begun.raise_for_status()
        content = file.encode() if isinstance(file, str) else file
        return await self.client.put(f"{self.path}/{begun.json()['id']}/file", content=content)

    async def queue(self, file: str | bytes, **body: Any) -> str:
        """Send a file that must be taken; returns the import's id."""
        sent = await self.send(file, **body)
        sent.raise_for_status()
        return str(sent.json()["id"])

    async def step(self) -> int:
        """Do one step of the work."""
        return await self.runner.work(self.sessions, self.settings)

    async def finish(self, import_id: str) -> dict[str, Any]:
        """Work until the import has ended."""
        for _ in range(MOST_STEPS):
            seen = await self.see(import_id)
            if seen["state"] in ENDED:
                return seen
            await self.step()
        raise AssertionError("the import does not end")

    async def bring_in(self, file: str | bytes, **body: Any) -> dict[str, Any]:
        """Import a file to the end."""
        return await self.finish(await self.queue(file, **body))

    async def see(self, import_id: str) -> dict[str, Any]:
        """Look how far an import is."""
        seen: dict[str, Any] = (await self.client.get(f"{self.path}/{import_id}")).json()
        return seen

    async def faults(self, import_id: str) -> list[tuple[int | None, str | None, str]]:
        """Return row, column and rule of everything that was wrong."""
        page = (await self.client.get(f"{self.path}/{import_id}/errors")).json()
        return [(one["row"], one["column"], one["code"]) for one in page["items"]]

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        """Look into the database."""
        async with self.sessions.begin() as session:
            rows = await session.execute(text(statement), values)
            return list(rows.mappings()) if rows.returns_rows else []  # type: ignore[attr-defined]


def counts(seen: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts that are not zero."""
    names = ("created", "updated", "unchanged", "failed", "skipped")
    return {name: seen[name] for name in names if seen[name]}
