"""What rules by time may ask, and what lists of enrolments can be filtered and sorted by."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.message_rules.fields import FIELDS, Contact, Deal, Invoice, shown_as
from crm_notifications.sequences.models import Enrolment
from crm_notifications.sequences.rules import BEFORE_DATE, NO_ANSWER
from crm_shared.filters import Field, Fields, fields_of
from crm_shared.nouns import known_fields

# of rules that a day or a silence begins: what is known of the records they are about
TIMED: Mapping[str, Fields] = {
    "contact": fields_of(shown_as("contact", Contact)),
    "deal": fields_of(shown_as("deal", Deal)),
    "invoice": fields_of(shown_as("invoice", Invoice)),
}
OWNERS = {"contact": "contacts", "deal": "deals", "invoice": "deals"}
DAYS: Mapping[str, Collection[str]] = {
    "deal": ("expected_close_date", "created_at", "stage_entered_at", "won_at", "lost_at"),
    "invoice": ("issue_date", "due_date", "paid_on"),
    "contact": (),
}


def timed_noun(event_type: str, timing: Mapping[str, Any]) -> str:
    """Return what a rule by time is about."""
    if event_type == BEFORE_DATE:
        return str(timing.get("field", "")).partition(".")[0]
    return str(timing.get("about") or "contact") if event_type == NO_ANSWER else "contact"


async def askable_of(
    session: AsyncSession, event_type: str, timing: Mapping[str, Any] | None
) -> Fields:
    """Return what a rule's conditions may ask: of its event, or of the record it is about."""
    if event_type in FIELDS:
        return await known_fields.askable(session, event_type, FIELDS[event_type])
    noun = timed_noun(event_type, timing or {})
    return await known_fields.askable(session, f"crm.{OWNERS[noun]}.{noun}", TIMED[noun])


async def days_of(session: AsyncSession) -> list[str]:
    """Return every field that holds a day: `deal.expected_close_date`, custom ones too."""
    found = [f"{noun}.{name}" for noun, names in DAYS.items() for name in names]
    for noun, owner in OWNERS.items():
        known = await known_fields.askable(session, f"crm.{owner}.{noun}", Fields())
        found += [name for name, field in known.items() if field.kind in (date, datetime)]
    return found


ENROLMENTS_LISTED = Fields(
    {
        "id": Field(UUID, Enrolment.id),
        "subject_id": Field(UUID, Enrolment.subject_id),
        "contact_id": Field(UUID, Enrolment.contact_id, merges=True),
        "deal_id": Field(UUID, Enrolment.deal_id),
        "owner_id": Field(UUID, Enrolment.owner_id),
        "team_id": Field(UUID, Enrolment.team_id),
        "status": Field(str, Enrolment.status),
        "reason": Field(str, Enrolment.reason),
        "rule_version": Field(int, Enrolment.rule_version),
        "started_at": Field(datetime, Enrolment.started_at),
        "next_at": Field(datetime, Enrolment.next_at),
        "created_at": Field(datetime, Enrolment.created_at),
    }
)
