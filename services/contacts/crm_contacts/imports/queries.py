"""Finding what rows of imports name, and what is here of them already."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_shared.db.aliases import surviving
from crm_shared.db.infrastructure import ALIASES
from crm_shared.imports.nouns import Desk, Finder, Names

Model = type[User] | type[Team] | type[Company] | type[Contact]
Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
ClientT = TypeVar("ClientT", Company, Contact)


async def find(
    model: Model, columns: Mapping[str, Column], desk: Desk, names: Names
) -> Mapping[str, UUID]:
    """Find records by external id or another property; a name that two have finds none."""
    column = columns.get(names.by, model.external_id)
    is_here: ColumnElement[bool] = model.deleted_at.is_(None)
    if model in (Company, Contact):
        # a merged one is found as the survivor that it lives on in
        is_here = or_(is_here, model.id.in_(select(ALIASES.c.loser_id)))
    rows = select(column, surviving(model.id)).where(column.in_(names.texts), is_here)
    if names.by == "external_id":
        rows = rows.where(model.source_system == names.system)
    found: dict[str, UUID] = {}
    repeated: set[str] = set()
    for name, record_id in await desk.session.execute(rows):
        if found.setdefault(str(name), record_id) != record_id:
            repeated.add(str(name))
    return {name: record_id for name, record_id in found.items() if name not in repeated}


async def here(
    session: AsyncSession, model: type[ClientT], system: str, external_ids: Collection[str]
) -> dict[str, ClientT]:
    """Return the records that another system knows under these ids, be they deleted.

    One that was merged is told as its survivor: what comes for it goes there.
    """
    named = aliased(model)
    rows = await session.execute(
        select(named.external_id, model)
        .join(model, model.id == surviving(named.id))
        .where(named.source_system == system, named.external_id.in_(external_ids))
    )
    return {str(name): row for name, row in rows}


async def first_teams(
    session: AsyncSession, user_ids: Collection[UUID]
) -> Mapping[UUID, UUID | None]:
    """Return the first team of each user."""
    if not user_ids:
        return {}
    rows = await session.execute(select(User.id, User.team_ids).where(User.id.in_(user_ids)))
    return {user_id: team_ids[0] if team_ids else None for user_id, team_ids in rows}


def _finder(model: Model, **columns: Column) -> Finder:
    return Finder(partial(find, model, columns), by=frozenset({"external_id", *columns}))


FINDERS = {
    "user": _finder(User, email=User.email),
    "team": _finder(Team, name=Team.name),
    "company": _finder(Company, name=Company.name),
}
