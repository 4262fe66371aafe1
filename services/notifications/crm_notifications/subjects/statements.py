"""The hand-written writes of copies: a page of the log at once, never an older word last."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.subjects.models import Silence, Subject
from crm_notifications.subjects.rules import Word

SUBJECTS: Table = Subject.__table__  # type: ignore[assignment]
SILENCES: Table = Silence.__table__  # type: ignore[assignment]


async def keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write how records stand; of one that comes twice the newest revision."""
    newest = {
        (row["noun"], row["id"]): row for row in sorted(rows, key=lambda row: row["revision"])
    }
    if not newest:
        return
    statement = insert(SUBJECTS)
    told = [column.name for column in SUBJECTS.columns if not column.primary_key]
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["noun", "id"],
            set_={name: statement.excluded[name] for name in told},
            where=SUBJECTS.c.revision < statement.excluded.revision,
        ),
        [newest[key] for key in sorted(newest)],
    )


async def note(session: AsyncSession, words: Sequence[Word]) -> None:
    """Write who spoke last; in whatever order it is heard, the latest stays."""
    last: dict[tuple[str, Any], dict[str, Any]] = {}
    for word in sorted(words, key=lambda word: word.at):
        row = last.setdefault(
            (word.noun, word.id),
            {"noun": word.noun, "id": word.id, "asked_at": None, "answered_at": None},
        )
        row["answered_at" if word.is_answer else "asked_at"] = word.at
    if not last:
        return
    statement = insert(SILENCES)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["noun", "id"],
            # greatest() passes over nulls
            set_={
                name: func.greatest(SILENCES.c[name], statement.excluded[name])
                for name in ("asked_at", "answered_at")
            },
        ),
        [last[key] for key in sorted(last)],
    )
