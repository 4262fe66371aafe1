"""What is said of a lead when it changes."""

from typing import Any, TypeVar

from crm_contacts.events import LeadCreated, LeadFacts
from crm_contacts.events.leads import LeadEvent
from crm_contacts.leads.models import Lead
from crm_contacts.versions.use_cases import changes_told

EventT = TypeVar("EventT", bound=LeadEvent)
# what follows from other fields is not told as a change of its own
BOOKKEEPING = frozenset({"unassigned_since", "score_reasons"})


def facts_of(lead: Lead) -> LeadFacts:
    """Return what everyone may know of a lead now."""
    return LeadFacts.model_validate(lead)


def created(lead: Lead, *, by_letter: bool = False) -> LeadCreated:
    """Say that somebody might buy."""
    return LeadCreated(lead=facts_of(lead), changed=[], previous={}, by_letter=by_letter)


def changes_of(lead: Lead) -> tuple[list[str], dict[str, Any]]:
    """Return the names of changed fields, and old values of those that events tell."""
    changes = changes_told(lead, LeadFacts)
    return [name for name in changes.changed if name not in BOOKKEEPING], changes.previous


def said(kind: type[EventT], lead: Lead, **beside: Any) -> EventT:
    """Name what happened to a lead, with everything that changed by it."""
    changed, previous = changes_of(lead)
    return kind(lead=facts_of(lead), changed=changed, previous=previous, **beside)
