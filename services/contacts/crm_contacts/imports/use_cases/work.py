"""Tasks and activities that come in, with the days they were done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_contacts.activities import queries as activity_queries
from crm_contacts.activities import use_cases as activities
from crm_contacts.activities.schemas import ActivityIn
from crm_contacts.imports.errors import COMPLETED_IN_THE_FUTURE
from crm_contacts.imports.use_cases.common import Incoming, checked, outcome
from crm_contacts.tasks import queries as task_queries
from crm_contacts.tasks import use_cases as tasks
from crm_contacts.tasks.models import TaskStatus
from crm_contacts.tasks.schemas import TaskIn
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.imports.nouns import Desk, Outcome


@dataclass(frozen=True, slots=True)
class IncomingTask:
    """A task, and whether and when it was done."""

    row: Incoming
    is_done: bool
    completed_at: datetime | None


def check_task(_desk: Desk, values: dict[str, Any]) -> IncomingTask:
    """Return a task that the API would take; with a day of completion it is done."""
    completed_at = values.pop("completed_at", None)
    is_done = values.pop("is_done", False) or completed_at is not None
    if completed_at is not None and completed_at > utc_now():
        raise InvalidError(COMPLETED_IN_THE_FUTURE)
    return IncomingTask(checked(TaskIn, values), is_done, completed_at)


async def write_tasks(desk: Desk, batch: Sequence[IncomingTask]) -> list[Outcome]:
    """Put tasks in, one after another."""
    outcomes: list[Outcome] = []
    for one in batch:
        row = one.row
        here = await task_queries.find_by_external(desk.session, desk.system, row.name)
        before = here.revision if here else 0
        if here is None:
            task = await tasks.create_task(desk.session, desk.access, row.values, at=row.created_at)
        else:
            task = await tasks.update_task(desk.session, desk.access, here, row.values)
        if one.is_done and task.status == TaskStatus.OPEN:
            # files that know days only close tasks before they make them
            at = max(one.completed_at, task.created_at) if one.completed_at else None
            await tasks.complete_task(desk.session, task, at=at)
        outcomes.append(outcome(here is None, task.revision != before))
    return outcomes


def check_activity(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return an activity that the API would take."""
    if values.get("completed_at") is not None:
        values = {"status": "done", **values}
    return checked(ActivityIn, values)


async def write_activities(desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
    """Put activities in, one after another; done ones keep the moment they were done."""
    outcomes: list[Outcome] = []
    for one in batch:
        before = await activity_revision(desk, one.name)
        activity, is_new = await activities.write_activity(
            desk.session, desk.access, one.values, zone=desk.settings.zone
        )
        outcomes.append(outcome(is_new, activity.revision != before))
    return outcomes


async def activity_revision(desk: Desk, external_id: str) -> int:
    """Return the revision of an activity that is here, 0 when it is not."""
    here = await activity_queries.find_by_external(desk.session, desk.system, external_id)
    return here.revision if here else 0
