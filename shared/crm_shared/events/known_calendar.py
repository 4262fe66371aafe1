"""What the company set up: working calendar and policies, a copy in every service, by events."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.events import refs
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription
from crm_shared.policies import Policies, read_policies
from crm_shared.working_time import WorkingCalendar, read_calendar

# There is one company: its calendar has one id everywhere.
WORKSPACE_ID = UUID("01900000-0000-7000-8000-000000000001")
KIND = "workspace"


class _Workspace(BaseModel):
    schedules: list[dict[str, Any]]
    special_days: list[dict[str, Any]]
    hidden_fields: dict[str, Any] = {}
    sensitive_fields: dict[str, Any] = {}
    retention: dict[str, Any] = {}


class WorkspaceUpdated(ForeignEvent, type="crm.contacts.workspace.updated.v1"):
    """The working calendar or a policy changed."""

    workspace: _Workspace


def subscription(service: str) -> Subscription[WorkspaceUpdated]:
    """Return the durable by which a service knows the working calendar."""
    return Subscription(
        durable=f"{service}-known-calendar", reads=WorkspaceUpdated, handler=keep_calendar
    )


async def keep_calendar(session: AsyncSession, batch: Sequence[Envelope[WorkspaceUpdated]]) -> None:
    """Bring the known calendar to the newest revision seen."""
    newest = max(batch, key=lambda envelope: envelope.revision)
    data = newest.data.workspace.model_dump(mode="json")
    item = refs.RefItem(id=newest.subject, revision=newest.revision, data=data)
    await refs.keep(session, KIND, [item])


async def known_calendar(session: AsyncSession, zone: ZoneInfo) -> WorkingCalendar:
    """Return the company's calendar; office hours while none was ever announced."""
    known = await refs.labels(session, KIND, [WORKSPACE_ID])
    data = known.get(WORKSPACE_ID, {"schedules": (), "special_days": ()})
    return read_calendar(zone, data["schedules"], data["special_days"])


async def known_policies(session: AsyncSession) -> Policies:
    """Return the company's policies; none while none were ever announced."""
    known = await refs.labels(session, KIND, [WORKSPACE_ID])
    return read_policies(known.get(WORKSPACE_ID, {}))
