"""Routes of surveys: writing them, asking by hand, and what came of them."""

import tempfile
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse

from crm_contacts.cases.errors import NotToBeAskedError
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.permissions import READ_CONTACTS, READ_SURVEYS, WRITE_CONTACTS, WRITE_SURVEYS
from crm_contacts.settings import SettingsDep
from crm_contacts.surveys import queries
from crm_contacts.surveys.errors import (
    SurveyClosedError,
    SurveyInUseError,
    SurveyInvalidError,
    SurveyNotFoundError,
    UnknownDimensionError,
)
from crm_contacts.surveys.fields import INVITATION_FIELDS, SURVEY_FIELDS
from crm_contacts.surveys.models import Survey, SurveyInvitation
from crm_contacts.surveys.rules.counting import flat
from crm_contacts.surveys.schemas import (
    InvitationIn,
    InvitationLinkOut,
    InvitationOut,
    ResultsOut,
    SurveyChangeIn,
    SurveyIn,
    SurveyOut,
    TableOut,
)
from crm_contacts.surveys.use_cases import answering, counting, writing
from crm_shared.actor import Access
from crm_shared.exports.columns import Column, Kind
from crm_shared.exports.writers import CsvPages, XlsxPages, pieces
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.links import make_link

router = service_router(prefix="/v1/surveys", tags=["surveys"])
LISTING = listing(SURVEY_FIELDS, sort=("created_at", "updated_at", "name"))
ANSWERS = listing(INVITATION_FIELDS, sort=("created_at", "answered_at", "score"))
READ, WRITE = [require(READ_SURVEYS)], [require(WRITE_SURVEYS)]
Reader = Annotated[Access, require(READ_CONTACTS)]
Writer = Annotated[Access, require(WRITE_CONTACTS)]
NUMBERS = dict.fromkeys(("n", "of_row", "of_column"), Kind.NUMBER)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("", response_model=Page[SurveyOut], dependencies=READ)
async def list_surveys(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Survey]:
    """List surveys."""
    return await list_page(session, queries.surveys(), query)


@router.post("/search", response_model=Page[SurveyOut], dependencies=READ)
async def search_surveys(body: SearchIn, session: ReadSessionDep) -> Rows[Survey]:
    """List surveys by a filter tree."""
    return await list_page(session, queries.surveys(), LISTING.search(body))


@router.post(
    "",
    response_model=SurveyOut,
    status_code=201,
    dependencies=WRITE,
    responses=responses(SurveyInvalidError),
)
async def create_survey(body: SurveyIn, session: SessionDep, response: Response) -> Survey:
    """Write a survey: CSAT, NPS or questions of one's own, in several languages."""
    survey = await writing.create_survey(session, body.model_dump())
    tag(response, survey)
    return survey


@router.get("/answers", response_model=Page[InvitationOut])
async def list_answers(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(ANSWERS)]
) -> Rows[SurveyInvitation]:
    """List who was asked what and answered what, within one's scope: `contact_id=…`."""
    return await list_page(session, queries.invitations(access), query)


@router.get(
    "/{survey_id}",
    response_model=SurveyOut,
    dependencies=READ,
    responses=responses(SurveyNotFoundError),
)
async def get_survey(survey_id: UUID, session: ReadSessionDep, response: Response) -> Survey:
    """Read one survey."""
    survey = await queries.get_survey(session, survey_id)
    tag(response, survey)
    return survey


@router.patch(
    "/{survey_id}",
    response_model=SurveyOut,
    dependencies=WRITE,
    responses=responses(SurveyNotFoundError, SurveyInvalidError, SurveyInUseError),
)
async def change_survey(
    survey_id: UUID,
    body: SurveyChangeIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Survey:
    """Change a survey; `is_active: false` closes it for those who did not answer yet."""
    survey = await queries.get_survey(session, survey_id)
    check_revision(survey, expected)
    whole = body.model_dump()
    values = {name: whole[name] for name in body.model_fields_set}
    survey = await writing.change_survey(session, survey, values)
    tag(response, survey)
    return survey


@router.delete(
    "/{survey_id}",
    status_code=204,
    dependencies=WRITE,
    responses=responses(SurveyNotFoundError),
)
async def delete_survey(survey_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Put a survey away; whoever was asked may still answer, until his link ends."""
    survey = await queries.get_survey(session, survey_id)
    check_revision(survey, expected)
    await writing.delete_survey(session, survey)


@router.post(
    "/{survey_id}/invitations",
    response_model=InvitationLinkOut,
    status_code=201,
    responses=responses(
        SurveyNotFoundError, ContactNotFoundError, SurveyClosedError, NotToBeAskedError
    ),
)
@answer_is_not_kept
async def invite(
    survey_id: UUID,
    body: InvitationIn,
    access: Writer,
    session: SessionDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """Ask a person by hand; returns the link to give him."""
    survey = await queries.get_survey(session, survey_id)
    contact = await get_contact(session, access, body.contact_id)
    about = {"deal_id": body.deal_id, "case_id": body.case_id}
    made = await answering.invite(session, survey, contact, about)
    token = make_link(settings.link_key, answering.PURPOSE, made.id, expires_at=made.expires_at)
    url = f"{settings.base_url}/v1/surveys/answers/{token}"
    return {"invitation_id": made.id, "url": url, "expires_at": made.expires_at}


@router.get(
    "/{survey_id}/results",
    response_model=ResultsOut,
    responses=responses(SurveyNotFoundError),
)
async def get_results(survey_id: UUID, access: Reader, session: ReadSessionDep) -> dict[str, Any]:
    """Return response rate, score and how often each answer was given, within one's scope."""
    survey = await queries.get_survey(session, survey_id)
    return await counting.count_results(session, access, survey)


@router.get(
    "/{survey_id}/table",
    response_model=TableOut,
    responses=responses(SurveyNotFoundError, UnknownDimensionError)
    | {200: {"content": {"text/csv": {}, XLSX: {}}}},
)
async def get_table(
    survey_id: UUID,
    row: Annotated[str, Query(examples=["question.speed"])],
    column: Annotated[str, Query(examples=["contact.age_group"])],
    access: Reader,
    session: ReadSessionDep,
    settings: SettingsDep,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Any:
    """Count answers by answers, attributes (`contact.city`) or `segment`; small cells are hidden.

    One of the two is a question or a segment. Fewer than five people in a cell are not told.
    """
    survey = await queries.get_survey(session, survey_id)
    table = await counting.cross(session, access, survey, row, column)
    if form == "json":
        return table
    lines, names = flat(table), ("row", "column", "n", "of_row", "of_column", "reason")
    columns = [Column(name, NUMBERS.get(name, Kind.TEXT)) for name in names]
    if form == "csv":
        written = CsvPages(columns, None)
        return Response(written.head() + written.page(lines), media_type="text/csv")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was streamed
    book = XlsxPages(file, columns, None, settings.zone)
    book.add(lines)
    book.close()

    def whole() -> Iterator[bytes]:
        with file:
            yield from pieces(file)

    return StreamingResponse(whole(), media_type=XLSX)
