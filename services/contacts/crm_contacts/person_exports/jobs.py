"""Timed work of person exports: asking the services for their part, dropping what is old."""

from uuid import UUID

from crm_contacts.person_exports import queries
from crm_contacts.person_exports.statements import add_part, drop_old
from crm_contacts.person_exports.use_cases import waiting_for
from crm_contacts.persons.queries import person_of_contact
from crm_contacts.persons.use_cases import ask_what_is_kept
from crm_shared.clock import utc_now
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.worker import Job, JobContext

A_RUN = 20


async def collect_parts(context: JobContext) -> int:
    """Ask for the parts that are missing; a service that is away is asked again next time."""
    async with context.sessions() as session:
        unfinished = await queries.unfinished(session, A_RUN)
    wanted: list[tuple[UUID, UUID, str]] = [
        (export.id, export.contact_id, service)
        for export in unfinished
        for service in waiting_for(export)
    ]
    collected = 0
    for export_id, contact_id, service in wanted:
        try:
            async with context.sessions() as session:
                person = await person_of_contact(session, contact_id)
            kept = await ask_what_is_kept(context.bus, service, person)
        except BusUnavailableError:
            continue
        async with context.sessions.begin() as session:
            await add_part(session, export_id, service, kept)
        collected += 1
    return collected


async def drop_what_is_old(context: JobContext) -> int:
    """Drop exports that nobody may download any more."""
    async with context.sessions.begin() as session:
        await drop_old(session, utc_now())
    return 0


JOBS = [
    Job("person-exports", 1.0, collect_parts),
    Job("person-exports-forgetting", 600.0, drop_what_is_old),
]
