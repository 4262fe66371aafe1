"""Routes of the lead forms feature, and the one that visitors of a web page use."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response, status
from fastapi.responses import HTMLResponse

from crm_contacts.lead_forms import queries, use_cases
from crm_contacts.lead_forms.errors import (
    HoneypotIsAFieldError,
    LeadFormNotFoundError,
    OptInWithoutEmailError,
    UnreadableAnswersError,
)
from crm_contacts.lead_forms.fields import FIELDS, SORT
from crm_contacts.lead_forms.models import LeadForm
from crm_contacts.lead_forms.rules import FORM, JSON, THANKS, address_hash, read_body
from crm_contacts.lead_forms.schemas import (
    CapturedOut,
    LeadFormChangeIn,
    LeadFormIn,
    LeadFormMadeOut,
    LeadFormOut,
)
from crm_contacts.leads.endpoints.common import TermsDep
from crm_contacts.permissions import READ_LEAD_FORMS, WRITE_LEAD_FORMS
from crm_contacts.settings import SettingsDep
from crm_shared.http.auth import public, require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.proxies import subscriber_of
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/leads", tags=["lead forms"])
LISTING = listing(FIELDS, sort=SORT)
CAPTURE_BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "object"}} for kind in (JSON, FORM)},
    }
}


@router.get("/forms", response_model=Page[LeadFormOut], dependencies=[require(READ_LEAD_FORMS)])
async def list_lead_forms(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[LeadForm]:
    """List web forms."""
    return await list_page(session, queries.all_lead_forms(), query)


@router.post(
    "/forms",
    response_model=LeadFormMadeOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(HoneypotIsAFieldError, OptInWithoutEmailError),
    dependencies=[require(WRITE_LEAD_FORMS)],
)
@answer_is_not_kept
async def create_lead_form(
    body: LeadFormIn, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Set up a web form; the answer has its key, this once."""
    form, key = await use_cases.create_lead_form(session, body.model_dump(exclude_unset=True))
    tag(response, form)
    return _with_key(form, key)


@router.get(
    "/forms/{form_id}",
    response_model=LeadFormOut,
    responses=responses(LeadFormNotFoundError),
    dependencies=[require(READ_LEAD_FORMS)],
)
async def get_lead_form(form_id: UUID, session: ReadSessionDep, response: Response) -> LeadForm:
    """Return a web form."""
    form = await queries.get_lead_form(session, form_id)
    tag(response, form)
    return form


@router.patch(
    "/forms/{form_id}",
    response_model=LeadFormOut,
    responses=responses(LeadFormNotFoundError, HoneypotIsAFieldError, OptInWithoutEmailError),
    dependencies=[require(WRITE_LEAD_FORMS)],
)
async def update_lead_form(
    form_id: UUID,
    body: LeadFormChangeIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> LeadForm:
    """Change a web form, or switch it off."""
    form = await queries.get_lead_form(session, form_id)
    check_revision(form, expected)
    await use_cases.update_lead_form(session, form, body.model_dump(exclude_unset=True))
    tag(response, form)
    return form


@router.post(
    "/forms/{form_id}/key",
    response_model=LeadFormMadeOut,
    responses=responses(LeadFormNotFoundError),
    dependencies=[require(WRITE_LEAD_FORMS)],
)
@answer_is_not_kept
async def renew_lead_form_key(
    form_id: UUID, expected: IfMatch, session: SessionDep, response: Response
) -> dict[str, Any]:
    """Give a web form another key."""
    form = await queries.get_lead_form(session, form_id)
    check_revision(form, expected)
    key = await use_cases.renew_key(session, form)
    tag(response, form)
    return _with_key(form, key)


@router.delete(
    "/forms/{form_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(LeadFormNotFoundError),
    dependencies=[require(WRITE_LEAD_FORMS)],
)
async def delete_lead_form(form_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Put a web form away; the leads it brought stay."""
    form = await queries.get_lead_form(session, form_id)
    check_revision(form, expected)
    await use_cases.delete_lead_form(session, form)


@router.post(
    "/capture/{form_key}",
    response_model=CapturedOut,
    status_code=status.HTTP_202_ACCEPTED,
    responses=responses(UnreadableAnswersError),
    dependencies=[public()],
    openapi_extra=CAPTURE_BODY,
)
@answer_is_not_kept
async def capture_lead(
    form_key: Annotated[str, Path(max_length=200)],
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    terms: TermsDep,
) -> CapturedOut | HTMLResponse:
    """Leave one's address with a web form; the answer is the same whatever comes of it.

    Takes JSON from a script, and what a plain `<form method="post">` sends; a browser that sent
    such a form is shown a page that thanks.
    """
    address = request.client.host if request.client else ""
    visitor = address_hash(settings.link_key, subscriber_of(address))
    body = read_body(await request.body(), request.headers.get("content-type", ""))
    await use_cases.capture(session, form_key, body, visitor=visitor, terms=terms)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(THANKS, status.HTTP_202_ACCEPTED, headers={"Cache-Control": "no-store"})
    return CapturedOut()


def _with_key(form: LeadForm, key: str) -> dict[str, Any]:
    return {**LeadFormOut.model_validate(form).model_dump(), "key": key}
