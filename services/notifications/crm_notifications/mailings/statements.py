"""What the letter of a mailing to one person is, as a row: made here for a thousand at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm_notifications.channels.rules import Channel
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.rules import STARTED, A, B, address_key, variant_of
from crm_notifications.messages.rules import RecipientKind, Status
from crm_shared.clock import utc_now
from crm_shared.events.refs import RefItem
from crm_shared.ids import new_id

# a mailing is one event for all its letters: once for each person
ONCE = 1
# two people with one telephone may have a chat each
ADDRESSED_BY = {
    Channel.EMAIL.value: "email",
    **dict.fromkeys((Channel.SMS.value, Channel.VIBER.value, Channel.WHATSAPP.value), "phone"),
}


def letters_to(mailing: Mailing, members: Sequence[RefItem], key: str) -> list[dict[str, Any]]:
    """Return the rows of a page's letters, each in its turn, with what they have in common once."""
    now = utc_now()
    common = _of_mailing(mailing, now)
    return [
        common | _to(mailing, member, _turn(mailing, place, now), now, key)
        for place, member in enumerate(members)
    ]


def _to(
    mailing: Mailing, member: RefItem, turn: datetime, now: datetime, key: str
) -> dict[str, Any]:
    variant = A
    if mailing.template_b_id is not None:
        variant = variant_of(mailing.id, member.id, mailing.share_of_b)
    field = ADDRESSED_BY.get(mailing.channel)
    address = member.data.get(field) if field else None
    return {
        "id": new_id(),
        "recipient_id": member.id,
        "contact_id": member.id,
        "owner_id": _uuid(member.data.get("owner_id")),
        "team_id": _uuid(member.data.get("team_id")),
        "template_id": mailing.template_b_id if variant == B else mailing.template_id,
        "variant": variant,
        "address_key": address_key(key, mailing.id, address) if address else None,
        "next_attempt_at": turn,
        "expires_at": max(turn, now) + timedelta(seconds=mailing.expires_after_s),
    }


def _turn(mailing: Mailing, place: int, now: datetime) -> datetime:
    if mailing.per_minute is None:
        return now
    before = timedelta(minutes=(mailing.members + place) / mailing.per_minute)
    return _begins(mailing, now) + before


def _begins(mailing: Mailing, now: datetime) -> datetime:
    return max(mailing.starts_at or mailing.started_at or now, mailing.started_at or now)


def _of_mailing(mailing: Mailing, now: datetime) -> dict[str, Any]:
    return {
        "revision": 1,
        "created_at": now,
        "updated_at": now,
        "rule_id": mailing.id,
        "rule_version": mailing.revision,
        "source_event_id": mailing.id,
        "source_type": STARTED,
        "source_revision": ONCE,
        "subject_id": mailing.id,
        "correlation_id": mailing.id,
        "happened_at": _begins(mailing, now),
        "recipient_kind": RecipientKind.CONTACT.value,
        "company_id": None,
        "deal_id": None,
        "channel": mailing.channel,
        "purpose": mailing.purpose,
        "facts": {},
        "status": Status.QUEUED.value,
        "reason": None,
        "attempts": 0,
        "lane": 1,
        "mailing_id": mailing.id,
        "survey_id": mailing.survey_id,
        "provider": None,
        "cost": None,
        "currency": None,
    }


def _uuid(value: object) -> UUID | None:
    return UUID(str(value)) if value else None
