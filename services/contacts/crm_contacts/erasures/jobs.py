"""Timed work of erasures: asking what would be emptied, and erasing again after a restore."""

from uuid import UUID

from crm_contacts.contacts.models import Contact
from crm_contacts.erasures import queries
from crm_contacts.erasures.statements import keep_plan
from crm_contacts.erasures.use_cases import OTHERS, erase_again
from crm_contacts.leads.models import Lead
from crm_contacts.persons.queries import brought_back, person_of_contact
from crm_contacts.persons.rules import counts
from crm_contacts.persons.use_cases import ask_what_is_kept
from crm_shared.events.erasure import erased_at, missing, remember
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import Job, JobContext

# a request over the bus each: those behind them are asked in the next second
A_RUN = 50


async def ask_for_plans(context: JobContext) -> int:
    """Ask services what they keep of persons to be erased; one that is away is asked again."""
    async with context.sessions() as session:
        waiting = await queries.unplanned(session, A_RUN)
    asked = 0
    for erasure_id, service, contact_id in waiting:
        try:
            async with context.sessions() as session:
                person = await person_of_contact(session, contact_id)
            kept = await ask_what_is_kept(context.bus, service, person)
        except BusUnavailableError:
            continue
        async with context.sessions.begin() as session:
            await keep_plan(session, erasure_id, service, counts(kept))
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
    return await _again(context, Contact) + await _again(context, Lead)


async def _again(context: JobContext, model: type[Contact] | type[Lead]) -> int:
    done = 0
    while True:
        async with context.sessions.begin() as session:
            back = await brought_back(session, model, A_RUN)
            for row_id in back:
                await erase_again(session, model, row_id)
        done += len(back)
        if len(back) < A_RUN:
            return done


JOBS = [
    Job("erasure-plans", 1.0, ask_for_plans),
    Job("erasures-again", 600.0, erase_who_came_back),
]
