"""What can be done to a company."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.addresses.rules import normalise
from crm_contacts.companies import queries
from crm_contacts.companies.errors import (
    CompanyCircleError,
    CompanyExistsError,
    CompanyNotFoundError,
    CompanyOutsideScopeError,
)
from crm_contacts.companies.models import Company
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.events import (
    CompanyCreated,
    CompanyDeleted,
    CompanyFacts,
    CompanyRestored,
    CompanyUpdated,
)
from crm_contacts.users.use_cases import with_owner
from crm_contacts.versions.statements import add_rows
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.db.named import find_or_make
from crm_shared.db.refusals import not_unique
from crm_shared.events.outbox import Changes
from crm_shared.ids import new_id

EMPTY: Mapping[str, Any] = {
    "kinds": ["customer"],
    "emails": [],
    "phones": [],
    "tags": [],
    "do_not_call": False,
    "is_key": False,
    "preferences": {},
}


async def create_company(
    session: AsyncSession,
    access: Access,
    values: Mapping[str, Any],
    *,
    region: str,
    at: datetime | None = None,
    demanding: bool = True,
) -> Company:
    """Take an organisation into the customer base and announce it."""
    # a form may still name a company that was merged since it was opened
    values = await aliases.resolved(session, values, ("parent_id",))
    settled = await BOOK.settled(session, "company", values, demanding=demanding)
    company = new_company(await with_owner(session, access, settled), region=region, at=at)
    if not access.may_see(company.owner_id, company.team_id):
        raise CompanyOutsideScopeError
    try:
        # the row is not asked for beforehand: the unique index alone is safe against two at once
        await add_rows(session, [(company, created(company), at)])
    except IntegrityError as taken:
        raise not_unique(taken) or CompanyExistsError() from taken
    return company


def new_company(values: Mapping[str, Any], *, region: str, at: datetime | None = None) -> Company:
    """Make the row, addresses normalised; an import announces many of them at once."""
    company = Company(id=new_id(), created_at=at or utc_now())
    fresh: Mapping[str, Any] = {"custom_fields": {}, "personal_fields": {}}
    company.apply({**EMPTY, **fresh, **normalise(values, region)})
    return company


def created(company: Company) -> CompanyCreated:
    """Say that a company entered the customer base."""
    return CompanyCreated(company=facts_of(company), changed=[], previous={})


def updated(company: Company, changes: Changes) -> CompanyUpdated | CompanyRestored:
    """Say what changed about a company; coming back is named after the move."""
    kind = CompanyRestored if "deleted_at" in changes.changed else CompanyUpdated
    return kind(company=facts_of(company), changed=changes.changed, previous=changes.previous)


def facts_of(company: Company) -> CompanyFacts:
    return CompanyFacts.model_validate(company)


async def update_company(
    session: AsyncSession,
    access: Access,
    company: Company,
    values: Mapping[str, Any],
    *,
    region: str,
) -> Company:
    """Change a company and announce it; a change that changes nothing says nothing."""
    values = await aliases.resolved(session, values, ("parent_id",))
    parent_id = values.get("parent_id")
    if parent_id not in (None, company.parent_id):
        # two who move companies under each other at once; merges move them as well
        await aliases.hold(session)
    # a ring of parents would make every walk up the tree endless
    if parent_id is not None and company.id in await queries.ancestors(session, parent_id):
        raise CompanyCircleError
    settled = await BOOK.settled(session, "company", values, company)
    company.apply(normalise(settled, region))
    if not access.may_see(company.owner_id, company.team_id):
        raise CompanyOutsideScopeError
    if changes := changes_told(company, CompanyFacts):
        await announce(session, company, updated(company, changes))
    return company


async def write_company(
    session: AsyncSession, access: Access, values: Mapping[str, Any], *, region: str
) -> tuple[Company, bool]:
    """Create a company, or change the one that its external id names; tell whether it is new."""
    company, is_new = await find_or_make(
        session,
        values,
        find=queries.find_by_external,
        make=lambda: create_company(session, access, values, region=region),
        taken=CompanyExistsError,
    )
    if is_new:
        return company, True
    if not access.may_see(company.owner_id, company.team_id):
        raise CompanyNotFoundError(str(values["external_id"]))
    back = {**unnamed(values, company), "deleted_at": None}
    return await update_company(session, access, company, back, region=region), False


def unnamed(values: Mapping[str, Any], company: Company) -> dict[str, Any]:
    """Return `values` without another external id: one merged into this company keeps its own."""
    is_another = values.get("external_id") != company.external_id
    left = ("source_system", "external_id") if is_another else ()
    return {name: value for name, value in values.items() if name not in left}


async def delete_company(session: AsyncSession, company: Company) -> None:
    """Put a company away; facts that depend on it stay."""
    company.deleted_at = utc_now()
    event = CompanyDeleted(company=facts_of(company), changed=["deleted_at"], previous={})
    await announce(session, company, event)


async def restore_company(session: AsyncSession, company: Company) -> Company:
    """Bring back a company that was put away."""
    company.deleted_at = None
    event = CompanyRestored(company=facts_of(company), changed=["deleted_at"], previous={})
    await announce(session, company, event)
    return company
