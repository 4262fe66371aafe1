"""Writes of the rules' hot path: whole batches in one statement each."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import bindparam, func, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.task_rules.models import DealMark, TaskRuleTurn
from crm_contacts.tasks.models import Task
from crm_shared.events import outbox
from crm_shared.events.rules import Run

_COLUMNS = ", ".join(column.name for column in Task.__table__.columns)
_RUN = "rule_id, rule_version, event_id, subject_id, outcome, reason"
_ENTRY = "event_id, aggregate_id, revision, type, envelope, bulk, recorded_at"

# Tasks, their events and the run log of a batch in one trip; a task that exists brings no event.
# Processor time of the whole handler: 0.7 ms a move in batches of 5 (1.1 in separate statements),
# 0.24 ms in batches of 50.
_WRITE = text(
    f"""
    WITH made AS (
        INSERT INTO tasks ({_COLUMNS})
        SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::tasks, :tasks)
        ON CONFLICT DO NOTHING
        RETURNING id
    ), logged AS (
        INSERT INTO rule_runs ({_RUN})
        SELECT {_RUN} FROM jsonb_populate_recordset(NULL::rule_runs, :runs)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO outbox ({_ENTRY})
    SELECT {_ENTRY} FROM jsonb_populate_recordset(NULL::outbox, :entries) AS entry
    WHERE entry.aggregate_id IN (SELECT made.id FROM made)
    ORDER BY entry.event_id
    """  # noqa: S608 - names of our own columns
).bindparams(*(bindparam(name, type_=JSONB) for name in ("tasks", "entries", "runs")))


def row_of(task: Task) -> dict[str, Any]:
    """Return a task's columns, for the statement that inserts them itself."""
    return {column.name: getattr(task, column.name) for column in Task.__table__.columns}


async def write_tasks(
    session: AsyncSession,
    tasks: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]],
    runs: Sequence[Run],
) -> None:
    """Insert new tasks with their outbox entries unless they exist, and log what rules did."""
    if not runs:
        return
    log = [
        {
            "rule_id": run.rule_id,
            "rule_version": run.rule_version,
            "event_id": run.envelope.id,
            "subject_id": run.envelope.subject,
            "outcome": run.outcome,
            "reason": run.reason,
        }
        for run in runs
    ]
    given = {"tasks": tasks, "entries": entries, "runs": log}
    await session.execute(_WRITE, {name: to_jsonable_python(rows) for name, rows in given.items()})
    session.info[outbox.RECORDED] = True


async def mark_deals(session: AsyncSession, moves: Mapping[UUID, int]) -> dict[UUID, int]:
    """Note the newest stage change of each deal; returns the newest that was ever seen.

    Sorted, and before any read: two replicas with moves of one deal wait for each other here.
    """
    if not moves:
        return {}
    statement = insert(DealMark).values(
        [{"deal_id": deal_id, "revision": moves[deal_id]} for deal_id in sorted(moves)]
    )
    newest = func.greatest(DealMark.revision, statement.excluded.revision)
    upsert = statement.on_conflict_do_update(
        index_elements=[DealMark.deal_id], set_={"revision": newest}
    ).returning(DealMark.deal_id, DealMark.revision)
    return {row.deal_id: row.revision for row in await session.execute(upsert)}


async def take_turn(session: AsyncSession, rule_id: UUID) -> int:
    """Return the next number of a rule's round, from one on; two workers never get the same."""
    turn = insert(TaskRuleTurn).values(rule_id=rule_id, position=1)
    raised = turn.on_conflict_do_update(
        index_elements=["rule_id"], set_={"position": TaskRuleTurn.position + 1}
    ).returning(TaskRuleTurn.position)
    return int((await session.execute(raised)).scalar_one())
