"""From when until when things took, by the rows behind a metric: what working time is told of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.contributions.rules.subjects.cases import worked_on
from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.facts.statements import subjects_of
from crm_reporting.metrics.queries.cells import facts_where, key_of
from crm_reporting.metrics.queries.contacting import days_of, of_part
from crm_reporting.metrics.rules.asks import Read
from crm_shared.working_time import Span


class Took(NamedTuple):
    """One thing: under which key it is told, when its row is, how long it took by the clock."""

    key: Any
    subject: UUID
    at: datetime
    seconds: Decimal | None


async def took(session: AsyncSession, read: Read, part: Part) -> Sequence[Took]:
    """Return everything of a part in a period; what is not finished has no seconds."""
    found = select(
        key_of(read.by), Contribution.subject_id, Contribution.at, Contribution.measure
    ).where(of_part(part), Contribution.product.is_(None), days_of(read), facts_where(read))
    return [Took(*row) for row in (await session.execute(found)).all()]


async def begun(session: AsyncSession, read: Read) -> Mapping[UUID, datetime]:
    """Return when the deals began that were won in a period, where that is known."""
    created = aliased(Contribution)
    found = (
        select(created.subject_id, created.at)
        .join(Contribution, Contribution.subject_id == created.subject_id)
        .where(
            created.part == int(Part.CREATED),
            created.product.is_(None),
            of_part(Part.WON),
            Contribution.product.is_(None),
            days_of(read),
            facts_where(read),
        )
    )
    rows: list[Any] = list(await session.execute(found))
    return {one: told for one, told in rows}  # noqa: C416 - rows are no pairs to mypy


async def waited_for_us(
    session: AsyncSession, cases: Iterable[UUID], zone: ZoneInfo, known: datetime | None
) -> Mapping[UUID, Sequence[Span]]:
    """Return the stretches in which cases waited for us, not for the customer."""
    told = await subjects_of(session, [("case", one) for one in cases])
    return {
        case: worked_on(
            Life([one for one in events if known is None or one.recorded_at <= known], zone)
        )
        for case, events in told.items()
    }
