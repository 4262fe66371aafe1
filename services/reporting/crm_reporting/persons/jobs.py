"""Timed work: whoever is erased elsewhere is erased here too, in a restored database as well."""

from crm_reporting.persons.use_cases import erase_person, tell
from crm_shared.events.erasure import erase_missing
from crm_shared.worker import JobContext


async def erase_again(context: JobContext) -> int:
    """Erase again whom an older copy of this database has brought back."""
    return await erase_missing(context.sessions, context.bus, erase_person, tell)
