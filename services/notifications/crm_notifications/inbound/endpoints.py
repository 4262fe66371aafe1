"""Routes of the inbound feature: where other systems post, and how they are set up."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request, Response, status

from crm_notifications.inbound import queries
from crm_notifications.inbound.errors import (
    InboundBodyError,
    InboundNotSignedError,
    InboundSystemExistsError,
    InboundSystemNotFoundError,
    InboundTooOftenError,
    MappingInvalidError,
    RunNotFoundError,
    RunSettledError,
)
from crm_notifications.inbound.fields import RUNS_LISTED, SYSTEMS_LISTED
from crm_notifications.inbound.models import Arrival, InboundSystem
from crm_notifications.inbound.rules.mapping import preview
from crm_notifications.inbound.schemas import (
    InboundPreviewIn,
    InboundPreviewOut,
    InboundRunOut,
    InboundSecretOut,
    InboundSystemChangeIn,
    InboundSystemIn,
    InboundSystemOut,
    InboundTakenOut,
)
from crm_notifications.inbound.use_cases import systems, taking
from crm_notifications.permissions import READ_INBOUND, WRITE_INBOUND
from crm_notifications.settings import Settings
from crm_notifications.webhooks.rules.signing import secret_of
from crm_notifications.webhooks.schemas import RotateIn
from crm_shared.http.auth import public, require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

MOST_BYTES = 256 * 1024
router = service_router(prefix="/v1/inbound", tags=["inbound"])
LISTING = listing(SYSTEMS_LISTED, sort=("created_at", "system"))
RUNS = listing(RUNS_LISTED, sort=("received_at",), default="-received_at")
READ = [require(READ_INBOUND)]
WRITE = [require(WRITE_INBOUND)]
NOT_FOUND = responses(InboundSystemNotFoundError)
SystemPath = Annotated[str, Path(max_length=24)]


@router.get("", response_model=Page[InboundSystemOut], dependencies=READ)
async def list_inbound_systems(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """List the systems that may bring things in."""
    return await list_page(session, queries.inbound_systems(), query)


@router.post(
    "",
    response_model=InboundSecretOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=responses(InboundSystemExistsError, MappingInvalidError),
)
@answer_is_not_kept
async def create_inbound_system(
    body: InboundSystemIn, response: Response, session: SessionDep, settings: SettingsDep
) -> InboundSecretOut:
    """Let another system bring things in; the answer holds its secret, not shown again."""
    system = await systems.create_system(session, body.model_dump())
    tag(response, system)
    return _with_secret(system, settings)


@router.post(
    "/{system}",
    response_model=InboundTakenOut,
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[public()],
    responses=responses(InboundNotSignedError, InboundTooOftenError, InboundBodyError),
    max_body_size=MOST_BYTES,
)
@answer_is_not_kept
async def take_inbound(
    system: SystemPath, request: Request, session: SessionDep, settings: SettingsDep
) -> InboundTakenOut:
    """Take what another system posts, signed by Standard Webhooks with its secret.

    A signature is good for five minutes. The same event id again answers `known` and makes nothing;
    what became of it stands in the run log.
    """
    body = await request.body()
    taken = await taking.take_signed(
        session, system, body, request.headers, link_key=settings.link_key
    )
    return InboundTakenOut(id=taken.id, status="accepted" if taken.is_new else "known")


@router.get("/{system}", response_model=InboundSystemOut, dependencies=READ, responses=NOT_FOUND)
async def get_inbound_system(
    system: SystemPath, response: Response, session: ReadSessionDep
) -> InboundSystem:
    """Read one system with its mapping."""
    found = await queries.get_system(session, system)
    tag(response, found)
    return found


@router.patch(
    "/{system}",
    response_model=InboundSystemOut,
    dependencies=WRITE,
    responses=responses(InboundSystemNotFoundError, MappingInvalidError),
)
async def change_inbound_system(
    system: SystemPath,
    body: InboundSystemChangeIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> InboundSystem:
    """Change a system or its mapping; switched off, nothing is taken of it."""
    found = await queries.get_system(session, system)
    check_revision(found, if_match)
    values = body.model_dump(exclude_unset=True)
    found = await systems.change_system(session, found, values)
    tag(response, found)
    return found


@router.delete(
    "/{system}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=NOT_FOUND,
)
async def delete_inbound_system(system: SystemPath, if_match: IfMatch, session: SessionDep) -> None:
    """Take nothing of a system any more."""
    found = await queries.get_system(session, system)
    check_revision(found, if_match)
    await systems.delete_system(session, found)


@router.post(
    "/{system}/rotate-secret",
    response_model=InboundSecretOut,
    dependencies=WRITE,
    responses=NOT_FOUND,
)
@answer_is_not_kept
async def rotate_inbound_secret(
    system: SystemPath,
    body: RotateIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
) -> InboundSecretOut:
    """Exchange the secret; until the overlap is over both are believed."""
    found = await queries.get_system(session, system)
    check_revision(found, if_match)
    found = await systems.rotate_secret(session, found, timedelta(hours=body.overlap_hours))
    tag(response, found)
    return _with_secret(found, settings)


@router.post(
    "/{system}/preview",
    response_model=InboundPreviewOut,
    dependencies=WRITE,
    responses=responses(InboundSystemNotFoundError, MappingInvalidError),
)
@answer_is_not_kept
async def preview_inbound(
    system: SystemPath, body: InboundPreviewIn, session: ReadSessionDep, settings: SettingsDep
) -> dict[str, Any]:
    """Show what would come of a sample body; nothing is kept."""
    found = await queries.get_system(session, system)
    mapping = found.mapping if body.mapping is None else body.mapping.model_dump()
    systems.check(mapping)
    return preview(mapping, body.sample, settings.zone)


@router.get(
    "/{system}/runs", response_model=Page[InboundRunOut], dependencies=READ, responses=NOT_FOUND
)
async def list_inbound_runs(
    system: SystemPath,
    query: Annotated[ListQuery, Depends(RUNS)],
    session: ReadSessionDep,
) -> Any:
    """List what a system brought and what became of it, newest first."""
    await queries.get_system(session, system)
    page: Rows[Arrival] = await list_page(session, queries.runs_of(system), query)
    letters = await queries.stuck(session, [run.id for run in page.items])
    shown = [_run(run, letters.get(run.id)) for run in page.items]
    return Rows(shown, page.next_cursor, page.total)


@router.post(
    "/{system}/runs/{run_id}/retry",
    response_model=InboundRunOut,
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=WRITE,
    responses=responses(RunNotFoundError, RunSettledError),
)
async def retry_inbound_run(system: SystemPath, run_id: UUID, session: SessionDep) -> InboundRunOut:
    """Read once more what was refused, by the mapping as it is now."""
    run = await queries.get_run(session, system, run_id)
    return _run(await taking.retry_run(session, run), None)


def _run(run: Arrival, letter: queries.Stuck | None) -> InboundRunOut:
    return InboundRunOut(
        id=run.id,
        event_id=str(run.external_id),
        kind=run.kind,
        status="refused" if letter else run.status,
        reason=letter.reason if letter else run.reason,
        noun=run.noun,
        record_id=run.record_id,
        dead_letter_id=letter.id if letter else None,
        received_at=run.created_at,
        settled_at=run.settled_at,
    )


def _with_secret(system: InboundSystem, settings: Settings) -> InboundSecretOut:
    shown = InboundSystemOut.model_validate(system).model_dump()
    secret = secret_of(settings.link_key, system.id, system.secret_number)
    return InboundSecretOut(**shown, secret=secret)
