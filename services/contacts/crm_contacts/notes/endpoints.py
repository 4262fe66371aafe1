"""Routes of the notes feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, status

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.notes import queries, use_cases
from crm_contacts.notes.errors import NoteAboutNothingError, NoteNotFoundError
from crm_contacts.notes.fields import FIELDS, SORT
from crm_contacts.notes.models import Note
from crm_contacts.notes.schemas import NoteChangeIn, NoteIn, NoteOut
from crm_contacts.permissions import READ_NOTES, WRITE_NOTES
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.following import follow
from crm_shared.http.pagination import ListQuery, Page, Rows, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/notes", tags=["notes"])
LISTING = listing(FIELDS, sort=SORT)
Reader = Annotated[Access, require(READ_NOTES)]
Writer = Annotated[Access, require(WRITE_NOTES)]


@router.get("", response_model=Page[NoteOut])
async def list_notes(
    access: Reader, session: ReadSessionDep, query: Annotated[ListQuery, Depends(LISTING)]
) -> Rows[Note]:
    """List notes that one wrote, or about what one may see."""
    return await list_page(session, queries.visible_notes(access), query)


@router.post("/search", response_model=Page[NoteOut])
async def search_notes(body: SearchIn, access: Reader, session: ReadSessionDep) -> Rows[Note]:
    """List such notes by a filter tree."""
    return await list_page(session, queries.visible_notes(access), LISTING.search(body))


@router.post(
    "",
    response_model=NoteOut,
    status_code=status.HTTP_201_CREATED,
    responses=responses(ContactNotFoundError, CompanyNotFoundError, NoteAboutNothingError),
)
async def create_note(
    body: NoteIn, access: Writer, session: SessionDep, response: Response
) -> Note:
    """Write something down about a contact, a company or a deal."""
    note = await use_cases.create_note(session, access, body.model_dump(exclude_unset=True))
    tag(response, note)
    return note


@router.get("/{note_id}", response_model=NoteOut, responses=responses(NoteNotFoundError))
async def get_note(
    note_id: UUID, access: Reader, session: ReadSessionDep, response: Response
) -> Note:
    """Return a note."""
    note = await queries.get_note(session, access, note_id)
    await follow(session, [note], FIELDS)
    tag(response, note)
    return note


@router.patch("/{note_id}", response_model=NoteOut, responses=responses(NoteNotFoundError))
async def update_note(
    note_id: UUID,
    body: NoteChangeIn,
    expected: IfMatch,
    access: Writer,
    session: SessionDep,
    response: Response,
) -> Note:
    """Change a note of one's own, or pin it."""
    note = await queries.get_own_note(session, access, note_id)
    check_revision(note, expected)
    await use_cases.update_note(session, note, body.model_dump(exclude_unset=True))
    tag(response, note)
    return note


@router.delete(
    "/{note_id}", status_code=status.HTTP_204_NO_CONTENT, responses=responses(NoteNotFoundError)
)
async def delete_note(
    note_id: UUID, expected: IfMatch, access: Writer, session: SessionDep
) -> None:
    """Put a note of one's own away."""
    note = await queries.get_own_note(session, access, note_id)
    check_revision(note, expected)
    await use_cases.delete_note(session, note)
