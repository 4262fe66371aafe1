"""The standing scan for duplicates."""

from datetime import timedelta
from functools import partial

from crm_contacts.duplicates.catalogue import KINDS
from crm_contacts.duplicates.use_cases import scan
from crm_contacts.duplicates.use_cases.count import tell_alike
from crm_contacts.settings import Settings
from crm_shared.worker import Job, JobContext

# one statement looks for all of them, and none may take longer than the database allows
AT_ONCE = 50


async def look_for_twins(kind: str, context: JobContext) -> int:
    """Look through the next changed records of one kind; one worker does, the others pass."""
    settings: Settings = context.settings
    lag = timedelta(seconds=settings.duplicate_scan_lag_s)
    async with context.sessions.begin() as session:
        return await scan(session, KINDS[kind], lag=lag, limit=AT_ONCE)


async def tell_of_twins(context: JobContext) -> int:
    """Say how many records look alike, where that has changed."""
    told = 0
    for kind in KINDS.values():
        async with context.sessions.begin() as session:
            told += await tell_alike(session, kind)
    return told


JOBS = [
    *(Job(f"duplicates-{kind}", 15.0, partial(look_for_twins, kind)) for kind in KINDS),
    Job("duplicates-told", 600.0, tell_of_twins),
]
