"""What the company decided, in tests of services that only hear of it."""

from itertools import count
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.events.known_calendar import WORKSPACE_ID, WorkspaceUpdated, keep_calendar
from crm_shared.testing.events import envelope_of

_REVISIONS = count(1)


async def decide(client: httpx.AsyncClient, session: AsyncSession, **policies: Any) -> None:
    """Bring the workspace's event, as contacts would have said it, and let the process know."""
    await hear(session, **policies)
    await client._transport.app.state.directory.refresh()  # type: ignore[attr-defined]


async def hear(session: AsyncSession, **policies: Any) -> None:
    """Bring the workspace's event, as contacts would have said it."""
    calendar: dict[str, Any] = {"schedules": [], "special_days": []}
    event = WorkspaceUpdated.model_validate({"workspace": {**calendar, **policies}})
    told = envelope_of(event, subject=WORKSPACE_ID, revision=next(_REVISIONS))
    await keep_calendar(session, [told])
    await session.commit()
