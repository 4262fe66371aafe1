"""What is said of those on a list."""

from typing import Any, Final

from crm_contacts.call_lists.models import CallListEntry
from crm_contacts.events import call_lists as events
from crm_contacts.events.call_lists import EntryEvent, EntryEventV2
from crm_shared.events import outbox

# readers of v1 know contacts only and rely on their ids: companies and leads are told by v2
OF_OTHERS: Final[dict[type[EntryEvent], type[EntryEventV2]]] = {
    events.CallListEntryAdded: events.CallListEntryAddedV2,
    events.CallListEntryTaken: events.CallListEntryTakenV2,
    events.CallListEntryReleased: events.CallListEntryReleasedV2,
    events.CallListEntryLogged: events.CallListEntryLoggedV2,
    events.CallListEntryExcluded: events.CallListEntryExcludedV2,
}


def added(entry: CallListEntry) -> EntryEvent | EntryEventV2:
    """Say that somebody is to be called."""
    return _said(events.CallListEntryAdded, entry, {"changed": [], "previous": {}})


def said(kind: type[EntryEvent], entry: CallListEntry, **beside: Any) -> EntryEvent | EntryEventV2:
    """Say what happened to somebody on a list."""
    changes = outbox.changes_of(entry, _facts(entry))
    told = {"changed": changes.changed, "previous": changes.previous}
    return _said(kind, entry, {**told, **beside})


def _said(
    kind: type[EntryEvent], entry: CallListEntry, beside: dict[str, Any]
) -> EntryEvent | EntryEventV2:
    which = kind if entry.noun == "contact" else OF_OTHERS[kind]
    return which.model_validate({"call_list_entry": _facts(entry).model_validate(entry), **beside})


def _facts(
    entry: CallListEntry,
) -> type[events.CallListEntryFacts] | type[events.CallListEntryFactsV2]:
    if entry.noun == "contact":
        return events.CallListEntryFacts
    return events.CallListEntryFactsV2
