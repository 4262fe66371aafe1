"""Routes of imports, hung by each service under its own path."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status

from crm_shared.actor import Permission
from crm_shared.filters import Field, Fields
from crm_shared.http.auth import ActorDep, require
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.http.pagination import Listing, ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SessionsDep, SettingsDep
from crm_shared.imports import use_cases
from crm_shared.imports.errors import (
    CannotUndoError,
    ImportEndedError,
    ImportHasFileError,
    ImportNotFoundError,
    ImportNotHeldError,
    ImportTooLargeError,
    MappingError,
    MayNotImportError,
    UnknownNounError,
    UnreadableFileError,
)
from crm_shared.imports.mapping import HOLD, kept_mapping
from crm_shared.imports.nouns import Noun
from crm_shared.imports.previewing import preview
from crm_shared.imports.schemas import (
    ImportFailureOut,
    ImportIn,
    ImportOut,
    MappingIn,
    PreviewOut,
)
from crm_shared.imports.store import Store
from crm_shared.imports.tables import ImportTables
from crm_shared.imports.uploads import Upload

NO_LIMIT_OF_ITS_OWN = 2**50  # the endpoint counts, by the service's setting
CSV_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in (
                "text/csv",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            )
        },
    }
}


def import_router(
    store: Store, nouns: Mapping[str, Noun], *, prefix: str, permission: Permission
) -> APIRouter:
    """Return the routes of a service's imports."""
    router = service_router(prefix=prefix, tags=["imports"], dependencies=[require(permission)])
    _hang_changes(router, store, nouns)
    _hang_waiting(router, store, nouns)
    _hang_upload(router, store)
    _hang_views(router, store)
    return router


def _hang_changes(router: APIRouter, store: Store, nouns: Mapping[str, Noun]) -> None:
    @router.post(
        "",
        response_model=ImportOut,
        status_code=status.HTTP_201_CREATED,
        responses=responses(UnknownNounError, MappingError, MayNotImportError, FieldHiddenError),
    )
    async def create_import(body: ImportIn, actor: ActorDep, session: SessionDep) -> Any:
        """Begin an import: say what the rows become, then send the file."""
        return await use_cases.begin(session, store, nouns, actor, body)

    @router.post(
        "/{import_id}/cancel",
        response_model=ImportOut,
        responses=responses(ImportNotFoundError, ImportEndedError),
    )
    async def cancel_import(import_id: UUID, session: SessionDep) -> Any:
        """Stop an import; rows that were brought in stay."""
        return await use_cases.cancel(session, store, import_id)

    @router.post(
        "/{import_id}/undo",
        response_model=ImportOut,
        responses=responses(ImportNotFoundError, CannotUndoError),
    )
    async def undo_import(import_id: UUID, session: SessionDep) -> Any:
        """Take an import back: records it made are put away, those it changed are as before.

        What was changed since stays as it is, and is told among the errors with its row.
        """
        return await use_cases.undo(session, store, nouns, import_id)


def _hang_waiting(router: APIRouter, store: Store, nouns: Mapping[str, Noun]) -> None:
    @router.patch(
        "/{import_id}",
        response_model=ImportOut,
        responses=responses(
            ImportNotFoundError, ImportNotHeldError, MappingError, FieldHiddenError
        ),
    )
    async def remap_import(import_id: UUID, body: MappingIn, session: SessionDep) -> Any:
        """Give an import that waits another mapping."""
        return await use_cases.remap(session, store, nouns, import_id, body)

    @router.post(
        "/{import_id}/start",
        response_model=ImportOut,
        responses=responses(ImportNotFoundError, ImportNotHeldError),
    )
    async def start_import(import_id: UUID, session: SessionDep) -> Any:
        """Let an import begin that was begun with `hold`."""
        return await use_cases.start(session, store, import_id)

    @router.get(
        "/{import_id}/preview",
        response_model=PreviewOut,
        responses=responses(
            ImportNotFoundError, ImportNotHeldError, UnreadableFileError, FieldHiddenError
        ),
    )
    async def preview_import(
        import_id: UUID,
        session: SessionDep,
        settings: SettingsDep,
        limit: Annotated[int, Query(ge=1, le=100, description="How many rows")] = 20,
    ) -> Any:
        """Show the first rows as they would be understood, and what is wrong with them."""
        return await preview(session, store, nouns, settings, import_id, limit=limit)


def _hang_upload(router: APIRouter, store: Store) -> None:
    @router.put(
        "/{import_id}/file",
        response_model=ImportOut,
        responses=responses(
            ImportNotFoundError,
            ImportHasFileError,
            ImportTooLargeError,
            MappingError,
            UnreadableFileError,
        ),
        max_body_size=NO_LIMIT_OF_ITS_OWN,
        openapi_extra=CSV_BODY,
    )
    async def send_import_file(
        import_id: UUID, request: Request, sessions: SessionsDep, settings: SettingsDep
    ) -> Any:
        """Send the file, streamed; the work on it begins when it is whole."""
        async with sessions() as session:
            found = await store.get(session, import_id)
        if found["state"] != "awaiting_file":
            raise ImportHasFileError
        limit = settings.import_max_bytes
        if int(request.headers.get("content-length", "0")) > limit:
            raise ImportTooLargeError(limit)
        upload = Upload(store, sessions, import_id, limit=limit)
        held = bool(found["mapping"].get(HOLD))
        return await upload.receive(request.stream(), kept_mapping(found["mapping"]), hold=held)


def _hang_views(router: APIRouter, store: Store) -> None:
    imports, failures = _listings(store.tables)

    @router.get("", response_model=Page[ImportOut])
    async def list_imports(
        session: ReadSessionDep, query: Annotated[ListQuery, Depends(imports)]
    ) -> Any:
        """List imports."""
        return await list_page(session, store.tables.imports.select(), query)

    @router.get("/{import_id}", response_model=ImportOut, responses=responses(ImportNotFoundError))
    async def get_import(import_id: UUID, session: ReadSessionDep) -> Any:
        """Return an import and how far it is."""
        return await store.get(session, import_id)

    @router.get(
        "/{import_id}/errors",
        response_model=Page[ImportFailureOut],
        responses={
            **responses(ImportNotFoundError),
            200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        },
    )
    async def list_import_errors(
        import_id: UUID,
        request: Request,
        session: ReadSessionDep,
        query: Annotated[ListQuery, Depends(failures)],
    ) -> Any:
        """List what was wrong, the first 10,000 faults; all of them at once as text/csv."""
        await store.get(session, import_id)
        if "text/csv" in request.headers.get("accept", ""):
            text = await use_cases.failures_as_csv(session, store, import_id)
            return Response(text, media_type="text/csv; charset=utf-8")
        return await list_page(session, store.failures_of(import_id), query)


def _listings(tables: ImportTables) -> tuple[Listing, Listing]:
    imports, failures = tables.imports.c, tables.failures.c
    fields = Fields(
        {
            "id": Field(UUID, imports.id),
            "noun": Field(str, imports.noun),
            "source_system": Field(str, imports.source_system),
            "state": Field(str, imports.state),
            "created_at": Field(datetime, imports.created_at),
        }
    )
    failed = Fields(
        {
            "id": Field(UUID, failures.id),
            "row": Field(int, failures.row),
            "column": Field(str, failures.column),
            "code": Field(str, failures.code),
        }
    )
    return listing(fields), listing(failed, sort=("row",), default="row")
