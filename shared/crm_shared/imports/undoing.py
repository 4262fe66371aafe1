"""Taking an import back: what it changed is kept while it runs, and undone step by step."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, Column, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.inspection import inspect

from crm_shared.errors import ServiceError
from crm_shared.events import outbox
from crm_shared.ids import new_id
from crm_shared.imports.nouns import Desk, Noun, Undoing
from crm_shared.imports.plan import Draft, Fault, field_errors_of
from crm_shared.imports.tables import ImportTables

AT_ONCE = 100
BESIDE = frozenset({"id", "revision", "updated_at"})
_CHANGED_SINCE = "The record was changed after the import: it stays as it is."
_GONE = "The record is not there any more."


@dataclass(slots=True)
class Witness:
    """Looks on while rows are written: which records were announced, and what they were before."""

    revisions: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    former: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def changing(self, row: Any) -> None:
        """Keep what a row was before this change; the first change of a row counts."""
        state = inspect(row)
        # undoing goes back to before the file: what a second row of it overwrote is of the file,
        # too
        if not state.persistent or row.id in self.former:
            return
        before = {}
        for name in (column.key for column in state.mapper.column_attrs):
            history = state.attrs[name].history
            if name not in BESIDE and history.has_changes():
                before[name] = history.deleted[0] if history.deleted else None
        self.former[row.id] = before

    def adopt(self, other: "Witness") -> None:
        """Take over what another has seen that was not rolled back."""
        self.revisions |= other.revisions
        self.former |= other.former

    def announcing(self, record_id: UUID, revision: int) -> None:
        """Keep between which revisions a record was changed."""
        first, _ = self.revisions.get(record_id, (revision, revision))
        self.revisions[record_id] = (first, revision)


@contextmanager
def witnessing() -> Iterator[Witness]:
    """Look on at everything that is announced meanwhile."""
    witness = Witness()
    token = outbox.WITNESS.set(witness)
    try:
        yield witness
    finally:
        outbox.WITNESS.reset(token)


async def note_changes(
    desk: Desk,
    noun: Noun,
    tables: ImportTables,
    import_id: UUID,
    drafts: Sequence[Draft],
    witness: Witness,
) -> None:
    """Keep what these rows made and changed, so that it can be undone."""
    if noun.undoing is None or not witness.revisions:
        return
    rows = await _rows_of(desk, noun.undoing, drafts, witness)
    kept = [
        {
            "id": new_id(),
            "import_id": import_id,
            "row": rows[record_id],
            "record_id": record_id,
            "is_new": first == 1,
            "revision": last,
            "before": to_jsonable_python(witness.former.get(record_id, {})),
            "is_undone": False,
        }
        for record_id, (first, last) in witness.revisions.items()
        if record_id in rows
    ]
    if kept:
        await desk.session.execute(insert(tables.changes), kept)


async def _rows_of(
    desk: Desk, undoing: Undoing, drafts: Sequence[Draft], witness: Witness
) -> dict[UUID, int]:
    """Return the row of the file that each record comes from."""
    rows = {one.record_id: one.row for one in drafts if one.record_id is not None}
    named = {one.external_id: one.row for one in drafts if one.external_id}
    model = undoing.model
    found = await desk.session.execute(
        select(model.id, model.source_system, model.external_id).where(
            model.id.in_(witness.revisions)
        )
    )
    for record_id, system, external_id in found:
        if system == desk.system and external_id in named:
            rows[record_id] = named[external_id]
        else:
            # changed beside its row, as a company of a contact: undone with it, yet no line of the
            # file
            rows.setdefault(record_id, 0)
    return rows


async def undo_some(
    desk: Desk, noun: Noun, tables: ImportTables, import_id: UUID
) -> tuple[int, list[Fault]] | None:
    """Undo the next changes, the last first; None when all have been looked at."""
    changes = tables.changes
    found = await desk.session.execute(
        select(changes)
        .where(changes.c.import_id == import_id, changes.c.is_undone.is_(False))
        # backwards: a deal goes before the contact that it names
        .order_by(changes.c.id.desc())
        .limit(AT_ONCE)
    )
    kept = found.mappings().all()
    if not kept or noun.undoing is None:
        return None
    faults: list[Fault] = []
    for one in kept:
        if (fault := await _undo(desk, noun.undoing, tables, one)) is not None:
            faults.append(fault)
    await desk.session.execute(
        update(changes).where(changes.c.id.in_([one["id"] for one in kept])).values(is_undone=True)
    )
    # the next portion must not carry this one along: files have hundreds of thousands of rows
    desk.session.expunge_all()
    return len(kept) - len(faults), faults


async def _undo(
    desk: Desk, undoing: Undoing, tables: ImportTables, kept: Mapping[Any, Any]
) -> Fault | None:
    session, row = desk.session, kept["row"] or None
    # held: somebody who saves it at this moment either comes before, and it stays, or gets 412
    record = await session.get(undoing.model, kept["record_id"], with_for_update=True)
    if record is None or getattr(record, "deleted_at", None) is not None:
        return Fault(row, None, "gone", _GONE)
    # a person's later word is worth more than a clean undo
    if record.revision != kept["revision"]:
        return Fault(row, None, "changed-since", _CHANGED_SINCE)
    try:
        async with session.begin_nested():
            if kept["is_new"]:
                await undoing.remove(desk, record)
            elif kept["before"]:
                await undoing.put_back(desk, record, revived(undoing.model, kept["before"]))
                await _hand_back(desk, tables, kept, record.revision)
    except ServiceError as refused:
        session.expunge_all()
        [first, *_] = field_errors_of(refused)
        return Fault(row, None, first.code, first.detail)
    return None


async def _hand_back(
    desk: Desk, tables: ImportTables, kept: Mapping[Any, Any], revision: int
) -> None:
    """Let the import before this one be undone in its turn: its values are there again."""
    changes = tables.changes
    # only the one right before: between two others somebody else had his say
    before = (changes.c.record_id == kept["record_id"]) & (
        changes.c.revision == kept["revision"] - 1
    )
    await desk.session.execute(update(changes).where(before).values(revision=revision))


def revived(model: type[Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return former values as the columns hold them."""
    columns = {one.key: one.columns[0] for one in inspect(model).column_attrs}
    return {name: _value(columns[name], value) for name, value in before.items() if name in columns}


def _value(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if value is None or isinstance(kind, JSONB):
        return value
    if isinstance(kind, ARRAY):
        return TypeAdapter(list[kind.item_type.python_type]).validate_python(value)  # type: ignore[name-defined]
    inner = getattr(kind, "impl_instance", kind)
    return TypeAdapter(inner.python_type).validate_python(value)
