"""Companies and contacts as events tell of them: whether they can be reached, not how."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class CompanyFacts(Facts):
    """What everyone may know of a company: no name, no address."""

    owner_id: UUID | None
    team_id: UUID | None
    client_class: str | None
    kinds: list[str]
    sector: str | None
    country: str | None
    employees: int | None
    revenue: Decimal | None
    parent_id: UUID | None
    tags: list[str]
    custom_fields: dict[str, Any]
    is_key: bool


class CompanyCreated(Event, type="crm.contacts.company.created.v1"):
    """A company entered the customer base."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class CompanyUpdated(Event, type="crm.contacts.company.updated.v1"):
    """Something about a company changed."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class CompanyDeleted(Event, type="crm.contacts.company.deleted.v1"):
    """A company was put away; it can be restored."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class CompanyRestored(Event, type="crm.contacts.company.restored.v1"):
    """A company that was put away came back."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactFacts(Facts):
    """What everyone may know of a person: whether he can be reached, not how."""

    owner_id: UUID | None
    team_id: UUID | None
    client_class: str | None
    company_id: UUID | None
    source: str | None
    channel: str | None
    language: str | None
    # contacts written before there were any have none
    time_zone: str | None = None
    has_email: bool
    has_phone: bool
    tags: list[str]
    custom_fields: dict[str, Any]
    is_key: bool


class ContactCreated(Event, type="crm.contacts.contact.created.v1"):
    """A person entered the customer base."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactUpdated(Event, type="crm.contacts.contact.updated.v1"):
    """Something about a person changed; fetch the reference to learn what it says now."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ConsentGiven(Event, type="crm.contacts.contact.consent_given.v1"):
    """A person agreed to be reached by a channel for a purpose."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]
    channel: str
    purpose: str


class ConsentWithdrawn(Event, type="crm.contacts.contact.consent_withdrawn.v1"):
    """A person refused to be reached by a channel for a purpose."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]
    channel: str
    purpose: str


class ContactDeleted(Event, type="crm.contacts.contact.deleted.v1"):
    """A person was put away; he can be restored."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactRestored(Event, type="crm.contacts.contact.restored.v1"):
    """A person who was put away came back."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactMerged(Event, type="crm.contacts.contact.merged.v1"):
    """Two records of one person became one; both say so, each as it is from now on.

    Whatever names `loser_id` means `survivor_id` until they are unmerged; nobody rewrites ids.
    """

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]
    survivor_id: UUID
    loser_id: UUID


class ContactUnmerged(Event, type="crm.contacts.contact.unmerged.v1"):
    """Two records that had been merged by mistake are two again; both say so."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]
    survivor_id: UUID
    loser_id: UUID


class CompanyMerged(Event, type="crm.contacts.company.merged.v1"):
    """Two records of one company became one; both say so, each as it is from now on.

    Whatever names `loser_id` means `survivor_id` until they are unmerged; nobody rewrites ids.
    """

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]
    survivor_id: UUID
    loser_id: UUID


class CompanyUnmerged(Event, type="crm.contacts.company.unmerged.v1"):
    """Two records that had been merged by mistake are two again; both say so."""

    company: CompanyFacts
    changed: list[str]
    previous: dict[str, Any]
    survivor_id: UUID
    loser_id: UUID


class ContactErased(Event, type="crm.contacts.contact.erased.v1"):
    """A person is to be forgotten: whoever keeps something of him empties it."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactRestricted(Event, type="crm.contacts.contact.restricted.v1"):
    """A person's data is kept and must not be used."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]


class ContactReleased(Event, type="crm.contacts.contact.released.v1"):
    """A person's data may be used again."""

    contact: ContactFacts
    changed: list[str]
    previous: dict[str, Any]
