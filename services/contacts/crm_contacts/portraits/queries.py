"""Every SELECT of portraits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, cast, func, select, tuple_
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
    session: AsyncSession, access: Access, kind: Kind, segment: Segment, attributes: Sequence[str]
) -> dict[str, list[Count]]:
    """Count the values of attributes in a segment and among everybody, within one's scope."""
    if not attributes:
        return {}
    # one walk over all clients for all attributes: each of its own was a whole scan
    people = (
        select(
            _is_member(kind, segment).label("inside"),
            *(
                cast(func.nullif(ATTRIBUTES[kind.noun][name], ""), Text).label(name)
                for name in attributes
            ),
        )
        .where(kind.may_see(access), kind.is_there())
        .subquery()
    )
    values = [people.c[name] for name in attributes]
    sets = func.grouping_sets(*(tuple_(value) for value in values))
    found = select(
        func.grouping(*values), func.count().filter(people.c.inside), func.count(), *values
    ).group_by(sets)
    counts: dict[str, list[Count]] = {name: [] for name in attributes}
    every = 2 ** len(attributes) - 1
    for left_out, n, base_n, *row in await session.execute(found):
        # a bit for each attribute that a line does not count by, the last one's the lowest
        place = len(attributes) - (left_out ^ every).bit_length()
        counts[attributes[place]].append(Count(row[place], n, base_n))
    return counts
