"""Routes by which contacts and companies come in one by one."""

from typing import Annotated, Any

from fastapi import Query, Response, status
from pydantic import BaseModel

from crm_contacts.addresses.errors import InvalidAddressesError
from crm_contacts.companies.errors import CompanyExistsError, CompanyOutsideScopeError
from crm_contacts.companies.schemas import CompanyIn, CompanyOut
from crm_contacts.contacts.errors import (
    ContactExistsError,
    ContactOutsideScopeError,
    NamelessContactError,
)
from crm_contacts.contacts.schemas import ContactIn, ContactOut
from crm_contacts.duplicates.errors import PossibleDuplicatesError
from crm_contacts.duplicates.rules import Policy
from crm_contacts.intake import use_cases
from crm_contacts.intake.schemas import CompanyMadeOut, ContactMadeOut
from crm_contacts.intake.use_cases import COMPANY_DOOR, CONTACT_DOOR, Admitted, Sessions
from crm_contacts.permissions import WRITE_COMPANIES, WRITE_CONTACTS
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import tag
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import AutocommitDep, SessionDep
from crm_shared.validations.errors import ForbiddenByValidationError

router = service_router(prefix="/v1")
ContactWriter = Annotated[Access, require(WRITE_CONTACTS)]
CompanyWriter = Annotated[Access, require(WRITE_COMPANIES)]
OnDuplicate = Annotated[
    Policy | None,
    Query(
        description="When the number or address is here already: warn tells who it is, refuse"
        " answers 409, link fills that record (200); the workspace's policy when absent"
    ),
]


def _told(done: Admitted[Any], shape: type[BaseModel], response: Response) -> dict[str, Any]:
    tag(response, done.row)
    if not done.is_new:
        response.status_code = status.HTTP_200_OK
    shown = shape.model_validate(done.row, from_attributes=True).model_dump()
    known = {"all_fields": done.row.all_fields, "possible_duplicates": done.possible_duplicates}
    return {**shown, **known}


@router.post(
    "/contacts",
    response_model=ContactMadeOut,
    status_code=status.HTTP_201_CREATED,
    tags=["contacts"],
    responses=responses(
        ContactExistsError,
        ContactOutsideScopeError,
        NamelessContactError,
        InvalidAddressesError,
        PossibleDuplicatesError,
        ForbiddenByValidationError,
    ),
)
async def create_contact(
    body: ContactIn,
    access: ContactWriter,
    single: AutocommitDep,
    whole: SessionDep,
    settings: SettingsDep,
    response: Response,
    on_duplicate: OnDuplicate = None,
) -> dict[str, Any]:
    """Take a person into the customer base; the answer lists who might be the same."""
    done = await use_cases.admit(
        Sessions(single, whole),
        access,
        CONTACT_DOOR,
        body.model_dump(exclude_unset=True),
        policy=on_duplicate or settings.on_duplicate,
        region=settings.phone_region,
    )
    return _told(done, ContactOut, response)


@router.post(
    "/companies",
    response_model=CompanyMadeOut,
    status_code=status.HTTP_201_CREATED,
    tags=["companies"],
    responses=responses(
        CompanyExistsError,
        CompanyOutsideScopeError,
        InvalidAddressesError,
        PossibleDuplicatesError,
        ForbiddenByValidationError,
    ),
)
async def create_company(
    body: CompanyIn,
    access: CompanyWriter,
    single: AutocommitDep,
    whole: SessionDep,
    settings: SettingsDep,
    response: Response,
    on_duplicate: OnDuplicate = None,
) -> dict[str, Any]:
    """Take an organisation into the customer base; the answer lists who might be the same."""
    done = await use_cases.admit(
        Sessions(single, whole),
        access,
        COMPANY_DOOR,
        body.model_dump(exclude_unset=True),
        policy=on_duplicate or settings.on_duplicate,
        region=settings.phone_region,
    )
    return _told(done, CompanyOut, response)
