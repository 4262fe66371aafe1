"""Ready rows and believable events for tests and seeds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Letter, Outcome, Receipt, Trace, Verdict
from crm_notifications.mailings.models import Mailing
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages.models import Message
from crm_notifications.templates.models import Template
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import REFS
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.ids import new_id

# what tests of several services run this one with
SETTINGS = {"mailbox": True, "telegram_webhook_secret": "a secret only tests know of"}
MOVED = "crm.deals.deal.stage_changed.v1"
AGREED = [
    {"channel": "email", "purpose": "marketing", "granted": True, "at": "2026-01-01T00:00:00Z"}
]
WORDS = {
    "subject": "Новини",
    "text": "Вітаємо, {{ contact.first_name }}! {{ recipient.unsubscribe_url }}",
    "html": '<p><a href="https://shop.example.com/">{{ contact.first_name }}</a>'
    ' <a href="{{ recipient.unsubscribe_url }}">x</a></p>',
}
TEXTS: dict[str, dict[str, str | None]] = {
    "uk": {
        "subject": "Угода «{{ deal.title }}»",
        "text": "Вітаємо, {{ contact.first_name }}! Тепер ми на етапі {{ to_stage.label }}.",
        "html": "<p>Вітаємо, <b>{{ contact.first_name }}</b>!</p>",
    },
    "en": {
        "subject": "Deal {{ deal.title }}",
        "text": "Hello {{ contact.first_name }}, we are at {{ to_stage.label }}.",
        "html": None,
    },
}


def make_template(**given: Any) -> Template:
    """A template in Ukrainian and English."""
    values = {"name": "Deal moved", "channel": "email", "texts": TEXTS, "revision": 1}
    return Template(**{"id": new_id(), **values, **given})


def make_rule(template: Template, **given: Any) -> MessageRule:
    """A rule that writes to the client whenever a deal moves."""
    values: dict[str, Any] = {
        "id": new_id(),
        "revision": 1,
        "name": "Tell the client",
        "event_type": MOVED,
        "conditions": {},
        "template_id": template.id,
        "recipient": "client",
        "channel": "email",
        "purpose": "service",
        "expires_after_s": 3 * 24 * 3600,
        "is_active": True,
        "active_from": utc_now() - timedelta(days=1),
        "on_bulk": False,
        "priority": 0,
    }
    return MessageRule(**{**values, **given})


def make_message(template: Template, **given: Any) -> Message:
    """A message that waits to be sent to a contact."""
    now = utc_now()
    contact_id = new_id()
    values: dict[str, Any] = {
        "id": new_id(),
        "revision": 1,
        "rule_id": new_id(),
        "rule_version": 1,
        "source_event_id": new_id(),
        "source_type": MOVED,
        "source_revision": 2,
        "subject_id": new_id(),
        "correlation_id": new_id(),
        "happened_at": now,
        "recipient_kind": "contact",
        "recipient_id": contact_id,
        "contact_id": contact_id,
        "template_id": template.id,
        "channel": "email",
        "purpose": "service",
        "facts": {"to_stage": {"label": "Proposal"}},
        "status": "queued",
        "attempts": 0,
        "next_attempt_at": now - timedelta(seconds=1),
        "expires_at": now + timedelta(days=3),
    }
    return Message(**{**values, **given})


def deal_data(**given: Any) -> dict[str, Any]:
    """What the deals service tells of a deal."""
    return {
        "owner_id": str(new_id()),
        "team_id": str(new_id()),
        "contact_id": str(new_id()),
        "company_id": None,
        "pipeline_id": str(new_id()),
        "stage_id": str(new_id()),
        "stage_label": "Proposal",
        "outcome": "open",
        "amount": "12500.0000",
        "currency": "UAH",
        "expected_close_date": None,
        **given,
    }


def stage_moved(
    *, at: datetime | None = None, bulk: bool = False, revision: int = 2, **deal: Any
) -> Envelope[AnyEvent]:
    """A deal moved from Qualified to Proposal."""
    now = utc_now()
    data = {
        "deal": deal_data(**deal),
        "changed": ["stage_id"],
        "previous": {},
        "from_stage": {"id": str(new_id()), "label": "Qualified", "outcome": "open"},
        "to_stage": {"id": str(new_id()), "label": "Proposal", "outcome": "open"},
        "reopened": False,
    }
    return Envelope[AnyEvent](
        id=new_id(),
        source="/crm/deals",
        type=MOVED,
        subject=new_id(),
        time=at or now,
        dataschema=f"/contracts/{MOVED}.json",
        recordedtime=now,
        revision=revision,
        actorid=UUID(int=0),
        correlationid=new_id(),
        bulk=bulk,
        data=AnyEvent.model_validate(data),
    )


def make_contact(**given: Any) -> dict[str, Any]:
    """What contacts tells of a person when asked."""
    return {
        "first_name": "Олена",
        "last_name": "Коваль",
        "email": "olena@example.com",
        "phone": None,
        "language": "uk",
        "consents": [],
        **given,
    }


async def know(session: AsyncSession, kind: str, id_: UUID, **data: Any) -> None:
    """Put a name into refs as if its owner had told us."""
    await session.execute(insert(REFS).values(kind=kind, id=id_, revision=1, data=data))


class Contacts:
    """Contacts as it answers over the bus: a segment and who is in it, page by page."""

    def __init__(self, members: int = 0, *, page: int = 1000, noun: str = "contact") -> None:
        people = sorted(new_id() for _ in range(members))
        self.page = page
        self.segment: dict[str, Any] | None = {"name": "All", "noun": noun}
        self.people = {one: self.person(place) for place, one in enumerate(people)}
        self.asked = 0
        self.is_away = False

    def person(self, place: int) -> dict[str, Any]:
        return make_contact(email=f"p{place}@example.com", consents=AGREED)

    async def request(self, _subject: str, question: dict[str, Any]) -> dict[str, Any]:
        if self.is_away:
            raise BusUnavailableError("away")
        self.asked += 1
        first, *rest = [UUID(one) for one in question["ids"]]
        if question["kind"] == "segment":
            found = [(first, self.segment)] if self.segment is not None else []
        else:
            later = [one for one in sorted(self.people) if one > rest[0]][: self.page]
            found = [(one, self.people[one]) for one in later]
        return {"items": [{"id": str(one), "revision": 1, "data": data} for one, data in found]}


class Post:
    """A provider that remembers every letter for good, whoever handed it in."""

    name = "post"

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        self.letters.extend(letters)
        return [Verdict(Outcome.SENT) for _ in letters]

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        return []

    async def close(self) -> None:
        """Nothing is open."""


async def given(session: AsyncSession, **values: Any) -> Mailing:
    """A mailing that has begun."""
    texts = {"uk": WORDS}
    session.add(template := make_template(texts=texts))
    told = {
        "id": new_id(),
        "revision": 1,
        "name": "News",
        "segment_id": new_id(),
        "channel": "email",
        "purpose": "marketing",
        "template_id": template.id,
        "share_of_b": 50,
        "expires_after_s": 3600,
        "status": "running",
        "started_at": utc_now(),
        "is_filled": False,
        "members": 0,
        "recipients": 0,
    }
    if values.pop("two_versions", False):
        session.add(other := make_template(texts=texts))
        told["template_b_id"] = other.id
    await session.flush()
    session.add(mailing := Mailing(**told | values))
    await session.commit()
    return mailing
