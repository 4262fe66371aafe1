"""The first rows of a file as an import would understand them; nothing is written."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import context
from crm_shared.imports.batches import Batch
from crm_shared.imports.errors import FileError, ImportNotHeldError, UnreadableFileError
from crm_shared.imports.hiding import refuse_hidden
from crm_shared.imports.mapping import kept_mapping
from crm_shared.imports.nouns import Noun
from crm_shared.imports.plan import Draft, Plan
from crm_shared.imports.reader import FileReader
from crm_shared.imports.running import context_of, desk_of, records_of
from crm_shared.imports.schemas import PreviewFaultOut, PreviewOut, PreviewRowOut
from crm_shared.imports.store import Store, StoredFile

COUNTED = ("created", "updated", "unchanged", "skipped")


async def preview(
    session: AsyncSession,
    store: Store,
    nouns: Mapping[str, Noun],
    settings: Any,
    import_id: UUID,
    *,
    limit: int,
) -> PreviewOut:
    """Read, find, check and try the first rows one by one, and roll all of it back."""
    found = await store.get(session, import_id)
    if found["state"] != "held":
        raise ImportNotHeldError
    noun = await nouns[found["noun"]].whole(session)
    mapping = kept_mapping(found["mapping"])
    # the file, and what would become of its rows, may be somebody else's
    refuse_hidden(mapping, noun)
    plan = Plan(mapping, noun.fields, found["columns"], settings.zone)
    file = StoredFile(store, found["upload_id"])
    reader = FileReader(import_id, file, records_of(file, found), plan)
    try:
        rows = await session.run_sync(reader.take, limit)
    except FileError as broken:
        raise UnreadableFileError(broken) from broken
    batch = Batch(desk_of(session, settings, found), noun, plan, True, mapping.when_missing)
    skips, shown = mapping.on_duplicate == "skip", []
    with context.use(context_of(found)):
        for row in rows:
            result = await batch.bring_in([row], skips=skips, may_wait=False)
            outcome = next((one for one in COUNTED if result and result.counts[one]), "failed")
            faults = result.faults if result else []
            shown.append(
                PreviewRowOut.model_validate(
                    {
                        "row": row.number,
                        "outcome": outcome,
                        "values": _values(plan.draft(row.number, row.cells)),
                        "errors": [
                            PreviewFaultOut(column=one.column, code=one.code, detail=one.detail)
                            for one in faults
                        ],
                    }
                )
            )
    return PreviewOut(columns=found["columns"], rows=shown)


def _values(draft: Draft) -> dict[str, Any]:
    return dict(draft.values)
