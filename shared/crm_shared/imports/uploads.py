"""Taking in a file as it streams: counted, its encoding found out, kept in pieces."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Any
from uuid import UUID

from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.imports.encodings import EncodingGuess
from crm_shared.imports.errors import (
    FileError,
    ImportHasFileError,
    ImportTooLargeError,
    MappingError,
    UnreadableFileError,
)
from crm_shared.imports.mapping import ImportMapping, fitted, stored_mapping, unknown_columns
from crm_shared.imports.records import read_header
from crm_shared.imports.store import Record, Store
from crm_shared.imports.workbooks import MAGIC, XLSX, read_workbook_header

PIECE = 1024 * 1024
HEAD = 256 * 1024
ENCODINGS = {"utf-8": "utf-8-sig", "cp1251": "cp1251"}


class Upload:
    """One attempt to send the file of an import; nothing counts before it is whole."""

    def __init__(self, store: Store, sessions: Sessions, import_id: UUID, *, limit: int) -> None:
        self.id = new_id()
        self.size = 0
        self._store = store
        self._sessions = sessions
        self._import_id = import_id
        self._limit = limit
        self._guess = EncodingGuess()
        self._head = b""
        self._pieces = 0
        self._holds = False
        self._is_csv: bool | None = None
        self._book: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=PIECE)  # noqa: SIM115

    async def receive(
        self, stream: AsyncIterator[bytes], mapping: ImportMapping, *, hold: bool = False
    ) -> Record:
        """Keep the file and queue the import; whatever goes wrong leaves nothing behind."""
        self._holds = hold
        with self._book:
            return await self._receive(stream, mapping, "held" if hold else "queued")

    async def _receive(
        self, stream: AsyncIterator[bytes], mapping: ImportMapping, state: str
    ) -> Record:
        try:
            await self._keep(stream)
            told = await self._described(mapping)
            return await self._finish({**told, "state": state})
        except BaseException as broken:
            async with self._sessions.begin() as session:
                await self._store.drop_upload(session, self.id)
            if isinstance(broken, FileError):
                raise UnreadableFileError(broken) from broken
            raise

    async def _keep(self, stream: AsyncIterator[bytes]) -> None:
        buffer = bytearray()
        async for chunk in stream:
            self.size += len(chunk)
            if self.size > self._limit:
                raise ImportTooLargeError(self._limit)
            if len(self._head) < HEAD:
                self._head += chunk
            self._look_at(chunk)
            buffer += chunk
            if len(buffer) >= PIECE:
                await self._keep_piece(bytes(buffer))
                buffer.clear()
        if buffer:
            await self._keep_piece(bytes(buffer))

    def _look_at(self, chunk: bytes) -> None:
        if self._is_csv is None and len(self._head) >= len(MAGIC):
            self._is_csv = not self._head.startswith(MAGIC)
            chunk = self._head
        if self._is_csv:
            self._guess.feed(chunk)
        elif self._is_csv is False:
            # the list of what a workbook holds stands at its end: it is read when it is whole
            self._book.write(chunk)

    async def _keep_piece(self, data: bytes) -> None:
        async with self._sessions.begin() as session:
            await self._store.add_piece(
                session, self._import_id, self.id, position=self._pieces, data=data
            )
        self._pieces += 1

    async def _described(self, mapping: ImportMapping) -> dict[str, Any]:
        """Return encoding, delimiter and columns, checked against the mapping."""
        told = self._as_csv(mapping) if self._is_csv is not False else await self._as_workbook()
        fit = fitted(mapping, told["columns"])
        if faults := unknown_columns(fit, told["columns"]):
            raise MappingError(faults)
        return {**told, "mapping": stored_mapping(fit, hold=self._holds)}

    async def _as_workbook(self) -> dict[str, Any]:
        columns = await asyncio.to_thread(read_workbook_header, self._book)
        return {"encoding": XLSX, "delimiter": None, "columns": columns}

    def _as_csv(self, mapping: ImportMapping) -> dict[str, Any]:
        if self._is_csv is None:
            self._guess.feed(self._head)
        encoding = self._encoding(mapping)
        head = self._head
        if self.size > len(head):
            # what was kept of the beginning may end amid a character
            head = head[: head.rfind(b"\n") + 1]
        if not head and self.size:
            raise FileError("header-too-large", "The first row is too large for names of columns.")
        columns, delimiter = read_header(head, encoding=encoding, delimiter=mapping.delimiter)
        return {"encoding": encoding, "delimiter": delimiter, "columns": columns}

    def _encoding(self, mapping: ImportMapping) -> str:
        if mapping.encoding == "cp1251":
            return "cp1251"
        found = self._guess.finish()
        if mapping.encoding is not None and found != ENCODINGS[mapping.encoding]:
            raise FileError("broken-encoding", f"The file is not {mapping.encoding}.")
        return found

    async def _finish(self, told: dict[str, Any]) -> Record:
        now = utc_now()
        values = {
            **told,
            "upload_id": self.id,
            "size": self.size,
            "next_at": now,
        }
        async with self._sessions.begin() as session:
            changed = await self._store.change(
                session, self._import_id, values, states=("awaiting_file",)
            )
            if changed is None:
                raise ImportHasFileError
            await self._store.drop_pieces(session, self._import_id, but=self.id)
        return changed
