"""What a caller can do with imports."""

import csv
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Actor, Scope
from crm_shared.clock import utc_now
from crm_shared.exports.formulas import harmless
from crm_shared.imports.errors import (
    CannotUndoError,
    ImportEndedError,
    ImportNotHeldError,
    MappingError,
    MayNotImportError,
    UnknownNounError,
)
from crm_shared.imports.hiding import refuse_hidden
from crm_shared.imports.mapping import check_mapping, fitted, stored_mapping, unknown_columns
from crm_shared.imports.nouns import Noun
from crm_shared.imports.schemas import ImportIn, MappingIn
from crm_shared.imports.store import Record, Store
from crm_shared.imports.tables import UNDOABLE, WORKABLE


async def begin(
    session: AsyncSession, store: Store, nouns: Mapping[str, Noun], actor: Actor, body: ImportIn
) -> Record:
    """Begin an import; it waits for its file."""
    noun = nouns.get(body.noun)
    if noun is None:
        raise UnknownNounError(nouns)
    if noun.permission.reach(actor) is not Scope.ALL:
        raise MayNotImportError(noun.name)
    check_mapping(body.mapping, await noun.whole(session))
    refuse_hidden(body.mapping, noun)
    return await store.add(
        session,
        {
            "noun": noun.name,
            "source_system": body.source_system,
            "dry_run": body.dry_run,
            "mapping": stored_mapping(body.mapping, hold=body.hold),
            "state": "awaiting_file",
            "actor_id": actor.id,
            "actor_role": actor.role,
        },
    )


async def remap(
    session: AsyncSession,
    store: Store,
    nouns: Mapping[str, Noun],
    import_id: UUID,
    body: MappingIn,
) -> Record:
    """Give an import that waits another mapping, checked against its file."""
    found = await store.get(session, import_id)
    check_mapping(body.mapping, await nouns[found["noun"]].whole(session))
    refuse_hidden(body.mapping, nouns[found["noun"]])
    fit = fitted(body.mapping, found["columns"] or [])
    if faults := unknown_columns(fit, found["columns"] or []):
        raise MappingError(faults)
    values: dict[str, Any] = {"mapping": stored_mapping(fit, hold=True)}
    if body.dry_run is not None:
        values["dry_run"] = body.dry_run
    return await _from_held(session, store, import_id, values)


async def start(session: AsyncSession, store: Store, import_id: UUID) -> Record:
    """Let the work on an import begin that waited for its preview."""
    return await _from_held(session, store, import_id, {"state": "queued", "next_at": utc_now()})


async def undo(
    session: AsyncSession, store: Store, nouns: Mapping[str, Noun], import_id: UUID
) -> Record:
    """Begin to take an import back: what it made is put away, what it changed is as before."""
    found = await store.get(session, import_id)
    if nouns[found["noun"]].undoing is None:
        raise CannotUndoError("What this import changed cannot be taken back at once.")
    if found["dry_run"] or found["finished_at"] is None:
        raise CannotUndoError("There is nothing to take back yet.")
    values = {"state": "undoing", "finished_at": None, "next_at": utc_now()}
    changed = await store.change(session, import_id, values, states=UNDOABLE)
    if changed is None:
        raise CannotUndoError("This import has been taken back already.")
    return changed


async def _from_held(
    session: AsyncSession, store: Store, import_id: UUID, values: Mapping[str, Any]
) -> Record:
    changed = await store.change(session, import_id, values, states=("held",))
    if changed is None:
        await store.get(session, import_id)
        raise ImportNotHeldError
    return changed


async def cancel(session: AsyncSession, store: Store, import_id: UUID) -> Record:
    """Stop an import where it stands; rows that were brought in stay."""
    values = {"state": "cancelled", "finished_at": utc_now()}
    states = ("awaiting_file", "held", *(one for one in WORKABLE if one != "undoing"))
    changed = await store.change(session, import_id, values, states=states)
    if changed is None:
        await store.get(session, import_id)
        raise ImportEndedError
    await store.drop_pieces(session, import_id)
    return changed


async def failures_as_csv(session: AsyncSession, store: Store, import_id: UUID) -> str:
    """Return what was wrong as a file that a spreadsheet opens and never calculates."""
    failures = store.tables.failures
    found = await session.execute(
        store.failures_of(import_id).order_by(failures.c.row.nulls_first(), failures.c.id)
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["row", "column", "code", "detail"])
    for row in found.mappings():
        told = (row["row"] or "", row["column"] or "", row["code"], row["detail"])
        writer.writerow([harmless(str(one)) for one in told])
    return text.getvalue()
