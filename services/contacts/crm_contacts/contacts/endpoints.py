"""Routes of the contacts feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response, status

from crm_contacts.addresses.errors import InvalidAddressesError
from crm_contacts.contacts import queries, use_cases
from crm_contacts.contacts.errors import (
    ContactExistsError,
    ContactMergedError,
    ContactNotFoundError,
    ContactOutsideScopeError,
    ContactRestrictedError,
    NamelessContactError,
)
from crm_contacts.contacts.fields import LISTING
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.schemas import ContactChangeIn, ContactIn, ContactOut
from crm_contacts.permissions import READ_CONTACTS, WRITE_CONTACTS
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.listing import NounSearchIn
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1/contacts", tags=["contacts"])
REFUSALS = (
    ContactExistsError,
    ContactOutsideScopeError,
    ContactRestrictedError,
    NamelessContactError,
    InvalidAddressesError,
    ForbiddenByValidationError,
)
Reader = Annotated[Access, require(READ_CONTACTS)]
Writer = Annotated[Access, require(WRITE_CONTACTS)]


@router.get("", response_model=Page[ContactOut])
async def list_contacts(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Contact]:
    """List contacts within one's scope."""
    return await list_page(session, queries.visible_contacts(access), query)


@router.post("/search", response_model=Page[ContactOut])
async def search_contacts(
    body: NounSearchIn, access: Reader, session: ReadSessionDep
) -> Rows[Contact]:
    """List contacts within one's scope by a filter tree."""
    query = await LISTING.wanted(session, access.actor, body)
    return await list_page(session, queries.visible_contacts(access), query)


@router.post("/batch", response_model=BatchOut)
async def write_contacts(
    body: BatchIn[ContactIn], access: Writer, session: SessionDep, settings: SettingsDep
) -> BatchOut:
    """Create contacts, or change those that an external id names; each item has its result."""

    async def one(item: ContactIn) -> Contact:
        values = item.model_dump(exclude_unset=True)
        contact, _ = await use_cases.write_contact(
            session, access, values, region=settings.phone_region
        )
        return contact

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.get("/{contact_id}", response_model=ContactOut, responses=responses(ContactNotFoundError))
async def get_contact(
    contact_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Contact:
    """Return a contact."""
    contact = await queries.get_contact(session, access, contact_id)
    await follow(session, [contact], LISTING.fields)
    tag(response, contact)
    return contact


@router.patch(
    "/{contact_id}",
    response_model=ContactOut,
    responses=responses(ContactNotFoundError, *REFUSALS),
)
async def update_contact(
    contact_id: UUID,
    body: ContactChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Contact:
    """Change a contact: what is not sent stays. Refused while his data must not be processed."""
    contact = await queries.get_contact(session, access, contact_id)
    check_revision(contact, expected)
    values = body.model_dump(exclude_unset=True)
    await use_cases.update_contact(session, access, contact, values, region=settings.phone_region)
    tag(response, contact)
    return contact


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=ContactOut,
    responses=responses(*REFUSALS),
)
async def upsert_contact(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: ContactChangeIn,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> Contact:
    """Create or change the contact that another system knows by this id."""
    values = {
        **body.model_dump(exclude_unset=True),
        "source_system": system,
        "external_id": external_id,
    }
    contact, is_new = await use_cases.write_contact(
        session, access, values, region=settings.phone_region
    )
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    tag(response, contact)
    return contact


@router.delete(
    "/{contact_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(ContactNotFoundError, ContactMergedError, ForbiddenByValidationError),
)
async def delete_contact(
    contact_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Put a contact away; facts that depend on it stay."""
    contact = await queries.get_contact(session, access, contact_id)
    if contact.id != contact_id:
        raise ContactMergedError(contact_id, contact.id)
    check_revision(contact, expected)
    await use_cases.delete_contact(session, contact)


@router.post(
    "/{contact_id}/restore",
    response_model=ContactOut,
    responses=responses(ContactNotFoundError),
)
async def restore_contact(
    contact_id: UUID, expected: IfMatch, access: Writer, session: SessionDep, response: Response
) -> Contact:
    """Bring back a contact that was put away."""
    contact = await queries.get_contact(session, access, contact_id, deleted=True)
    check_revision(contact, expected)
    await use_cases.restore_contact(session, contact)
    tag(response, contact)
    return contact
