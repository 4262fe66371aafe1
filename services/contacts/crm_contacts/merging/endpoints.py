"""Routes of merging, the same for contacts and companies."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from crm_contacts.companies.errors import (
    CompanyCircleError,
    CompanyNotFoundError,
    CompanyOutsideScopeError,
)
from crm_contacts.companies.queries import get_company
from crm_contacts.companies.schemas import CompanyOut
from crm_contacts.contacts.errors import ContactNotFoundError, ContactOutsideScopeError
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.schemas import ContactOut
from crm_contacts.merging import queries, use_cases
from crm_contacts.merging.errors import (
    AlreadyMergedError,
    LoserChangedError,
    MergedElsewhereError,
    NotMergedError,
    SameRecordError,
    UnknownChoiceError,
)
from crm_contacts.merging.schemas import (
    MergedOut,
    MergeIn,
    MergeItemIn,
    MergesOut,
    UnmergedOut,
    UnmergeIn,
)
from crm_contacts.merging.use_cases import COMPANIES, CONTACTS, Merged, MergeOrder, Unmerged
from crm_contacts.permissions import (
    READ_COMPANIES,
    READ_CONTACTS,
    WRITE_COMPANIES,
    WRITE_CONTACTS,
)
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.hiding import hidden_of, without
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.validations.errors import ForbiddenByValidationError

router: APIRouter = service_router(prefix="/v1")
REFUSALS = (
    SameRecordError,
    UnknownChoiceError,
    AlreadyMergedError,
    LoserChangedError,
    ForbiddenByValidationError,
)
ContactReader = Annotated[Access, require(READ_CONTACTS)]
ContactWriter = Annotated[Access, require(WRITE_CONTACTS)]
CompanyReader = Annotated[Access, require(READ_COMPANIES)]
CompanyWriter = Annotated[Access, require(WRITE_COMPANIES)]


def _order(record_id: UUID, body: MergeIn, expected: int | None) -> MergeOrder:
    return MergeOrder(record_id, body.loser_id, body.take, expected, body.loser_revision)


def _told(noun: str, done: Merged[Any], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "survivor_id": done.survivor.id,
        "revision": done.survivor.revision,
        "loser_id": done.loser.id,
        "loser_revision": done.loser.revision,
        "fields": without(_fields(done), hidden_of(noun)),
        "origins": done.combined.origins,
        "changed": done.changed,
    }


def _fields(done: Merged[Any]) -> dict[str, Any]:
    """Return the survivor's fields, custom ones together: so hidden ones are found and go."""
    fields = dict(done.combined.values)
    personal = fields.pop("personal_fields", None) or {}
    return {**fields, "custom_fields": {**(fields.get("custom_fields") or {}), **personal}}


def _apart(done: Unmerged[Any]) -> dict[str, Any]:
    return {"survivor": done.survivor, "restored": done.loser, "kept": done.kept}


@router.post("/contacts/merges", tags=["contacts"])
async def merge_many_contacts(
    body: BatchIn[MergeItemIn], access: ContactWriter, session: SessionDep
) -> BatchOut:
    """Merge up to 500 pairs of contacts; each has its result, by the survivor's id."""

    async def one(item: MergeItemIn) -> Merged[Any]:
        order = MergeOrder(item.survivor_id, item.loser_id, item.take)
        return await use_cases.merge(session, access, CONTACTS, order)

    return await run_batch(session, body.items, one, atomic=body.atomic, status=200)


@router.post(
    "/contacts/{contact_id}/merge",
    response_model=MergedOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError, ContactOutsideScopeError, *REFUSALS),
)
async def merge_contacts(
    contact_id: UUID,
    body: MergeIn,
    expected: IfMatch,
    access: ContactWriter,
    session: SessionDep,
    response: Response,
) -> dict[str, Any]:
    """Make one contact of two: the one of the path stays, several-valued fields are united."""
    act = use_cases.preview if body.dry_run else use_cases.merge
    done = await act(session, access, CONTACTS, _order(contact_id, body, expected))
    tag(response, done.survivor)
    return _told("contact", done, dry_run=body.dry_run)


