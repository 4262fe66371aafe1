"""Who might be the same: told, never in the way."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.duplicates.errors import PossibleDuplicatesError
from crm_contacts.duplicates.rules import Policy
from crm_contacts.leads import queries
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.conversion import ConvertOrder
from crm_shared.actor import Access


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record of the same number or address."""

    kind: str
    id: UUID
    matches: list[str]


async def duplicates_of(session: AsyncSession, access: Access, lead: Lead) -> list[Duplicate]:
    """Return leads and contacts within the caller's scope that share a number or an address."""
    if not lead.email_keys and not lead.phone_keys:
        return []
    emails, phones = set(lead.email_keys), set(lead.phone_keys)
    found = []
    for row in await queries.find_duplicates(session, access, lead):
        matches = []
        if not emails.isdisjoint(row.email_keys):
            matches.append("email")
        if not phones.isdisjoint(row.phone_keys):
            matches.append("phone")
        found.append(Duplicate(row.kind, row.id, matches))
    return found


async def mind_duplicates(
    session: AsyncSession, access: Access, lead: Lead, order: ConvertOrder, policy: Policy
) -> ConvertOrder:
    """Return what the lead is to become when contacts share its number or address already.

    Raises PossibleDuplicatesError where the policy refuses, or where several could be meant.
    """
    if order.contact_id is not None or policy not in (Policy.REFUSE, Policy.LINK):
        return order
    found = await duplicates_of(session, access, lead)
    contacts = [one.id for one in found if one.kind == "contact"]
    if not contacts:
        return order
    if policy is Policy.REFUSE or len(contacts) > 1:
        raise PossibleDuplicatesError(contacts, unclear=policy is Policy.LINK)
    return replace(order, contact_id=contacts[0])
