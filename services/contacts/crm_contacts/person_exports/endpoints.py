"""Routes of the person exports feature."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Response, status

from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.permissions import EXPORT_PERSONS
from crm_contacts.person_exports import queries, rules, use_cases
from crm_contacts.person_exports.errors import (
    DownloadRefusedError,
    PersonExportNotFoundError,
    PersonExportNotReadyError,
    TooManyExportsError,
)
from crm_contacts.person_exports.models import PersonExport
from crm_contacts.person_exports.schemas import PersonExportIn, PersonExportOut
from crm_contacts.persons.queries import get_person_contact
from crm_contacts.settings import Settings, SettingsDep
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.http.auth import public, require
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.links import make_link

router = service_router(prefix="/v1/person-exports", tags=["person exports"])
# made anew with every look at the export: long enough to hand it on, too short to be found
LINK_LIFE = timedelta(hours=1)
Exporter = Annotated[Access, require(EXPORT_PERSONS)]


@router.post(
    "",
    response_model=PersonExportOut,
    status_code=status.HTTP_202_ACCEPTED,
    responses=responses(ContactNotFoundError, TooManyExportsError),
)
@answer_is_not_kept
async def ask_for_person_export(
    body: PersonExportIn, access: Exporter, session: SessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Begin to collect all that any service keeps of a person."""
    contact = await get_person_contact(session, access, body.contact_id)
    export = await use_cases.ask_for_export(
        session, access, contact, most_an_hour=settings.person_exports_an_hour
    )
    return _shown(export, settings)


@router.get(
    "/{export_id}",
    response_model=PersonExportOut,
    responses=responses(PersonExportNotFoundError),
    dependencies=[require(EXPORT_PERSONS)],
)
async def get_person_export(
    export_id: UUID, session: ReadSessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Return how far an export is, and its link once all is there."""
    return _shown(await queries.get_export(session, export_id), settings)


@router.get(
    "/download/{token}",
    response_class=Response,
    responses=responses(DownloadRefusedError, PersonExportNotFoundError, PersonExportNotReadyError),
    dependencies=[public()],
)
async def download_person_export(
    token: Annotated[str, Path(max_length=200)],
    session: SessionDep,
    settings: SettingsDep,
    form: Annotated[Literal["json", "zip"], Query(alias="format")] = "json",
) -> Response:
    """Return the file: one JSON, or `format=zip` with a CSV for every noun beside it."""
    export = await use_cases.hand_out(session, settings.link_key, token)
    is_zip = form == "zip"
    made = rules.as_zip(export.parts) if is_zip else rules.as_json(export.parts)
    headers = {
        "Content-Disposition": f'attachment; filename="person-{export.contact_id}.{form}"',
        "Cache-Control": "no-store",
    }
    kind = "application/zip" if is_zip else "application/json"
    return Response(made, media_type=kind, headers=headers)


def _shown(export: PersonExport, settings: Settings) -> dict[str, Any]:
    waiting = use_cases.waiting_for(export)
    url = None
    if not waiting:
        until = utc_now() + LINK_LIFE
        token = make_link(settings.link_key, use_cases.PURPOSE, export.id, expires_at=until)
        url = f"{settings.base_url}/v1/person-exports/download/{token}"
    names = PersonExportOut.model_fields.keys() - {"waiting_for", "url"}
    told = {name: getattr(export, name) for name in names}
    return {**told, "waiting_for": waiting, "url": url}
