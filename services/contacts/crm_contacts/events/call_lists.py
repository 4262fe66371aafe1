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
    "CallListEntryAddedV2",
    "CallListEntryExcluded",
    "CallListEntryExcludedV2",
    "CallListEntryFacts",
    "CallListEntryFactsV2",
    "CallListEntryLogged",
    "CallListEntryLoggedV2",
    "CallListEntryReleased",
    "CallListEntryReleasedV2",
    "CallListEntryTaken",
    "CallListEntryTakenV2",
    "CallListFacts",
    "CallListUpdated",
]


class CallListFacts(Facts):
    """Whose a list is, for which purpose it calls, and how often it tries."""

    noun: str
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
    """There is a list of those to be called, all of one noun; who is on it is told one by one."""

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


class _Progress(Facts):
    call_list_id: UUID
    status: str
    attempts: int
    next_at: datetime
    taken_by: UUID | None
    last_result: str | None
    excluded_for: str | None


class CallListEntryFacts(_Progress):
    """How far a person on a list is: `next_at` is the earliest moment of the next attempt."""

    contact_id: UUID


class CallListEntryFactsV2(_Progress):
    """How far a company or a lead on a list is; of the three ids one is there."""

    noun: str
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None


class EntryEvent(Event):
    """What every event of a contact on a list has."""

    call_list_entry: CallListEntryFacts
    changed: list[str]
    previous: dict[str, Any]


class EntryEventV2(Event):
    """What every event of a company or a lead on a list has."""

    call_list_entry: CallListEntryFactsV2
    changed: list[str]
    previous: dict[str, Any]


class CallListEntryAdded(EntryEvent, type="crm.contacts.call_list_entry.added.v1"):
    """A person is to be called."""


class CallListEntryTaken(EntryEvent, type="crm.contacts.call_list_entry.taken.v1"):
    """Somebody got a person to call; nobody else gets him meanwhile."""


class CallListEntryReleased(EntryEvent, type="crm.contacts.call_list_entry.released.v1"):
    """A person was given back, or held too long: somebody else may get him."""


class CallListEntryLogged(EntryEvent, type="crm.contacts.call_list_entry.logged.v1"):
    """Somebody said what came of a call."""

    result: str
    caller_id: UUID
    activity_id: UUID


class CallListEntryExcluded(EntryEvent, type="crm.contacts.call_list_entry.excluded.v1"):
    """A person is not to be called any more; `excluded_for` says why."""


class CallListEntryAddedV2(EntryEventV2, type="crm.contacts.call_list_entry.added.v2"):
    """A company or a lead is to be called; contacts are told by v1."""


class CallListEntryTakenV2(EntryEventV2, type="crm.contacts.call_list_entry.taken.v2"):
    """Somebody got a company or a lead to call; contacts are told by v1."""


class CallListEntryReleasedV2(EntryEventV2, type="crm.contacts.call_list_entry.released.v2"):
    """A company or a lead was given back, or held too long; contacts are told by v1."""


class CallListEntryLoggedV2(EntryEventV2, type="crm.contacts.call_list_entry.logged.v2"):
    """Somebody said what came of a call to a company or a lead; contacts are told by v1."""

    result: str
    caller_id: UUID
    activity_id: UUID


class CallListEntryExcludedV2(EntryEventV2, type="crm.contacts.call_list_entry.excluded.v2"):
    """A company or a lead is not to be called any more; contacts are told by v1."""
