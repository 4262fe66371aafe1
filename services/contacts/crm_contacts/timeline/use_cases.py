"""Reading a timeline: entries, and what their records are called at this moment."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.cases.models import Case
from crm_contacts.notes.models import Note
from crm_contacts.tasks.models import Task
from crm_contacts.timeline import queries
from crm_contacts.timeline.models import TimelineEntry
from crm_contacts.timeline.schemas import TimelineEntryOut
from crm_shared.events import refs
from crm_shared.http.hiding import hidden_of, without
from crm_shared.http.pagination import ListQuery, Rows, list_page

OWN_WORDS = {
    "case": (Case, Case.subject),
    "task": (Task, Task.title),
    "activity": (Activity, Activity.subject),
    "note": (Note, Note.text),
}
TITLES = {"deal": "title"}
# which field of a record its label is
LABELLED_BY = {**TITLES, **{noun: column.key for noun, (_, column) in OWN_WORDS.items()}}


async def read_timeline(
    session: AsyncSession, entries: Select[TimelineEntry], query: ListQuery
) -> Rows[TimelineEntryOut]:
    """Return one page of what happened, the newest first."""
    page: Rows[TimelineEntry] = await list_page(session, entries, query)
    # looked up when it is read: an entry holds no name that erasure would have to find
    names = await queries.names_of(session, {entry.author_id for entry in page.items})
    labels = await _labels(session, page.items)
    told = [_told(entry, names, labels.get(entry.subject_id)) for entry in page.items]
    return Rows(told, page.next_cursor, page.total)


async def _labels(session: AsyncSession, entries: Sequence[TimelineEntry]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for noun in sorted({entry.noun for entry in entries}):
        ids = {entry.subject_id for entry in entries if entry.noun == noun}
        if noun in OWN_WORDS:
            found |= await queries.words_of(session, *OWN_WORDS[noun], ids)
        elif noun in TITLES:
            known = await refs.labels(session, noun, ids)
            found |= {
                one: data[TITLES[noun]] for one, data in known.items() if TITLES[noun] in data
            }
    return found


def _told(entry: TimelineEntry, names: Mapping[UUID, str], label: str | None) -> TimelineEntryOut:
    hidden, details = hidden_of(entry.noun), entry.details
    if hidden:
        label = None if LABELLED_BY.get(entry.noun) in hidden else label
        changed = [name for name in details.get("changed", ()) if name not in hidden]
        # a copy: the entry itself is shared and must not change
        details = without({**details, "changed": changed}, hidden)
    return TimelineEntryOut(
        id=entry.id,
        at=entry.at,
        recorded_at=entry.recorded_at,
        author_id=entry.author_id,
        author_name=names.get(entry.author_id),
        source=entry.source,
        noun=entry.noun,
        fact=entry.fact,
        subject_id=entry.subject_id,
        revision=entry.revision,
        label=label,
        details=details,
    )
