"""The link of a form's double opt-in: its token, and the page behind it."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Path, status
from fastapi.responses import HTMLResponse

from crm_contacts.leads import tokens, use_cases
from crm_contacts.leads.endpoints.moves import WantedLead
from crm_contacts.leads.errors import ConfirmationRefusedError, LeadNotFoundError
from crm_contacts.leads.models import Lead
from crm_contacts.leads.schemas import ConfirmationOut, ConfirmIn
from crm_contacts.settings import SettingsDep
from crm_shared.clock import utc_now
from crm_shared.http.auth import public
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/leads", tags=["leads"])
# who comes back later has forgotten what he asked for: his lead is a new one
LINK_LIFE = timedelta(days=7)
Token = Annotated[str, Path(max_length=200)]


@router.post(
    "/{lead_id}/confirmation",
    response_model=ConfirmationOut,
    responses=responses(LeadNotFoundError),
)
@answer_is_not_kept
async def make_lead_confirmation(lead: WantedLead, settings: SettingsDep) -> dict[str, Any]:
    """Return the token of the double opt-in, for a system that sends a link of its own."""
    expires_at = (utc_now() + LINK_LIFE).replace(microsecond=0)
    token = tokens.make(settings.link_key, lead.id, expires_at=expires_at)
    return {"token": token, "expires_at": expires_at}


@router.post(
    "/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(ConfirmationRefusedError),
    dependencies=[public()],
)
async def confirm_lead(body: ConfirmIn, session: SessionDep, settings: SettingsDep) -> None:
    """Confirm an address by the token of the link that was sent there."""
    await use_cases.confirm_lead(session, body.token, key=settings.link_key)


@router.get(
    "/confirmations/{token}",
    response_class=HTMLResponse,
    responses=responses(ConfirmationRefusedError),
    dependencies=[public()],
)
async def ask_to_confirm(
    token: Token, session: ReadSessionDep, settings: SettingsDep
) -> HTMLResponse:
    """Show the page behind the link of the letter: one button; looking confirms nothing."""
    # mail programs follow links to look for harm: only the button is a person's word
    return _page(await use_cases.lead_of_link(session, token, key=settings.link_key))


@router.post(
    "/confirmations/{token}",
    response_class=HTMLResponse,
    responses=responses(ConfirmationRefusedError),
    dependencies=[public()],
)
@answer_is_not_kept
async def confirm_by_link(token: Token, session: SessionDep, settings: SettingsDep) -> HTMLResponse:
    """Confirm the address that the letter went to; a second time changes nothing."""
    return _page(await use_cases.confirm_lead(session, token, key=settings.link_key))


def _page(lead: Lead) -> HTMLResponse:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    shown = tokens.confirming(lead.language, is_over=lead.confirmed_at is not None)
    return HTMLResponse(shown, headers=headers)
