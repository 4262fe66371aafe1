"""Timed work of web chats: forgetting who came when."""

from datetime import timedelta

from crm_notifications.web_chats.statements import forget_old_hits
from crm_shared.clock import utc_now
from crm_shared.worker import Job, JobContext

KEPT_FOR = timedelta(hours=2)


async def forget_visitors(context: JobContext) -> int:
    """Drop counts when their hour is over."""
    async with context.sessions.begin() as session:
        await forget_old_hits(session, utc_now() - KEPT_FOR)
    return 0


UPKEEP = [Job("forget-chat-visitors", 600.0, forget_visitors)]
