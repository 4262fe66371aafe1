"""Timed work: reports whose time has come are announced."""

from crm_reporting.schedules.use_cases import announce_due_reports
from crm_shared.worker import JobContext


async def send_due_reports(context: JobContext) -> int:
    """Announce what is due; two workers take different schedules."""
    async with context.sessions.begin() as session:
        return await announce_due_reports(session, context.settings.zone)
