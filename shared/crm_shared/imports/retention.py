"""Files of imports that ended long ago: what was read of them stays as records."""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.imports.tables import ImportTables
from crm_shared.retention import Kind, rows


def import_files(tables: ImportTables) -> Kind:
    """Return the kind of what imports keep beside their counts: files, faults, former values."""
    parts = [
        _of(tables, tables.pieces),
        _of(tables, tables.failures),
        _of(tables, tables.changes),
    ]

    async def count(session: AsyncSession, before: datetime) -> int:
        return sum([await part.count(session, before) for part in parts])

    async def remove(session: AsyncSession, before: datetime, limit: int) -> int:
        return sum([await part.remove(session, before, limit) for part in parts])

    return Kind("import_files", count, remove)


def _of(tables: ImportTables, table: Table) -> Kind:
    def old(before: datetime) -> ColumnElement[bool]:
        ended = select(tables.imports.c.id).where(tables.imports.c.finished_at < before)
        return table.c.import_id.in_(ended)

    return rows(table.name, table, old)
