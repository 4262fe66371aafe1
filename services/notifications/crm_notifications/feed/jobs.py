"""Timed work: what is older than the streams are leaves the log as well."""

from datetime import timedelta

from crm_notifications.feed.use_cases import trim
from crm_shared.clock import utc_now
from crm_shared.worker import JobContext

A_PORTION = 5_000


async def trim_feed(context: JobContext) -> int:
    """Take away one portion of what is older than `CRM_STREAM_DAYS`."""
    before = utc_now() - timedelta(days=context.settings.stream_days)
    async with context.sessions.begin() as session:
        return await trim(session, before=before, limit=A_PORTION)
