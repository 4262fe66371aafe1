"""An export on its way: the list is walked page by page, never more of it in memory."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from crm_shared.actor import Access
from crm_shared.db.engine import Sessions
from crm_shared.exports.columns import Column
from crm_shared.exports.watching import Export, ExportLimit, ExportWatch
from crm_shared.exports.writers import CsvPages, XlsxPages, pieces
from crm_shared.http.hiding import strip
from crm_shared.http.pagination import MAX_LIMIT, ListQuery
from crm_shared.http.shapes import Shape
from crm_shared.policies import Names


@dataclass(frozen=True, slots=True)
class Walk:
    """A list from its first page to its last, each page in a session of its own."""

    endpoint: Any
    shown: type[BaseModel]
    access: Access | None
    query: ListQuery
    sessions: Sessions
    hidden: Names = field(default_factory=dict)
    shape: Shape | None = None

    async def pages(self) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield pages of rows as the API shows them."""
        given = {} if self.access is None else {"access": self.access}
        cursor: str | None = None
        while True:
            query = replace(self.query, limit=MAX_LIMIT, cursor=cursor, total=False)
            async with self.sessions() as session:
                page = await self.endpoint(**given, session=session, query=query)
                rows = [self._shown(row) for row in page.items]
            yield rows
            cursor = page.next_cursor
            if cursor is None:
                return

    def _shown(self, row: Any) -> dict[str, Any]:
        told = self.shown.model_validate(row, from_attributes=True).model_dump(mode="json")
        if self.hidden and self.shape is not None:
            strip(told, self.shape, self.hidden)
        return told


@dataclass(frozen=True, slots=True)
class Order:
    """What file is wanted of a list."""

    export: Export
    columns: list[Column]
    language: str | None
    zone: ZoneInfo

    async def stream(
        self, walk: Walk, limit: ExportLimit, watch: ExportWatch
    ) -> AsyncIterator[bytes]:
        """Yield the file; however it ends, it is noted how many rows went out."""
        told = _Told()
        making = self._csv if self.export.format == "csv" else self._xlsx
        try:
            async for piece in making(walk, told):
                yield piece
            told.whole = True
        finally:
            limit.give_back(self.export.actor.id)
            await watch.ends(walk.sessions, self.export, rows=told.rows, whole=told.whole)

    async def _csv(self, walk: Walk, told: "_Told") -> AsyncIterator[bytes]:
        writer = CsvPages(self.columns, self.language)
        yield writer.head()
        async for rows in walk.pages():
            told.rows += len(rows)
            yield writer.page(rows)

    async def _xlsx(self, walk: Walk, told: "_Told") -> AsyncIterator[bytes]:
        # the index of a ZIP file stands at its end: it goes out when it is whole
        with tempfile.TemporaryFile() as file:
            writer = XlsxPages(file, self.columns, self.language, self.zone)
            async for rows in walk.pages():
                await asyncio.to_thread(writer.add, rows)
                told.rows += len(rows)
            await asyncio.to_thread(writer.close)
            for piece in pieces(file):
                yield piece


@dataclass(slots=True)
class _Told:
    rows: int = 0
    whole: bool = False
