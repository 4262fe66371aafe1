"""Choosing what to do next: what was promised before what was not, people before papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.next_actions import queries
from crm_contacts.scripts.queries import Subject, find_run, fitting_script
from crm_contacts.scripts.rules import find_step
from crm_shared.clock import utc_now


@dataclass(frozen=True, slots=True)
class NextAction:
    """What to do, why, by when, and the record or script step that asks for it."""

    action: str
    reason: str
    kind: str | None = None
    id: UUID | None = None
    due_at: datetime | None = None
    script_id: UUID | None = None
    script_version: int | None = None
    step: dict[str, Any] | None = None


async def next_action(session: AsyncSession, subject: Subject) -> NextAction:
    """Return the next action: overdue promise, unanswered lead, missed call, overdue work,
    step of the script, planned work, or that nothing is planned at all."""
    now = utc_now()
    urgent = await _urgent(session, subject, now)
    if urgent is not None:
        return urgent
    planned = await _planned(session, subject)
    if planned is not None and planned.due_at is not None and planned.due_at < now:
        return NextAction(
            planned.action, f"overdue_{planned.kind}", planned.kind, planned.id, planned.due_at
        )
    return await _scripted(session, subject) or planned or NextAction("plan", "no_next_step")


async def _urgent(session: AsyncSession, subject: Subject, now: datetime) -> NextAction | None:
    promise = await queries.broken_promise(session, subject, now)
    if promise is not None:
        return NextAction(
            promise.kind, "overdue_promise", "activity", promise.id, promise.agreed_at
        )
    lead = await queries.unanswered_lead(session, subject)
    if lead is not None:
        reason = "overdue_lead" if lead.is_overdue else "unanswered_lead"
        return NextAction("respond", reason, "lead", lead.id, lead.respond_by)
    task = await queries.open_task(session, subject, calls_back=True)
    if task is not None:
        return NextAction("call", "missed_call", "task", task.id, task.due_at)
    return None


async def _planned(session: AsyncSession, subject: Subject) -> NextAction | None:
    """Return the task or activity that is due first."""
    found = []
    task = await queries.open_task(session, subject)
    if task is not None:
        found.append(NextAction(task.kind, "planned_task", "task", task.id, task.due_at))
    activity = await queries.planned_activity(session, subject)
    if activity is not None:
        found.append(
            NextAction(activity.kind, "planned_activity", "activity", activity.id, activity.due_at)
        )
    # comparable with due dates: what has none comes last and is not left out
    never = datetime.max.replace(tzinfo=utc_now().tzinfo)
    return min(found, key=lambda one: one.due_at or never, default=None)


async def _scripted(session: AsyncSession, subject: Subject) -> NextAction | None:
    script = await fitting_script(session, subject)
    if script is None:
        return None
    run = await find_run(session, script.id, subject)
    steps, version = (script.steps, script.revision) if run is None else _of(run)
    key = script.steps[0]["key"] if run is None else run.step
    if key is None:
        return None
    step = find_step(steps, key)
    return NextAction(
        str(step["action"]),
        "script_step",
        "script",
        script.id,
        script_id=script.id,
        script_version=version,
        step=step,
    )


def _of(run: Any) -> tuple[list[dict[str, Any]], int]:
    return run.steps, run.script_version
