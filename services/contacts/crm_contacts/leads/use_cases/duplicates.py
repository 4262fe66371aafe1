"""Who might be the same: told, never in the way."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.leads import queries
from crm_contacts.leads.models import Lead
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
