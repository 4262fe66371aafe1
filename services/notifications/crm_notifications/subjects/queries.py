"""Every SELECT of the copies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.subjects.models import Silence, Subject
from crm_shared.db.infrastructure import ALIASES, REFS

# of one job: what more there is comes the next minute
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Born:
    """Somebody whose birthday it may be, as contacts told of him."""

    id: UUID
    birth_date: str
    time_zone: str | None


async def subject(session: AsyncSession, noun: str, id_: UUID) -> Subject | None:
    """One record as it stands, unless it is gone."""
    found = await session.get(Subject, (noun, id_))
    return None if found is None or found.is_gone else found


async def subjects(
    session: AsyncSession, noun: str, ids: Collection[UUID]
) -> Mapping[UUID, Subject]:
    """Records as they stand, those that are gone too."""
    if not ids:
        return {}
    found = await session.scalars(select(Subject).where(Subject.noun == noun, Subject.id.in_(ids)))
    return {one.id: one for one in found}


async def on_days(
    session: AsyncSession, noun: str, days: Sequence[str], *, beyond: UUID
) -> list[Subject]:
    """Records that name one of these days, in the order of ids from one on."""
    found = (
        select(Subject)
        .where(Subject.noun == noun, Subject.days.overlap(list(days)))
        .where(Subject.is_gone.is_(False), Subject.id > beyond)
        .order_by(Subject.id)
        .limit(AT_ONCE)
    )
    return list(await session.scalars(found))


async def unanswered(
    session: AsyncSession, noun: str, since: datetime, until: datetime, *, beyond: UUID
) -> list[Silence]:
    """Clients or deals that were spoke to between two moments and gave no answer since."""
    found = (
        select(Silence)
        .where(Silence.noun == noun, Silence.asked_at.between(since, until))
        .where(func.coalesce(Silence.answered_at < Silence.asked_at, True))
        .where(Silence.id > beyond)
        .order_by(Silence.id)
        .limit(AT_ONCE)
    )
    return list(await session.scalars(found))


async def silence(session: AsyncSession, noun: str, id_: UUID) -> datetime | None:
    """Since when an answer of this client, or about this deal, is waited for; None: since never."""
    found = select(Silence.asked_at).where(
        Silence.noun == noun,
        Silence.id == id_,
        func.coalesce(Silence.answered_at < Silence.asked_at, True),
    )
    return await session.scalar(found)


async def answers(session: AsyncSession, noun: str, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When these clients, or somebody about these deals, last answered."""
    if not ids:
        return {}
    found = select(Silence.id, Silence.answered_at).where(
        Silence.noun == noun, Silence.id.in_(ids), Silence.answered_at.is_not(None)
    )
    return {row.id: row.answered_at for row in await session.execute(found)}


async def born_on(session: AsyncSession, month_days: Sequence[str], *, beyond: UUID) -> list[Born]:
    """Persons born on one of these days of a year (`02-29`); those merged into others are not."""
    birth_date = REFS.c.data["birth_date"].astext
    found = (
        select(REFS.c.id, birth_date.label("birth_date"), REFS.c.data["time_zone"].astext)
        .outerjoin(
            ALIASES, (ALIASES.c.loser_id == REFS.c.id) & (ALIASES.c.survivor_id != REFS.c.id)
        )
        .where(REFS.c.kind == "contact", func.substr(birth_date, 6).in_(month_days))
        .where(ALIASES.c.loser_id.is_(None), REFS.c.id > beyond)
        .order_by(REFS.c.id)
        .limit(AT_ONCE)
    )
    return [Born(*row) for row in await session.execute(found)]


def facts_of(subject: Subject | None) -> Mapping[str, Any]:
    """What is known of a record; nothing of one that was never heard of."""
    return {} if subject is None else subject.facts
