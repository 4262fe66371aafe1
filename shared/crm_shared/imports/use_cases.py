"""What a caller can do with imports."""

import csv
import io
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Actor, Scope
from crm_shared.clock import utc_now
from crm_shared.imports.errors import ImportEndedError, MayNotImportError, UnknownNounError
from crm_shared.imports.mapping import check_mapping
from crm_shared.imports.nouns import Noun
from crm_shared.imports.schemas import ImportIn
from crm_shared.imports.store import Record, Store
from crm_shared.imports.tables import WORKABLE

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    return await store.add(
        session,
        {
            "noun": noun.name,
            "source_system": body.source_system,
            "dry_run": body.dry_run,
            "mapping": body.mapping.model_dump(mode="json", exclude_defaults=True),
            "state": "awaiting_file",
            "actor_id": actor.id,
            "actor_role": actor.role,
        },
    )


async def cancel(session: AsyncSession, store: Store, import_id: UUID) -> Record:
    """Stop an import where it stands; rows that were brought in stay."""
    values = {"state": "cancelled", "finished_at": utc_now()}
    states = ("awaiting_file", *WORKABLE)
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
        writer.writerow([_harmless(str(one)) for one in told])
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
