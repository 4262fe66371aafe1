"""Timed work of reminders: portion after portion, a transaction each."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.reminders import use_cases
from crm_contacts.settings import Settings
from crm_shared.worker import Job, JobContext

# after a standstill thousands are due: the other jobs of the worker have their turn between
PORTIONS = 20


async def remind(context: JobContext) -> int:
    """Remind of what is due; rows are held, so each reminder is told once."""
    return await _portions(context, use_cases.remind)


async def escalate(context: JobContext) -> int:
    """Take overdue tasks to the heads, once for each time that was due."""
    settings: Settings = context.settings
    after = settings.task_escalate_after
    if after is None:
        return 0

    async def portion(session: AsyncSession, after: timedelta = after) -> int:
        return await use_cases.escalate(session, after=after)

    return await _portions(context, portion)


async def alarm(context: JobContext) -> int:
    """Say which call-backs were not made within their limit."""
    return await _portions(context, use_cases.alarm_of_call_backs)


async def _portions(context: JobContext, portion: Callable[[AsyncSession], Awaitable[int]]) -> int:
    told = 0
    for _ in range(PORTIONS):
        async with context.sessions.begin() as session:
            done = await portion(session)
        told += done
        if done < use_cases.AT_ONCE:
            break
    return told


JOBS = [
    Job("reminders", 10.0, remind),
    Job("tasks-escalation", 30.0, escalate),
    Job("call-backs-alarm", 15.0, alarm),
]
