"""Routes of the validations feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from crm_contacts.permissions import READ_VALIDATIONS, WRITE_VALIDATIONS
from crm_contacts.validations import queries, use_cases
from crm_contacts.validations.fields import LISTING
from crm_contacts.validations.models import Validation
from crm_contacts.validations.schemas import PatchValidationIn, ValidationIn, ValidationOut
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.validations.errors import ValidationExistsError, ValidationNotFoundError

router = service_router(prefix="/v1/client-rules/validations", tags=["validations"])
Reading = [require(READ_VALIDATIONS)]
Writing = [require(WRITE_VALIDATIONS)]


@router.get(
    "",
    response_model=Page[ValidationOut],
    dependencies=Reading,
    operation_id="list_client_validations",
)
async def list_validations(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Validation]:
    """List what is forbidden for contacts, companies, leads and cases."""
    return await list_page(session, queries.all_validations(), query)


@router.post(
    "",
    response_model=ValidationOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(ValidationExistsError),
    operation_id="create_client_validation",
)
async def create_validation(
    session: SessionDep, body: ValidationIn, response: Response
) -> Validation:
    """Forbid a change from now on, for API, batch, import, merge and automation alike.

    Refused changes get 422 `forbidden-by-validation` with the reason in three languages.
    """
    validation = await use_cases.create_validation(session, body.model_dump())
    response.headers["Location"] = f"/v1/client-rules/validations/{validation.id}"
    tag(response, validation)
    return validation


@router.get(
    "/{validation_id}",
    response_model=ValidationOut,
    dependencies=Reading,
    responses=responses(ValidationNotFoundError),
    operation_id="get_client_validation",
)
async def get_validation(
    validation_id: UUID, session: ReadSessionDep, response: Response
) -> Validation:
    """Read one validation."""
    validation = await queries.get_validation(session, validation_id)
    tag(response, validation)
    return validation


@router.patch(
    "/{validation_id}",
    response_model=ValidationOut,
    dependencies=Writing,
    responses=responses(ValidationNotFoundError, ChangedMeanwhileError),
    operation_id="update_client_validation",
)
async def update_validation(
    validation_id: UUID,
    body: PatchValidationIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> Validation:
    """Change a validation, or switch it off: that holds at once."""
    validation = await queries.get_validation(session, validation_id)
    check_revision(validation, expected)
    await use_cases.update_validation(session, validation, body.model_dump(exclude_unset=True))
    tag(response, validation)
    return validation


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=ValidationOut,
    dependencies=Writing,
    responses=responses(ValidationExistsError),
    operation_id="put_client_validation",
)
async def put_validation(
    system: Annotated[str, Path(pattern=r"^[\w.-]{1,64}$")],
    external_id: Annotated[str, Path(min_length=1, max_length=200)],
    body: ValidationIn,
    session: SessionDep,
    response: Response,
) -> Validation:
    """Create or change the validation that another system knows under this id."""
    validation, result = await use_cases.put_validation(
        session, (system, external_id), body.model_dump()
    )
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, validation)
    return validation


@router.delete(
    "/{validation_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(ValidationNotFoundError, ChangedMeanwhileError),
    operation_id="delete_client_validation",
)
async def delete_validation(validation_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Forbid it no longer: what was refused by it may be tried again at once."""
    validation = await queries.get_validation(session, validation_id)
    check_revision(validation, expected)
    await use_cases.delete_validation(session, validation)
