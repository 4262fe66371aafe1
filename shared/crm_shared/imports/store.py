"""Where imports lie: their rows, the pieces of their files, what was wrong with rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.imports.errors import ImportNotFoundError
from crm_shared.imports.plan import Fault
from crm_shared.imports.tables import WORKABLE, ImportTables

# a wrong mapping fails every row of a million: nobody reads past the first thousands
MOST_FAILURES = 10_000
UNDO_WITHIN_DAYS = 30
Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Store:
    """Reads and writes the tables of one service's imports."""

    tables: ImportTables

    async def add(self, session: AsyncSession, values: Mapping[str, Any]) -> Record:
        """Begin an import."""
        imports = self.tables.imports
        made = await session.execute(
            insert(imports).values(id=new_id(), **values).returning(imports)
        )
        return dict(made.mappings().one())

    async def get(self, session: AsyncSession, import_id: UUID) -> Record:
        """Return an import."""
        imports = self.tables.imports
        found = await session.execute(select(imports).where(imports.c.id == import_id))
        row: RowMapping | None = found.mappings().one_or_none()
        if row is None:
            raise ImportNotFoundError(import_id)
        return dict(row)

    async def change(
        self,
        session: AsyncSession,
        import_id: UUID,
        values: Mapping[str, Any],
        *,
        states: Sequence[str],
    ) -> Record | None:
        """Change an import that is in one of these states; None when it is not."""
        imports = self.tables.imports
        changed = await session.execute(
            update(imports)
            .where(imports.c.id == import_id, imports.c.state.in_(states))
            .values(**values)
            .returning(imports)
        )
        row: RowMapping | None = changed.mappings().one_or_none()
        return None if row is None else dict(row)

    async def claim(self, session: AsyncSession) -> Record | None:
        """Return the oldest import that waits for work, locked until the transaction ends."""
        imports = self.tables.imports
        found = await session.execute(
            select(imports)
            .where(
                imports.c.finished_at.is_(None),
                imports.c.state.in_(WORKABLE),
                # the clock of now, not of the transaction's start, which may have waited for a lock
                imports.c.next_at <= func.clock_timestamp(),
            )
            .order_by(imports.c.created_at, imports.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row: RowMapping | None = found.mappings().one_or_none()
        return None if row is None else dict(row)

    async def add_piece(
        self, session: AsyncSession, import_id: UUID, upload_id: UUID, *, position: int, data: bytes
    ) -> None:
        """Keep one piece of a file."""
        await session.execute(
            insert(self.tables.pieces).values(
                import_id=import_id, upload_id=upload_id, position=position, data=data
            )
        )

    async def drop_pieces(
        self, session: AsyncSession, import_id: UUID, *, but: UUID | None = None
    ) -> None:
        """Throw away the file of an import, or all its uploads but one."""
        pieces = self.tables.pieces
        dropped = delete(pieces).where(pieces.c.import_id == import_id)
        await session.execute(dropped if but is None else dropped.where(pieces.c.upload_id != but))

    async def drop_upload(self, session: AsyncSession, upload_id: UUID) -> None:
        """Throw away an upload that was not taken."""
        pieces = self.tables.pieces
        await session.execute(delete(pieces).where(pieces.c.upload_id == upload_id))

    async def drop_abandoned(self, session: AsyncSession) -> int:
        """Throw away imports whose file did not come within a day."""
        imports = self.tables.imports
        old = func.now() - func.make_interval(0, 0, 0, 1)
        done = await session.execute(
            delete(imports)
            # only what has written nothing yet: everything else is somebody's history
            .where(imports.c.state.in_(("awaiting_file", "held")), imports.c.created_at < old)
            .returning(imports.c.id)
        )
        return len(done.all())

    async def drop_old_changes(self, session: AsyncSession) -> int:
        """Throw away what is needed to undo imports that ended long ago."""
        imports, changes = self.tables.imports, self.tables.changes
        old = func.now() - func.make_interval(0, 0, 0, UNDO_WITHIN_DAYS)
        ended = select(imports.c.id).where(imports.c.finished_at < old)
        done = await session.execute(
            delete(changes).where(changes.c.import_id.in_(ended)).returning(changes.c.id)
        )
        return len(done.all())

    async def add_failures(
        self, session: AsyncSession, import_id: UUID, faults: Sequence[Fault], *, kept: int = 0
    ) -> None:
        """Keep what was wrong, as long as a person might still read it."""
        rows = [
            {
                "id": new_id(),
                "import_id": import_id,
                "row": fault.row,
                "column": fault.column,
                "code": fault.code,
                "detail": fault.detail,
            }
            for fault in faults[: max(0, MOST_FAILURES - kept)]
        ]
        if rows:
            await session.execute(insert(self.tables.failures), rows)

    def failures_of(self, import_id: UUID) -> Select[Any]:
        """Select what was wrong with the rows of an import."""
        failures = self.tables.failures
        return select(failures).where(failures.c.import_id == import_id)


class StoredFile:
    """The bytes of an upload, fetched piece by piece through whichever session reads now."""

    def __init__(self, store: Store, upload_id: UUID) -> None:
        self.session: Session | None = None
        self._pieces = store.tables.pieces
        self._upload_id = upload_id

    def __iter__(self) -> Iterator[bytes]:
        position = 0
        while (piece := self._fetch(position)) is not None:
            yield piece
            position += 1

    def _fetch(self, position: int) -> bytes | None:
        if self.session is None:
            raise RuntimeError("a file is read inside a session")
        pieces = self._pieces
        found = select(pieces.c.data).where(
            pieces.c.upload_id == self._upload_id, pieces.c.position == position
        )
        return self.session.scalar(found)


async def count_waiting(session: AsyncSession, *, most: int) -> int:
    """Return how many events wait for the relay; beyond `most` nobody needs to know."""
    # counting on past the limit would read the whole backlog to learn what is known already
    waiting = select(OUTBOX.c.id).where(OUTBOX.c.published_at.is_(None)).limit(most).subquery()
    return int(await session.scalar(select(func.count()).select_from(waiting)) or 0)
