"""What is said of leads and of the web forms that bring them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event
from crm_shared.money import Amount


class LeadFacts(Facts):
    """What everyone may know of a lead; `labels` are only those that a form's settings name."""

    owner_id: UUID | None
    team_id: UUID | None
    client_class: str | None
    status: str
    source: str | None
    channel: str | None
    labels: dict[str, str]
    form_id: UUID | None
    score: int
    respond_by: datetime | None
    first_responded_at: datetime | None
    disqualify_reason: str | None
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    has_email: bool
    has_phone: bool
    awaits_confirmation: bool
    tags: list[str]
    custom_fields: dict[str, Any]


class LeadEvent(Event):
    """What every event of a lead has."""

    lead: LeadFacts
    changed: list[str]
    previous: dict[str, Any]


class LeadCreated(LeadEvent, type="crm.contacts.lead.created.v1"):
    """Somebody might buy: by hand, by another system or through a web form.

    `by_letter`: a letter is to ask him to confirm his address.
    """

    by_letter: bool


class LeadUpdated(LeadEvent, type="crm.contacts.lead.updated.v1"):
    """Something about a lead changed without a move."""


class LeadDeleted(LeadEvent, type="crm.contacts.lead.deleted.v1"):
    """A lead was put away; it can be restored."""


class LeadRestored(LeadEvent, type="crm.contacts.lead.restored.v1"):
    """A lead that was put away came back."""


class LeadAssigned(LeadEvent, type="crm.contacts.lead.assigned.v1"):
    """A lead was given to another owner; `previous` tells whose it was."""


class LeadResponded(LeadEvent, type="crm.contacts.lead.responded.v1"):
    """Somebody answered a lead for the first time."""


class LeadConfirmed(LeadEvent, type="crm.contacts.lead.confirmed.v1"):
    """The person behind a lead followed the link of the double opt-in."""


class LeadQualified(LeadEvent, type="crm.contacts.lead.qualified.v1"):
    """A lead is worth selling to."""


class LeadDisqualified(LeadEvent, type="crm.contacts.lead.disqualified.v1"):
    """Nothing will come of a lead, for a reason of the configured list."""


class LeadReopened(LeadEvent, type="crm.contacts.lead.reopened.v1"):
    """A disqualified lead is worked on again."""


class LeadOverdue(LeadEvent, type="crm.contacts.lead.overdue.v1"):
    """Nobody answered a lead by its deadline; said once."""


class LeadUnassigned(LeadEvent, type="crm.contacts.lead.unassigned.v1"):
    """An open lead has had no owner for too long; said once."""


class LeadConverted(LeadEvent, type="crm.contacts.lead.converted.v1"):
    """A lead became a client and a deal; whoever keeps deals begins exactly this one."""

    deal_id: UUID
    pipeline_id: UUID | None
    amount: Amount | None
    currency: str | None
    owner_id: UUID | None
    team_id: UUID | None
    source: str | None
    channel: str | None
    contact_id: UUID | None
    company_id: UUID | None


class LeadErased(Event, type="crm.contacts.lead.erased.v1"):
    """A lead is forgotten; when, where from and what came of it stays."""

    lead: LeadFacts
    changed: list[str]
    previous: dict[str, Any]


class LeadFormFacts(Facts):
    """What everyone may know of a web form: neither its name nor its key."""

    is_active: bool
    owner_id: UUID | None
    team_id: UUID | None
    source: str | None
    channel: str | None
    double_opt_in: bool


class _LeadFormEvent(Event):
    lead_form: LeadFormFacts
    changed: list[str]
    previous: dict[str, Any]


class LeadFormCreated(_LeadFormEvent, type="crm.contacts.lead_form.created.v1"):
    """A web form may bring leads from now on."""


class LeadFormUpdated(_LeadFormEvent, type="crm.contacts.lead_form.updated.v1"):
    """A web form was changed, switched on or off, or got another key."""


class LeadFormDeleted(_LeadFormEvent, type="crm.contacts.lead_form.deleted.v1"):
    """A web form brings no leads any more; those it brought stay."""
