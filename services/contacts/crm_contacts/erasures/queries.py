"""Every SELECT of the erasures feature."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.erasures.errors import ErasureNotFoundError
from crm_contacts.erasures.models import Erasure, ErasureAnswer, ErasureState


def all_erasures() -> Select[Erasure]:
    return select(Erasure)


async def get_erasure(session: AsyncSession, erasure_id: UUID) -> Erasure:
    erasure = await session.get(Erasure, erasure_id)
    if erasure is None:
        raise ErasureNotFoundError(erasure_id)
    return erasure


async def answers_to(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[ErasureAnswer]]:
    """Return what the services said to requests, in the order of their names."""
    found = (
        select(ErasureAnswer)
        .where(ErasureAnswer.erasure_id.in_(ids))
        .order_by(ErasureAnswer.service)
    )
    answers: dict[UUID, list[ErasureAnswer]] = {one: [] for one in ids}
    for answer in await session.scalars(found):
        answers[answer.erasure_id].append(answer)
    return answers


async def running_for(session: AsyncSession, contact_id: UUID) -> list[Erasure]:
    """Return requests about this contact, a merged one too, that wait for answers, locked."""
    found = (
        select(Erasure)
        .where(
            literal(contact_id) == any_(Erasure.contact_ids), Erasure.state == ErasureState.RUNNING
        )
        .order_by(Erasure.id)
        # services answer at one moment: the second must see the first answer, or none completes
        .with_for_update()
    )
    return list(await session.scalars(found))


async def unplanned(session: AsyncSession, limit: int) -> list[tuple[UUID, str, UUID]]:
    """Return what other services were not asked yet: request, service, contact."""
    found = (
        select(ErasureAnswer.erasure_id, ErasureAnswer.service, Erasure.contact_id)
        .join(Erasure, Erasure.id == ErasureAnswer.erasure_id)
        .where(Erasure.state == ErasureState.PLANNED, ErasureAnswer.planned.is_(None))
        .order_by(ErasureAnswer.erasure_id)
        .limit(limit)
    )
    return [
        (row.erasure_id, row.service, row.contact_id)
        for row in await session.execute(found)
        if row.contact_id is not None
    ]
