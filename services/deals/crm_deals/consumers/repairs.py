"""What an earlier version did not keep of planned work is fetched from the log of contacts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from crm_deals.work.models import KnownWork
from crm_deals.work.queries import list_unknown_plans
from crm_deals.work.statements import keep_plan
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import Job, JobContext

# a request over the bus each, within a run of ten minutes
AT_ONCE = 100


class _Planned(BaseModel):
    """When a task or an activity is due and whose it is."""

    due_at: datetime | None
    assignee_id: UUID | None


UNKNOWN = _Planned(due_at=None, assignee_id=None)


async def fill_plans(context: JobContext) -> int:
    """Ask for the events by which work became known before its plan was kept; return how many.

    Each is asked for once: an event that the log has no more leaves the plan unknown.
    """
    async with context.sessions() as session:
        rows = await list_unknown_plans(session, AT_ONCE)
    for row in rows:
        asked = {"subject": str(row.id), "from_revision": row.revision}
        try:
            answer = await context.bus.request("crm-events.contacts", asked)
        except BusUnavailableError:
            return 0  # contacts is away: the next run asks again
        planned = _plan_in(answer["events"], row)
        async with context.sessions.begin() as session:
            await keep_plan(session, row, planned.due_at, planned.assignee_id)
    return len(rows)


def _plan_in(events: list[dict[str, Any]], row: KnownWork) -> _Planned:
    for event in events:
        if event["revision"] == row.revision:
            try:
                return _Planned.model_validate(event["data"].get(row.kind))
            except ValidationError:
                break
    return UNKNOWN


JOBS = [Job("plans-of-work", 600.0, fill_plans)]
