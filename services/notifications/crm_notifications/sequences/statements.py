"""The hand-written write of sequences: a batch begins at once, each once per occasion."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.sequences.models import Enrolment

ENROLMENTS: Table = Enrolment.__table__  # type: ignore[assignment]


async def insert_enrolments(
    session: AsyncSession, rows: Sequence[dict[str, Any]]
) -> set[tuple[UUID, UUID]]:
    """Begin sequences; one that has begun, or is under way, stays as it is."""
    if not rows:
        return set()
    written = insert(ENROLMENTS).values(list(rows)).on_conflict_do_nothing()
    added = await session.execute(written.returning(ENROLMENTS.c.rule_id, ENROLMENTS.c.subject_id))
    return {(row.rule_id, row.subject_id) for row in added}
