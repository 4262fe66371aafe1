"""Every SELECT of the merging feature."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.merging.models import Merge
from crm_contacts.versions.models import Version

ClientT = TypeVar("ClientT", Contact, Company)


async def hold(
    session: AsyncSession, model: type[ClientT], ids: Collection[UUID]
) -> dict[UUID, ClientT]:
    """Return rows as they are now and hold them, always in one order: nobody waits in a ring."""
    found = select(model).where(model.id.in_(set(ids))).order_by(model.id).with_for_update()
    rows = await session.scalars(found.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def find_merge(session: AsyncSession, kind: str, loser_id: UUID) -> Merge | None:
    """Return the merge that a record went away by, if it still stands."""
    found = select(Merge).where(
        Merge.kind == kind, Merge.loser_id == loser_id, Merge.unmerged_at.is_(None)
    )
    return (await session.scalars(found)).one_or_none()


def merges_into(survivor_id: UUID) -> Select[Merge]:
    """Return every merge into a record, undone ones too."""
    return select(Merge).where(Merge.survivor_id == survivor_id).order_by(Merge.survivor_revision)


async def list_merges(session: AsyncSession, survivor_id: UUID) -> Sequence[Merge]:
    return (await session.scalars(merges_into(survivor_id))).all()


async def versions_since(
    session: AsyncSession, row_id: UUID, revision: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return what a row looked like from one revision on, the oldest first."""
    found = (
        select(Version.revision, Version.data)
        .where(Version.row_id == row_id, Version.revision >= revision)
        .order_by(Version.revision)
    )
    return [(row.revision, row.data) for row in await session.execute(found)]