@router.post(
    "/contacts/{contact_id}/unmerge",
    response_model=UnmergedOut[ContactOut],
    tags=["contacts"],
    responses=responses(ContactNotFoundError, NotMergedError, MergedElsewhereError),
)
async def unmerge_contacts(
    contact_id: UUID,
    body: UnmergeIn,
    expected: IfMatch,
    access: ContactWriter,
    session: SessionDep,
    response: Response,
) -> dict[str, Any]:
    """Take a contact out of the one it was merged into: both as they were, later changes kept."""
    done = await use_cases.unmerge(
        session, access, CONTACTS, contact_id, body.loser_id, expected=expected
    )
    tag(response, done.survivor)
    return _apart(done)


@router.get(
    "/contacts/{contact_id}/merges",
    response_model=MergesOut,
    tags=["contacts"],
    responses=responses(ContactNotFoundError),
)
async def list_contact_merges(
    contact_id: UUID, access: ContactReader, session: ReadSessionDep
) -> dict[str, Any]:
    """List what was merged into a contact, and what was taken out again."""
    contact = await get_contact(session, access, contact_id)
    return {"items": await queries.list_merges(session, contact.id)}


@router.post("/companies/merges", tags=["companies"])
async def merge_many_companies(
    body: BatchIn[MergeItemIn], access: CompanyWriter, session: SessionDep
) -> BatchOut:
    """Merge up to 500 pairs of companies; each has its result, by the survivor's id."""

    async def one(item: MergeItemIn) -> Merged[Any]:
        order = MergeOrder(item.survivor_id, item.loser_id, item.take)
        return await use_cases.merge(session, access, COMPANIES, order)

    return await run_batch(session, body.items, one, atomic=body.atomic, status=200)


@router.post(
    "/companies/{company_id}/merge",
    response_model=MergedOut,
    tags=["companies"],
    responses=responses(
        CompanyNotFoundError, CompanyOutsideScopeError, CompanyCircleError, *REFUSALS
    ),
)
async def merge_companies(
    company_id: UUID,
    body: MergeIn,
    expected: IfMatch,
    access: CompanyWriter,
    session: SessionDep,
    response: Response,
) -> dict[str, Any]:
    """Make one company of two: the one of the path stays, several-valued fields are united."""
    act = use_cases.preview if body.dry_run else use_cases.merge
    done = await act(session, access, COMPANIES, _order(company_id, body, expected))
    tag(response, done.survivor)
    return _told("company", done, dry_run=body.dry_run)


@router.post(
    "/companies/{company_id}/unmerge",
    response_model=UnmergedOut[CompanyOut],
    tags=["companies"],
    responses=responses(CompanyNotFoundError, NotMergedError, MergedElsewhereError),
)
async def unmerge_companies(
    company_id: UUID,
    body: UnmergeIn,
    expected: IfMatch,
    access: CompanyWriter,
    session: SessionDep,
    response: Response,
) -> dict[str, Any]:
    """Take a company out of the one it was merged into: both as they were, later changes kept."""
    done = await use_cases.unmerge(
        session, access, COMPANIES, company_id, body.loser_id, expected=expected
    )
    tag(response, done.survivor)
    return _apart(done)


@router.get(
    "/companies/{company_id}/merges",
    response_model=MergesOut,
    tags=["companies"],
    responses=responses(CompanyNotFoundError),
)
async def list_company_merges(
    company_id: UUID, access: CompanyReader, session: ReadSessionDep
) -> dict[str, Any]:
    """List what was merged into a company, and what was taken out again."""
    company = await get_company(session, access, company_id)
    return {"items": await queries.list_merges(session, company.id)}
