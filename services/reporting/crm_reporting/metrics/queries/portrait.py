"""K58: what is told of customers, as their newest facts say."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.facts.models import NounFact


async def attributes_of(
    session: AsyncSession, customers: Collection[UUID]
) -> Mapping[UUID, Mapping[str, Any]]:
    """Return what events told last of these companies and persons."""
    asked = literal(list(customers), ARRAY(Uuid))
    found = (
        select(NounFact.id, NounFact.data)
        .where(NounFact.kind.in_(("company", "contact")), NounFact.id == any_(asked))
        # the last of each stays
        .order_by(NounFact.revision)
    )
    rows: list[Any] = list(await session.execute(found))
    return {one: told for one, told in rows}  # noqa: C416 - rows are no pairs to mypy
