"""The tables of imports, the same in every service that has them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_shared.db.types import UtcDateTime

WORKABLE = ("queued", "checking", "running", "undoing")
# undoing goes on where it stopped, like the work itself
UNDOABLE = ("completed", "cancelled", "failed")
COUNTS = ("rows_done", "created", "updated", "unchanged", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class ImportTables:
    """Imports, the pieces of their files, and what was wrong with rows."""

    imports: Table
    pieces: Table
    failures: Table
    changes: Table


def import_tables(metadata: MetaData) -> ImportTables:
    """Add the tables to a service's own metadata."""
    return ImportTables(
        _imports(metadata), _pieces(metadata), _failures(metadata), _changes(metadata)
    )


def _imports(metadata: MetaData) -> Table:
    counts: list[Column[Any]] = [
        Column(name, Integer, nullable=False, server_default=text("0")) for name in COUNTS
    ]
    return Table(
        "imports",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("noun", Text, nullable=False),
        Column("source_system", String(64), nullable=False),
        Column("dry_run", Boolean, nullable=False),
        Column("mapping", JSONB, nullable=False),
        Column("state", Text, nullable=False),
        Column("actor_id", Uuid, nullable=False),
        Column("actor_role", Text, nullable=False),
        Column("upload_id", Uuid),
        Column("encoding", Text),
        Column("delimiter", Text),
        Column("columns", JSONB),
        Column("size", BigInteger),
        Column("rows_total", Integer),
        Column("undone", Integer, nullable=False, server_default=text("0")),
        *counts,
        Column("created_at", UtcDateTime, nullable=False, server_default=func.now()),
        Column("started_at", UtcDateTime),
        Column("next_at", UtcDateTime, nullable=False, server_default=func.now()),
        Column("finished_at", UtcDateTime),
        Index("ix_imports_created_at_id", "created_at", "id"),
        Index("ix_imports_workable", "created_at", postgresql_where=text("finished_at IS NULL")),
    )


def _pieces(metadata: MetaData) -> Table:
    # the API and the worker may not share a disk: a file lies in the database until it is read
    return Table(
        "import_pieces",
        metadata,
        Column("upload_id", Uuid, nullable=False),
        Column("position", Integer, nullable=False),
        Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
        Column("data", LargeBinary, nullable=False),
        PrimaryKeyConstraint("upload_id", "position"),
        Index("ix_import_pieces_import_id", "import_id"),
    )


def _failures(metadata: MetaData) -> Table:
    return Table(
        "import_failures",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
        Column("row", Integer),
        Column("column", Text),
        Column("code", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Index("ix_import_failures_import_id_row", "import_id", "row", "id"),
    )


def _changes(metadata: MetaData) -> Table:
    # former values may be personal: they go when an import can no longer be undone
    return Table(
        "import_changes",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False),
        Column("row", Integer, nullable=False),
        Column("record_id", Uuid, nullable=False),
        Column("is_new", Boolean, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("before", JSONB, nullable=False),
        Column("is_undone", Boolean, nullable=False),
        Index("ix_import_changes_import_id_id", "import_id", "id"),
        Index("ix_import_changes_record_id", "record_id"),
    )
