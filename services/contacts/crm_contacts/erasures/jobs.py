"""Timed work of erasures: asking what would be emptied, and erasing again after a restore."""

from uuid import UUID

from crm_contacts.erasures import queries
from crm_contacts.erasures.statements import keep_plan
from crm_contacts.erasures.use_cases import OTHERS, erase_again
from crm_contacts.persons.queries import brought_back
from crm_contacts.persons.rules import counts
from crm_shared.events import refs
from crm_shared.events.erasure import erased_at, missing, remember
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import Job, JobContext

A_RUN = 50


async def ask_for_plans(context: JobContext) -> int:
    """Ask services what they keep of persons to be erased; one that is away is asked again."""
    async with context.sessions() as session:
        waiting = await queries.unplanned(session, A_RUN)
    asked = 0
    for erasure_id, service, contact_id in waiting:
        try:
            [item] = await refs.ask(context.bus, service, "person", [contact_id])
        except BusUnavailableError:
            continue
        async with context.sessions.begin() as session:
            await keep_plan(session, erasure_id, service, counts(item.data))
        asked += 1
    return asked


async def erase_who_came_back(context: JobContext) -> int:
    """Erase whoever any service knows to be erased and this database does not show as such."""
    known: set[UUID] = set()
    for service in OTHERS:
        known |= await erased_at(context.bus, service)
    async with context.sessions.begin() as session:
        for person_id in sorted(await missing(session, known)):
            await remember(session, person_id)
    done = 0
    while True:
        async with context.sessions.begin() as session:
            back = await brought_back(session, A_RUN)
            for contact_id in back:
                await erase_again(session, contact_id)
        done += len(back)
        if len(back) < A_RUN:
            return done


JOBS = [
    Job("erasure-plans", 1.0, ask_for_plans),
    Job("erasures-again", 600.0, erase_who_came_back),
]
