"""Every SELECT of the companies feature."""

from uuid import UUID

from sqlalchemy import Select, Uuid, and_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.models import Company
from crm_shared.actor import Access
from crm_shared.db.aliases import surviving
from crm_shared.db.scope import visible


def visible_companies(access: Access) -> Select[Company]:
    """Return the companies somebody may see."""
    return select(Company).where(
        visible(access, Company.owner_id, Company.team_id), Company.deleted_at.is_(None)
    )


async def get_company(
    session: AsyncSession, access: Access, company_id: UUID, *, deleted: bool = False
) -> Company:
    """Return a company within the scope, of a merged one its survivor; `deleted`: one put away."""
    away = and_(Company.deleted_at.is_not(None), Company.merged_into_id.is_(None))
    found = select(Company).where(
        Company.id == surviving(literal(company_id, Uuid())),
        visible(access, Company.owner_id, Company.team_id),
        away if deleted else Company.deleted_at.is_(None),
    )
    company = (await session.scalars(found)).one_or_none()
    if company is None:
        raise CompanyNotFoundError(company_id)
    return company


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Company | None:
    """Return the company that another system knows by this id; of a merged one its survivor."""
    named = (
        select(Company.id)
        .where(Company.source_system == system, Company.external_id == external_id)
        .scalar_subquery()
    )
    found = select(Company).where(Company.id == surviving(named))
    return (await session.scalars(found)).one_or_none()


async def ancestors(session: AsyncSession, company_id: UUID) -> set[UUID]:
    """Return the company and every company above it."""
    chain = (
        select(Company.id, Company.parent_id)
        .where(Company.id == surviving(literal(company_id, Uuid())))
        .cte("chain", recursive=True)
    )
    above = select(Company.id, Company.parent_id).join(
        chain, Company.id == surviving(chain.c.parent_id)
    )
    return set(await session.scalars(select(chain.union(above).c.id)))
