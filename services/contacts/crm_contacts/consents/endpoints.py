"""Routes of the consents feature, and the page behind a link for withdrawing one."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Response, status
from fastapi.responses import HTMLResponse

from crm_contacts.consents import queries, rules, use_cases
from crm_contacts.consents.errors import (
    ConsentInFutureError,
    LinkRefusedError,
    NotTheLastWordError,
)
from crm_contacts.consents.schemas import ConsentIn, ConsentsOut, LinkIn, LinkOut
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.schemas import ContactOut
from crm_contacts.permissions import READ_CONTACTS, WRITE_CONTACTS
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.auth import public, require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.links import make_link

router = service_router(prefix="/v1/contacts", tags=["consents"])
# people unsubscribe by letters that they find months later
LINK_LIFE = timedelta(days=365)
Reader = Annotated[Access, require(READ_CONTACTS)]
Writer = Annotated[Access, require(WRITE_CONTACTS)]
Token = Annotated[str, Path(max_length=200)]
What = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@router.get(
    "/{contact_id}/consents", response_model=ConsentsOut, responses=responses(ContactNotFoundError)
)
async def get_consents(contact_id: UUID, access: Reader, session: ReadSessionDep) -> dict[str, Any]:
    """Return which consents count now, and every word that was ever kept about them."""
    contact = await get_contact(session, access, contact_id)
    history = await queries.consent_history(session, contact.id)
    return {"current": contact.consents, "history": history}


@router.post(
    "/{contact_id}/consents",
    response_model=ContactOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(ContactNotFoundError, NotTheLastWordError, ConsentInFutureError),
)
async def say_consent(
    contact_id: UUID,
    body: ConsentIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Contact:
    """Keep what a person said: given or withdrawn, by channel and purpose, with source and time.

    Withdrawing `call` also sets `do_not_call`; giving it takes the flag away.
    """
    contact = await get_contact(session, access, contact_id)
    check_revision(contact, expected)
    await use_cases.say_consent(session, contact, body.model_dump())
    tag(response, contact)
    return contact


@router.post(
    "/{contact_id}/consents/link",
    response_model=LinkOut,
    responses=responses(ContactNotFoundError),
)
@answer_is_not_kept
async def make_consent_link(
    contact_id: UUID, body: LinkIn, access: Writer, session: ReadSessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Return a link by which the person may withdraw one consent himself, for a year."""
    contact = await get_contact(session, access, contact_id)
    expires_at = (utc_now() + LINK_LIFE).replace(microsecond=0)
    bound = rules.link_purpose(body.channel, body.purpose)
    token = make_link(settings.link_key, bound, contact.id, expires_at=expires_at)
    url = rules.link_url(settings.base_url, token, body.channel, body.purpose)
    return {"url": url, "expires_at": expires_at}


@router.get(
    "/consents/{token}",
    response_class=HTMLResponse,
    responses=responses(LinkRefusedError, ContactNotFoundError),
    dependencies=[public()],
)
async def ask_to_withdraw(
    token: Token, channel: What, purpose: What, session: ReadSessionDep, settings: SettingsDep
) -> HTMLResponse:
    """Show the page behind a link: one button; looking changes nothing."""
    contact = await use_cases.contact_of_link(
        session, settings.link_key, token, channel=channel, purpose=purpose
    )
    known = rules.last_word(contact.consents, channel, purpose)
    is_over = known is not None and not known["granted"]
    return _page(contact, is_over=is_over)


@router.post(
    "/consents/{token}",
    response_class=HTMLResponse,
    responses=responses(LinkRefusedError, ContactNotFoundError),
    dependencies=[public()],
)
@answer_is_not_kept
async def withdraw_consent(
    token: Token, channel: What, purpose: What, session: SessionDep, settings: SettingsDep
) -> HTMLResponse:
    """Withdraw the consent that a link is for; mail programs may do it with one click."""
    contact = await use_cases.contact_of_link(
        session, settings.link_key, token, channel=channel, purpose=purpose
    )
    await use_cases.withdraw_by_link(session, contact, channel=channel, purpose=purpose)
    return _page(contact, is_over=True)


def _page(contact: Contact, *, is_over: bool) -> HTMLResponse:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(rules.page(contact.language, is_over=is_over), headers=headers)
