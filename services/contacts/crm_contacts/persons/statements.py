"""Emptying what hangs on a person: notes, tasks, activities, calls and old versions of all rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.imports.models import TABLES
from crm_contacts.person_exports.models import PersonExport
from crm_contacts.persons.queries import Person, among, hanging_on, table_of
from crm_contacts.persons.rules import empty_values
from crm_contacts.versions.models import Version

# announced one by one by their own verbs
OWN_EVENT = ("contacts", "leads")


async def empty_what_hangs(session: AsyncSession, person: Person) -> dict[str, list[UUID]]:
    """Empty the texts of what hangs on a person; return the ids of rows by noun.

    No event ever told these texts, so none tells that they are gone: the person's own does.
    """
    emptied: dict[str, list[UUID]] = {}
    for noun, (table, rows) in hanging_on(person).items():
        if noun in OWN_EVENT:
            emptied[noun] = list(await session.scalars(select(table.c.id).where(rows)))
            continue
        # emptied, not deleted: that there was a call is part of figures, what was said is not
        done = update(table).where(rows).values(**empty_values(table)).returning(table.c.id)
        emptied[noun] = list(await session.scalars(done))
    return emptied


async def empty_versions(session: AsyncSession, row_ids: Sequence[UUID]) -> int:
    """Empty what rows looked like; who changed them and when stays."""
    # what imports keep of rows so that they can be undone is one more former look
    changes = TABLES.changes
    await session.execute(
        update(changes).where(among(changes.c.record_id, row_ids)).values(before={})
    )
    versions = table_of(Version)
    done = (
        update(versions)
        .where(among(versions.c.row_id, row_ids))
        .values(data={})
        .returning(versions.c.revision)
    )
    return len((await session.execute(done)).all())


async def drop_exports(session: AsyncSession, contact_ids: Sequence[UUID]) -> int:
    """Drop what was collected to be handed out."""
    exports = table_of(PersonExport)
    gone = delete(exports).where(exports.c.contact_id.in_(contact_ids)).returning(exports.c.id)
    return len((await session.execute(gone)).all())
