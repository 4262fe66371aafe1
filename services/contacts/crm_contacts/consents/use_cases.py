"""What can be done about consents: a word is said, on paper or by a link."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consents.errors import (
    ConsentInFutureError,
    LinkRefusedError,
    NotTheLastWordError,
)
from crm_contacts.consents.rules import (
    CALLS,
    CLOCKS_DIFFER_BY,
    last_word,
    link_purpose,
    with_word,
)
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.queries import get_contact
from crm_contacts.contacts.use_cases import facts_of
from crm_contacts.events import ConsentGiven, ConsentWithdrawn, ContactFacts
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import utc_now
from crm_shared.links import read_link

BY_LINK = "link"


async def say_consent(
    session: AsyncSession, contact: Contact, values: Mapping[str, Any]
) -> Contact:
    """Keep what somebody said about a channel and purpose, and announce it.

    Saying the same again changes nothing. The channel `call` also sets whether the person may be
    called at all.
    """
    at = values.get("at") or utc_now()
    if at > utc_now() + CLOCKS_DIFFER_BY:
        raise ConsentInFutureError
    channel, purpose, granted = values["channel"], values["purpose"], values["granted"]
    known = last_word(contact.consents, channel, purpose)
    # an older word from paper must not undo what he said since
    if known is not None:
        if datetime.fromisoformat(known["at"]) > at:
            raise NotTheLastWordError
        if known["granted"] == granted:
            return contact
    word = {
        "channel": channel,
        "purpose": purpose,
        "granted": granted,
        "at": at.astimezone(UTC).isoformat(),
        "source": values.get("source"),
    }
    contact.consents = with_word(contact.consents, word)
    # a word about calls is a wish to be called, or not, at all
    if channel == CALLS:
        contact.do_not_call = not granted
    changes = changes_told(contact, ContactFacts)
    kind = ConsentGiven if granted else ConsentWithdrawn
    event = kind(
        contact=facts_of(contact),
        changed=changes.changed,
        previous=changes.previous,
        channel=channel,
        purpose=purpose,
    )
    # a word may be dated ahead by what clocks differ; an event never is
    await announce(session, contact, event, at=min(at, utc_now()))
    return contact


async def contact_of_link(
    session: AsyncSession, key: str, token: str, *, channel: str, purpose: str
) -> Contact:
    """Return whom a link was made for."""
    contact_id = read_link(key, link_purpose(channel, purpose), token, now=utc_now())
    if contact_id is None:
        raise LinkRefusedError
    return await get_contact(session, SYSTEM_ACCESS, contact_id)


async def withdraw_by_link(
    session: AsyncSession, contact: Contact, *, channel: str, purpose: str
) -> None:
    """Withdraw a consent because its owner followed a link."""
    # held: mail programs click once and ask no second time, whoever saves the person meanwhile
    await session.refresh(contact, with_for_update=True)
    word = {"channel": channel, "purpose": purpose, "granted": False, "source": BY_LINK}
    await say_consent(session, contact, word)
