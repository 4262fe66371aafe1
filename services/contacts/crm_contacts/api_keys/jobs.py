"""Timed work of API keys: hearing from the other services when keys were used there."""

from datetime import datetime
from uuid import UUID

from crm_contacts.api_keys.queries import active_ids
from crm_contacts.api_keys.statements import note_uses
from crm_shared.events import refs
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import Job, JobContext

OTHERS = ("deals", "notifications", "reporting")


async def collect_uses(context: JobContext) -> int:
    """Ask every service about the keys that may be in use; one that is away is asked next time."""
    async with context.sessions() as session:
        ids = await active_ids(session)
    for start in range(0, len(ids), refs.MOST):
        for owner in OTHERS:
            uses = await _uses_at(context, owner, ids[start : start + refs.MOST])
            async with context.sessions.begin() as session:
                await note_uses(session, uses)
    return 0


async def _uses_at(context: JobContext, owner: str, ids: list[UUID]) -> dict[UUID, datetime]:
    try:
        items = await refs.ask(context.bus, owner, "api_key_use", ids)
    except BusUnavailableError:
        return {}
    return {item.id: datetime.fromisoformat(item.data["last_used_at"]) for item in items}


JOBS = [Job("api-key-uses", 60.0, collect_uses)]
