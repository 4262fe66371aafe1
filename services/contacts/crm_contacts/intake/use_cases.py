"""Taking a client in by the policy for those who seem to be here already."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies import use_cases as companies
from crm_contacts.companies.models import Company
from crm_contacts.contacts import use_cases as contacts
from crm_contacts.contacts.models import Contact
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.duplicates.catalogue import COMPANY, CONTACT, Kind
from crm_contacts.duplicates.rules import Policy
from crm_contacts.duplicates.use_cases import Likeness, likenesses, one_to_link, refuse
from crm_contacts.merging.queries import hold
from crm_contacts.merging.use_cases import COMPANIES, CONTACTS, Noun, absorb
from crm_contacts.merging.use_cases.nouns import ClientT
from crm_shared.actor import Access


@dataclass(frozen=True, slots=True)
class Door(Generic[ClientT]):
    """How one kind of client comes in."""

    kind: Kind[ClientT]
    noun: Noun[ClientT]
    make: Callable[..., ClientT]
    create: Callable[..., Awaitable[ClientT]]
    updated: Callable[..., Any]
    # a person's name alone says little, an organisation's much
    by_name: bool


@dataclass(frozen=True, slots=True)
class Admitted(Generic[ClientT]):
    """Who came in, whether as a new record, and who else might be the same."""

    row: ClientT
    is_new: bool
    possible_duplicates: list[Likeness]


@dataclass(frozen=True, slots=True)
class Sessions:
    """One for a single statement, one for a change of several; only one of them writes."""

    single: AsyncSession
    whole: AsyncSession


CONTACT_DOOR: Door[Contact] = Door(
    CONTACT,
    CONTACTS,
    contacts.new_contact,
    contacts.create_contact,
    contacts.updated,
    by_name=False,
)
COMPANY_DOOR: Door[Company] = Door(
    COMPANY,
    COMPANIES,
    companies.new_company,
    companies.create_company,
    companies.updated,
    by_name=True,
)


async def admit(
    sessions: Sessions,
    access: Access,
    door: Door[ClientT],
    values: Mapping[str, Any],
    *,
    policy: Policy,
    region: str,
) -> Admitted[ClientT]:
    """Create a record, or fill the one that is meant; PossibleDuplicatesError when refused."""
    found: list[Likeness] = []
    if policy is not Policy.OFF:
        told = await BOOK.settled(sessions.single, door.kind.name, values, demanding=False)
        draft = door.make(told, region=region)
        found = await likenesses(sessions.single, access, door.kind, draft, by_name=door.by_name)
        if policy is Policy.REFUSE:
            refuse(found)
        meant = one_to_link(found) if policy is Policy.LINK else None
        if meant is not None:
            row = (await hold(sessions.whole, door.noun.model, {meant}))[meant]
            await absorb(sessions.whole, door.noun, row, draft, door.updated)
            others = [one for one in found if one.id != meant]
            return Admitted(row, is_new=False, possible_duplicates=others)
    row = await door.create(sessions.single, access, values, region=region)
    return Admitted(row, is_new=True, possible_duplicates=found)
