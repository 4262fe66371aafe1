"""Routes by which a person's data is held back and let go again."""

from uuid import UUID

from fastapi import Response

from crm_contacts.audit.statements import note
from crm_contacts.contacts.endpoints import Writer
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.schemas import ContactOut
from crm_contacts.persons import use_cases
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import SessionDep

router = service_router(prefix="/v1/contacts", tags=["contacts"])


@router.post(
    "/{contact_id}/restrict", response_model=ContactOut, responses=responses(ContactNotFoundError)
)
async def restrict_contact(
    contact_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Contact:
    """Hold back all processing: the data is kept, nobody is written to, nothing is changed."""
    contact = await get_contact(session, access, contact_id)
    check_revision(contact, expected)
    await use_cases.restrict_contact(session, contact)
    await note(session, "contact-restricted", subject=("contact", contact.id))
    tag(response, contact)
    return contact


@router.post(
    "/{contact_id}/release", response_model=ContactOut, responses=responses(ContactNotFoundError)
)
async def release_contact(
    contact_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Contact:
    """Let the data of a restricted person be used again."""
    contact = await get_contact(session, access, contact_id)
    check_revision(contact, expected)
    await use_cases.release_contact(session, contact)
    await note(session, "contact-released", subject=("contact", contact.id))
    tag(response, contact)
    return contact
