"""Timed work of lead forms: forgetting who sent what when."""

from datetime import timedelta

from crm_contacts.lead_forms.rules import LETTERS_WINDOW
from crm_contacts.lead_forms.statements import forget_old_hits
from crm_shared.clock import utc_now
from crm_shared.worker import JobContext

KEPT_FOR = LETTERS_WINDOW + timedelta(hours=1)


async def forget_visitors(context: JobContext) -> int:
    """Drop counts by address when the longest window is over."""
    async with context.sessions.begin() as session:
        await forget_old_hits(session, utc_now() - KEPT_FOR)
    return 0
