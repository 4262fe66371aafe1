"""What is known of somebody who came in again goes into the record that is here."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.merging.rules import combine
from crm_contacts.merging.use_cases.nouns import ClientT, Noun
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.events.outbox import Changes


def fill(noun: Noun[ClientT], row: ClientT, draft: ClientT) -> Changes:
    """Fill what a record lacks from one that was never written; what it has stays."""
    combined = combine(noun.shape, noun.fields_of(row), noun.fields_of(draft), {})
    noun.put(row, combined.values)
    return changes_told(row, noun.facts)


async def absorb(
    session: AsyncSession, noun: Noun[ClientT], row: ClientT, draft: ClientT, updated: Any
) -> ClientT:
    """Fill a record and announce it; `updated` makes the event of a change."""
    if changes := fill(noun, row, draft):
        await announce(session, row, updated(row, changes))
    return row
