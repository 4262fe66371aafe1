"""Call lists as events tell of them: who is on one and what came of it, by ids and codes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event

__all__ = [
    "CallListCreated",
    "CallListDeleted",
    "CallListEntryAdded",
    "CallListEntryExcluded",
    "CallListEntryFacts",
    "CallListEntryLogged",
    "CallListEntryReleased",
    "CallListEntryTaken",
    "CallListFacts",
    "CallListUpdated",
]


class CallListFacts(Facts):
    """Whose a list is, for which purpose it calls, and how often it tries."""

    owner_id: UUID | None
    team_id: UUID | None
    segment_id: UUID | None
    script_id: UUID | None
    status: str
    purpose: str
    needs_consent: bool
    max_attempts: int
    retry_after_minutes: int


class CallListCreated(Event, type="crm.contacts.call_list.created.v1"):
    """There is a list of people to be called; who is on it is told one by one."""

    call_list: CallListFacts
    changed: list[str]
    previous: dict[str, Any]


class CallListUpdated(Event, type="crm.contacts.call_list.updated.v1"):
    """A list changed, was paused, opened again or closed."""

    call_list: CallListFacts
    changed: list[str]
    previous: dict[str, Any]


class CallListDeleted(Event, type="crm.contacts.call_list.deleted.v1"):
    """A list is used no more; what was said on the telephone stays."""

    call_list: CallListFacts
    changed: list[str]
    previous: dict[str, Any]


class CallListEntryFacts(Facts):
    """How far a person on a list is: `next_at` is the earliest moment of the next attempt."""

    call_list_id: UUID
    contact_id: UUID
    status: str
    attempts: int
    next_at: datetime
    taken_by: UUID | None
    last_result: str | None
    excluded_for: str | None


class _EntryEvent(Event):
    call_list_entry: CallListEntryFacts
    changed: list[str]
    previous: dict[str, Any]


class CallListEntryAdded(_EntryEvent, type="crm.contacts.call_list_entry.added.v1"):
    """A person is to be called."""


class CallListEntryTaken(_EntryEvent, type="crm.contacts.call_list_entry.taken.v1"):
    """Somebody got a person to call; nobody else gets him meanwhile."""


class CallListEntryReleased(_EntryEvent, type="crm.contacts.call_list_entry.released.v1"):
    """A person was given back, or held too long: somebody else may get him."""


class CallListEntryLogged(_EntryEvent, type="crm.contacts.call_list_entry.logged.v1"):
    """Somebody said what came of a call."""

    result: str
    caller_id: UUID
    activity_id: UUID


class CallListEntryExcluded(_EntryEvent, type="crm.contacts.call_list_entry.excluded.v1"):
    """A person is not to be called any more; `excluded_for` says why."""
