"""Finding what rows of imports name, and what is here of them already."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm_contacts.addresses.rules import normal_email, normal_phone
from crm_contacts.cases.models import Case, CaseQueue
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.leads.models import Lead
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_shared.db.aliases import surviving
from crm_shared.db.infrastructure import ALIASES
from crm_shared.imports.nouns import Desk, Finder, KeyFinder, Names

Model = type[User] | type[Team] | type[Company] | type[Contact] | type[Lead] | type[CaseQueue]
Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
# longer ones are nobody's number
MOST_DIGITS = 10
Addressed = type[Company] | type[Contact] | type[Lead]
RowT = TypeVar("RowT", Company, Contact, Lead, Case)


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
    session: AsyncSession, model: type[RowT], system: str, external_ids: Collection[str]
) -> dict[str, RowT]:
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


async def by_ids(
    session: AsyncSession, model: type[RowT], ids: Collection[UUID | None]
) -> dict[UUID | None, RowT]:
    """Return records that a key of the file has found."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = await session.scalars(select(model).where(model.id.in_(wanted)))
    return {row.id: row for row in rows}


async def find_ids(
    model: Addressed | type[Case], desk: Desk, texts: Collection[str]
) -> Mapping[str, Sequence[UUID]]:
    """Find records by our own id."""
    given: dict[UUID, str] = {}
    for text in texts:
        with suppress(ValueError):
            given[UUID(text)] = text
    found = select(model.id).where(model.id.in_(given), model.deleted_at.is_(None))
    return {given[one]: [one] for one in await desk.session.scalars(found)}


async def find_addressed(
    model: Addressed, kind: str, desk: Desk, texts: Collection[str]
) -> Mapping[str, Sequence[UUID]]:
    """Find records by an e-mail address or a telephone number, however it is written."""
    region = desk.settings.phone_region
    normal = {
        text: normal_email(text) if kind == "email" else normal_phone(text, region)
        for text in texts
    }
    keys = sorted({key for key in normal.values() if key})
    if not keys:
        return {}
    column = model.email_keys if kind == "email" else model.phone_keys
    shares = column.op("&&", is_comparison=True)(cast(keys, ARRAY(Text)))
    rows = await desk.session.execute(
        select(model.id, column).where(shares, model.deleted_at.is_(None)).order_by(model.id)
    )
    bearers: dict[str, list[UUID]] = {}
    for record_id, its_keys in rows:
        for key in its_keys:
            bearers.setdefault(key, []).append(record_id)
    return {text: bearers[key] for text, key in normal.items() if key in bearers}


def keys_of(model: Addressed) -> dict[str, KeyFinder]:
    """Return by what clients and leads are found beside their external id."""
    return {
        "id": partial(find_ids, model),
        "email": partial(find_addressed, model, "email"),
        "phone": partial(find_addressed, model, "phone"),
    }


async def find_numbered(desk: Desk, texts: Collection[str]) -> Mapping[str, Sequence[UUID]]:
    """Find cases by the number that people name them by."""
    given = {int(text): text for text in texts if text.isdecimal() and len(text) < MOST_DIGITS}
    found = select(Case.number, Case.id).where(Case.number.in_(given), Case.deleted_at.is_(None))
    return {given[number]: [one] for number, one in await desk.session.execute(found)}


CASE_KEYS: dict[str, KeyFinder] = {"id": partial(find_ids, Case), "number": find_numbered}


async def find_nothing(_desk: Desk, _names: Names) -> Mapping[str, UUID]:
    """Find nothing: what is asked for lies in another service."""
    return {}


def _finder(model: Model, **columns: Column) -> Finder:
    return Finder(partial(find, model, columns), by=frozenset({"external_id", *columns}))


FINDERS = {
    "user": _finder(User, email=User.email, name=User.name),
    "team": _finder(Team, name=Team.name),
    "company": _finder(Company, name=Company.name),
    "contact": Finder(partial(find, Contact, {})),
    "lead": Finder(partial(find, Lead, {})),
    "case_queue": _finder(CaseQueue, name=CaseQueue.name),
    # deals belong to another service: rows name them by our own ids
    "deal": Finder(find_nothing, by=frozenset()),
}
