"""What can be done about an export: ask for it, and hand it out."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.statements import note
from crm_contacts.contacts.models import Contact
from crm_contacts.person_exports import queries
from crm_contacts.person_exports.errors import (
    DownloadRefusedError,
    PersonExportNotReadyError,
    TooManyExportsError,
)
from crm_contacts.person_exports.models import PersonExport
from crm_contacts.person_exports.statements import hold_user
from crm_contacts.persons.queries import person_of_contact, rows_of
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.links import read_link

OWN = "contacts"
OTHERS = ("deals", "notifications", "reporting")
# a second copy of everything about somebody lies here no longer than it takes to fetch
KEPT_FOR = timedelta(days=7)
WINDOW = timedelta(hours=1)
PURPOSE = "person-export"


async def ask_for_export(
    session: AsyncSession, access: Access, contact: Contact, *, most_an_hour: int
) -> PersonExport:
    """Begin to collect all that is kept of a person; refused to who asks for too many."""
    await hold_user(session, access.actor.id)
    asked = await queries.count_since(session, access.actor.id, utc_now() - WINDOW)
    if asked >= most_an_hour:
        raise TooManyExportsError(most_an_hour)
    person = await person_of_contact(session, contact.id)
    export = PersonExport(
        id=new_id(),
        contact_id=contact.id,
        requested_by=access.actor.id,
        created_at=utc_now(),
        expires_at=utc_now() + KEPT_FOR,
        parts={OWN: await rows_of(session, person)},
    )
    session.add(export)
    await session.flush()
    await note(
        session,
        "person-export-requested",
        subject=("contact", contact.id),
        details={"export_id": str(export.id), "nth_in_an_hour": asked + 1},
    )
    return export


def waiting_for(export: PersonExport) -> list[str]:
    """Return the services whose part is missing."""
    return [service for service in OTHERS if service not in export.parts]


async def hand_out(session: AsyncSession, key: str, token: str) -> PersonExport:
    """Return the export that a link opens, and write down that it was taken."""
    export_id = read_link(key, PURPOSE, token, now=utc_now())
    if export_id is None:
        raise DownloadRefusedError
    export = await queries.get_export(session, export_id)
    if missing := waiting_for(export):
        raise PersonExportNotReadyError(missing)
    await note(
        session,
        "person-export-downloaded",
        subject=("contact", export.contact_id),
        actor_id=export.requested_by,
        details={"export_id": str(export.id)},
    )
    return export
