"""`/v1/<noun>/custom-fields`: the definitions of a noun's custom fields."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from crm_shared.actor import Permission
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.filters import Field, Fields
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import Listing, ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns.definitions import Definitions
from crm_shared.nouns.errors import (
    CustomFieldExistsError,
    CustomFieldInUseError,
    CustomFieldNotFoundError,
    CustomFieldNotUniqueError,
    DefinitionError,
    TooManyCustomFieldsError,
)
from crm_shared.nouns.schemas import CustomFieldChangeIn, CustomFieldIn, CustomFieldOut


def router(
    path: str, verbs: Definitions, read: Permission, configure: Permission, noun: str
) -> APIRouter:
    """Return the routes of one noun's definitions."""
    made = service_router(prefix=f"{path}/custom-fields", tags=["custom fields"])
    _hang_reading(made, verbs, read, noun)
    _hang_writing(made, verbs, configure, noun)
    _hang_archive(made, verbs, configure, noun)
    return made


def _listing(verbs: Definitions) -> Listing:
    model: Any = verbs.book.model
    fields = Fields(
        {
            "id": Field(UUID, model.id),
            "key": Field(str, model.key),
            "type": Field(str, model.type),
            "position": Field(int, model.position),
            "is_personal": Field(bool, model.is_personal),
            "is_archived": Field(bool, model.deleted_at.is_not(None)),
        }
    )
    return listing(fields, sort=("position", "key"), default="position")


def _hang_reading(made: APIRouter, verbs: Definitions, read: Permission, noun: str) -> None:
    listed = _listing(verbs)

    @made.get(
        "",
        response_model=Page[CustomFieldOut],
        dependencies=[require(read)],
        name=f"list_{noun}_custom_fields",
    )
    async def list_custom_fields(
        session: ReadSessionDep, query: Annotated[ListQuery, Depends(listed)]
    ) -> Any:
        """List the custom fields of the noun, archived ones included."""
        return await list_page(session, verbs.all(), query)

    @made.get(
        "/{field_id}",
        response_model=CustomFieldOut,
        dependencies=[require(read)],
        responses=responses(CustomFieldNotFoundError),
        name=f"get_{noun}_custom_field",
    )
    async def get_custom_field(field_id: UUID, session: ReadSessionDep, response: Response) -> Any:
        """Read one definition."""
        field = await verbs.get(session, field_id)
        tag(response, field)
        return field


def _hang_writing(made: APIRouter, verbs: Definitions, configure: Permission, noun: str) -> None:
    @made.post(
        "",
        response_model=CustomFieldOut,
        status_code=status.HTTP_201_CREATED,
        dependencies=[require(configure)],
        responses=responses(CustomFieldExistsError, TooManyCustomFieldsError, DefinitionError),
        name=f"create_{noun}_custom_field",
    )
    async def create_custom_field(
        body: CustomFieldIn, session: SessionDep, response: Response
    ) -> Any:
        """Give the noun another field: from now on it can be written, filtered and sorted by."""
        field = await verbs.create(session, body.given())
        tag(response, field)
        return field

    @made.patch(
        "/{field_id}",
        response_model=CustomFieldOut,
        dependencies=[require(configure)],
        responses=responses(
            CustomFieldNotFoundError,
            CustomFieldInUseError,
            CustomFieldNotUniqueError,
            ChangedMeanwhileError,
            DefinitionError,
        ),
        name=f"update_{noun}_custom_field",
    )
    async def update_custom_field(
        field_id: UUID,
        body: CustomFieldChangeIn,
        expected: IfMatch,
        session: SessionDep,
        response: Response,
    ) -> Any:
        """Change a definition; type, target and `is_personal` only while no record has a value."""
        field = await verbs.get(session, field_id)
        await verbs.update(session, field, body.given(), expected=expected)
        tag(response, field)
        return field


def _hang_archive(made: APIRouter, verbs: Definitions, configure: Permission, noun: str) -> None:
    @made.delete(
        "/{field_id}",
        status_code=status.HTTP_204_NO_CONTENT,
        dependencies=[require(configure)],
        responses=responses(CustomFieldNotFoundError, ChangedMeanwhileError),
        name=f"archive_{noun}_custom_field",
    )
    async def archive_custom_field(field_id: UUID, expected: IfMatch, session: SessionDep) -> None:
        """Archive a field: nobody fills it or asks for it any more; its values stay."""
        field = await verbs.get(session, field_id)
        await verbs.archive(session, field, expected=expected)

    @made.post(
        "/{field_id}/restore",
        response_model=CustomFieldOut,
        dependencies=[require(configure)],
        responses=responses(CustomFieldNotFoundError, ChangedMeanwhileError),
        name=f"restore_{noun}_custom_field",
    )
    async def restore_custom_field(
        field_id: UUID, expected: IfMatch, session: SessionDep, response: Response
    ) -> Any:
        """Bring an archived field back with the values it had."""
        field = await verbs.get(session, field_id)
        await verbs.restore(session, field, expected=expected)
        tag(response, field)
        return field
