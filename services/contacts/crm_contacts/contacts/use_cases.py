"""What can be done to a contact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.addresses.rules import normalise
from crm_contacts.consents.rules import with_last_words
from crm_contacts.contacts import queries
from crm_contacts.contacts.errors import (
    ContactExistsError,
    ContactNotFoundError,
    ContactOutsideScopeError,
    ContactRestrictedError,
)
from crm_contacts.contacts.models import Contact
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.events import (
    ContactCreated,
    ContactDeleted,
    ContactFacts,
    ContactRestored,
    ContactUpdated,
)
from crm_contacts.users.use_cases import with_owner
from crm_contacts.versions.statements import add_rows
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.db.named import find_or_make
from crm_shared.db.refusals import not_unique
from crm_shared.events.outbox import Changes
from crm_shared.ids import new_id

EMPTY: Mapping[str, Any] = {
    "do_not_call": False,
    "emails": [],
    "phones": [],
    "consents": [],
    "tags": [],
    "is_key": False,
    "preferences": {},
}


async def create_contact(
    session: AsyncSession,
    access: Access,
    values: Mapping[str, Any],
    *,
    region: str,
    at: datetime | None = None,
    demanding: bool = True,
) -> Contact:
    """Take a person into the customer base and announce it."""
    # a form that was open while companies were merged still names the one that is gone
    values = await aliases.resolved(session, values, ("company_id",))
    settled = await BOOK.settled(session, "contact", values, demanding=demanding)
    contact = new_contact(await with_owner(session, access, settled), region=region, at=at)
    if not access.may_see(contact.owner_id, contact.team_id):
        raise ContactOutsideScopeError
    try:
        # the row is not asked for beforehand: the unique index alone is safe against two at once
        await add_rows(session, [(contact, created(contact), at)])
    except IntegrityError as taken:
        raise not_unique(taken) or ContactExistsError() from taken
    return contact


def new_contact(values: Mapping[str, Any], *, region: str, at: datetime | None = None) -> Contact:
    """Make the row, addresses normalised; an import announces many of them at once."""
    contact = Contact(id=new_id(), created_at=at or utc_now())
    fresh: Mapping[str, Any] = {"custom_fields": {}, "personal_fields": {}}
    contact.apply({**EMPTY, **fresh, **normalise(values, region)})
    return contact


def created(contact: Contact) -> ContactCreated:
    """Say that a contact entered the customer base."""
    return ContactCreated(contact=facts_of(contact), changed=[], previous={})


def updated(contact: Contact, changes: Changes) -> ContactUpdated | ContactRestored:
    """Say what changed about a contact; coming back is named after the move."""
    kind = ContactRestored if "deleted_at" in changes.changed else ContactUpdated
    return kind(contact=facts_of(contact), changed=changes.changed, previous=changes.previous)


def facts_of(contact: Contact) -> ContactFacts:
    return ContactFacts.model_validate(contact)


async def update_contact(
    session: AsyncSession,
    access: Access,
    contact: Contact,
    values: Mapping[str, Any],
    *,
    region: str,
) -> Contact:
    """Change a contact and announce it; a change that changes nothing says nothing."""
    # whose processing is restricted stays as he is: only releasing him is a change of its own
    if contact.restricted_at is not None:
        raise ContactRestrictedError
    values = await aliases.resolved(session, values, ("company_id",))
    settled = await BOOK.settled(session, "contact", values, contact)
    contact.apply(with_last_words(normalise(settled, region), contact.consents))
    if not access.may_see(contact.owner_id, contact.team_id):
        raise ContactOutsideScopeError
    if changes := changes_told(contact, ContactFacts):
        await announce(session, contact, updated(contact, changes))
    return contact


async def write_contact(
    session: AsyncSession, access: Access, values: Mapping[str, Any], *, region: str
) -> tuple[Contact, bool]:
    """Create a contact, or change the one that its external id names; tell whether it is new."""
    contact, is_new = await find_or_make(
        session,
        values,
        find=queries.find_by_external,
        make=lambda: create_contact(session, access, values, region=region),
        taken=ContactExistsError,
    )
    if is_new:
        return contact, True
    if not access.may_see(contact.owner_id, contact.team_id):
        raise ContactNotFoundError(str(values["external_id"]))
    back = {**unnamed(values, contact), "deleted_at": None}
    return await update_contact(session, access, contact, back, region=region), False


def unnamed(values: Mapping[str, Any], contact: Contact) -> dict[str, Any]:
    """Return `values` without another external id: one merged into this contact keeps its own."""
    is_another = values.get("external_id") != contact.external_id
    left = ("source_system", "external_id") if is_another else ()
    return {name: value for name, value in values.items() if name not in left}


async def delete_contact(session: AsyncSession, contact: Contact) -> None:
    """Put a contact away; facts that depend on it stay."""
    contact.deleted_at = utc_now()
    event = ContactDeleted(contact=facts_of(contact), changed=["deleted_at"], previous={})
    await announce(session, contact, event)


async def restore_contact(session: AsyncSession, contact: Contact) -> Contact:
    """Bring back a contact that was put away."""
    contact.deleted_at = None
    event = ContactRestored(contact=facts_of(contact), changed=["deleted_at"], previous={})
    await announce(session, contact, event)
    return contact
