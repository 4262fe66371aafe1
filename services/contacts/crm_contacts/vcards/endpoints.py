"""Routes of vCards."""

from contextlib import suppress
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.queries import get_company
from crm_contacts.contacts import queries, use_cases
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.schemas import ContactIn, ContactOut
from crm_contacts.permissions import READ_CONTACTS, WRITE_CONTACTS
from crm_contacts.settings import SettingsDep
from crm_contacts.vcards.errors import TooManyCardsError, UnreadableCardsError
from crm_contacts.vcards.rules import card_text, contact_of, read_cards
from crm_shared.actor import Access
from crm_shared.errors import InvalidError
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchOut, run_batch
from crm_shared.http.hiding import hidden_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.imports.plan import field_errors_of

# a savepoint each in one transaction, as in every batch; whole books come by an import
MOST_CARDS = 500
MOST_BYTES = 8 * 1024**2
VCARD = "text/vcard"
BODY = {
    "requestBody": {"required": True, "content": {VCARD: {"schema": {"type": "string"}}}},
}

router = service_router(prefix="/v1/contacts", tags=["vcards"])
Reader = Annotated[Access, require(READ_CONTACTS)]
Writer = Annotated[Access, require(WRITE_CONTACTS)]


@router.post(
    "/vcards",
    response_model=BatchOut,
    responses=responses(UnreadableCardsError, TooManyCardsError),
    max_body_size=MOST_BYTES,
    openapi_extra=BODY,
)
async def read_vcards(
    request: Request, access: Writer, session: SessionDep, settings: SettingsDep
) -> BatchOut:
    """Take contacts over from a file of vCards (3.0, 4.0), up to 500; each has its result.

    A card with a UID that came before changes its contact instead of making it twice.
    """
    cards = list(read_cards(_text_of(await request.body())))
    if not cards:
        raise UnreadableCardsError
    if len(cards) > MOST_CARDS:
        raise TooManyCardsError(MOST_CARDS)

    async def one(values: dict[str, object]) -> Contact:
        try:
            given = ContactIn.model_validate(values).model_dump(exclude_unset=True)
        except ValidationError as refused:
            raise InvalidError(*field_errors_of(refused)) from refused
        contact, _ = await use_cases.write_contact(
            session, access, given, region=settings.phone_region
        )
        return contact

    return await run_batch(session, [contact_of(card) for card in cards], one, atomic=False)


@router.get(
    "/{contact_id}/vcard",
    response_class=Response,
    responses={
        **responses(ContactNotFoundError),
        200: {"content": {VCARD: {"schema": {"type": "string"}}}},
    },
)
async def get_vcard(
    contact_id: UUID,
    access: Reader,
    session: ReadSessionDep,
    version: Annotated[Literal["3.0", "4.0"], Query(description="Of the card")] = "4.0",
) -> Response:
    """Return a contact as a vCard."""
    contact = await queries.get_contact(session, access, contact_id)
    company = await _company_of(session, access, contact)
    shown = ContactOut.model_validate(contact, from_attributes=True).model_dump()
    for name in hidden_of("contact") & shown.keys():
        shown[name] = [] if isinstance(shown[name], list) else None
    text = card_text(shown, company=company, version=version)
    headers = {"Content-Disposition": f'attachment; filename="{contact.id}.vcf"'}
    return Response(text, media_type=f"{VCARD}; charset=utf-8", headers=headers)


async def _company_of(session: AsyncSession, access: Access, contact: Contact) -> str | None:
    if contact.company_id is None:
        return None
    with suppress(CompanyNotFoundError):
        return (await get_company(session, access, contact.company_id)).name
    return None


def _text_of(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise UnreadableCardsError from broken
