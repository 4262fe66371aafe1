"""Every SELECT of portraits."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.portraits.rules import AGES, OLDEST, Count
from crm_contacts.purchases.fields import years_since
from crm_contacts.segments.catalogue import Kind
from crm_contacts.segments.models import Segment
from crm_contacts.segments.queries import members_now
from crm_shared.actor import Access

_AGE = years_since(Contact.birth_date)
_AGE_GROUP = case(
    (Contact.birth_date.is_(None), None),
    *((limit > _AGE, label) for limit, label in AGES.items()),
    else_=OLDEST,
)
_STAFF = case(
    (Company.employees.is_(None), None),
    *((Company.employees <= limit, f"up to {limit}") for limit in (10, 50, 250, 1000)),
    else_="over 1000",
)
ATTRIBUTES: Final[Mapping[str, Mapping[str, Any]]] = {
    "contact": {
        "sex": Contact.sex,
        "age_group": _AGE_GROUP,
        "country": Contact.country,
        "city": Contact.city,
        "district": Contact.district,
        "income_band": Contact.income_band,
        "education": Contact.education,
        "marital_status": Contact.marital_status,
        "occupation": Contact.occupation,
        "language": Contact.language,
        "client_class": Contact.client_class,
        "lifecycle_stage": Contact.lifecycle_stage,
        "source": Contact.source,
        "channel": Contact.channel,
    },
    "company": {
        "sector": Company.sector,
        "country": Company.country,
        "city": Company.city,
        "employees": _STAFF,
        "client_class": Company.client_class,
        "lifecycle_stage": Company.lifecycle_stage,
        "source": Company.source,
    },
}


def _is_member(kind: Kind, segment: Segment) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = kind.model.id.in_(members_now(segment.id))
    return inside


async def count_members(
    session: AsyncSession, access: Access, kind: Kind, segment: Segment
) -> tuple[int, int]:
    """Count a segment and everybody, within one's scope."""
    inside = _is_member(kind, segment)
    found = select(func.count().filter(inside), func.count()).select_from(kind.model)
    row = (await session.execute(found.where(kind.may_see(access), kind.is_there()))).one()
    return row[0], row[1]


async def counts_of(
    session: AsyncSession, access: Access, kind: Kind, segment: Segment, attribute: str
) -> list[Count]:
    """Count the values of an attribute in a segment and among everybody, within one's scope."""
    value = cast(func.nullif(ATTRIBUTES[kind.noun][attribute], ""), Text)
    inside = _is_member(kind, segment)
    found = (
        select(value.label("value"), func.count().filter(inside).label("n"), func.count())
        .where(kind.may_see(access), kind.is_there())
        .group_by(value)
    )
    return [Count(*row) for row in await session.execute(found)]
