"""What can be done to a note."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.queries import get_company
from crm_contacts.contacts.queries import get_contact
from crm_contacts.events import NoteCreated, NoteDeleted, NoteFacts, NoteUpdated
from crm_contacts.notes.errors import NoteAboutNothingError
from crm_contacts.notes.models import Note
from crm_contacts.users.queries import first_team
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import outbox
from crm_shared.ids import new_id

ABOUT = ("contact_id", "company_id", "deal_id")


async def create_note(session: AsyncSession, access: Access, values: Mapping[str, Any]) -> Note:
    """Write something down about a client or a deal that one may see."""
    if all(values.get(name) is None for name in ABOUT):
        raise NoteAboutNothingError
    if values.get("contact_id") is not None:
        await get_contact(session, access, values["contact_id"])
    if values.get("company_id") is not None:
        await get_company(session, access, values["company_id"])
    about = await aliases.resolved(session, values, ABOUT[:2])
    author_id = access.actor.id
    team_id = await first_team(session, author_id)
    note = new_note({**about, "author_id": author_id, "team_id": team_id})
    session.add(note)
    event = NoteCreated(note=facts_of(note), changed=[], previous={})
    await outbox.record(session, note, event)
    return note


def new_note(values: Mapping[str, Any], *, at: datetime | None = None) -> Note:
    """Make the row."""
    return Note(
        **{
            "id": new_id(),
            "created_at": at or utc_now(),
            "is_pinned": False,
            "mentioned_ids": [],
            **values,
        }
    )


def facts_of(note: Note) -> NoteFacts:
    return NoteFacts.model_validate(note)


async def update_note(session: AsyncSession, note: Note, values: Mapping[str, Any]) -> Note:
    """Change a note and announce it; a change that changes nothing says nothing."""
    for name, value in values.items():
        setattr(note, name, value)
    if changes := outbox.changes_of(note, NoteFacts):
        event = NoteUpdated(note=facts_of(note), changed=changes.changed, previous=changes.previous)
        await outbox.record(session, note, event)
    return note


async def delete_note(session: AsyncSession, note: Note) -> None:
    """Put a note away."""
    note.deleted_at = utc_now()
    event = NoteDeleted(note=facts_of(note), changed=["deleted_at"], previous={})
    await outbox.record(session, note, event)
