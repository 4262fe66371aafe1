"""What stands in the way of a message, and what it says once nothing does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from liquid.exceptions import LiquidError

from crm_notifications.channels.rules import Letter, Purpose
from crm_notifications.messages.rules import (
    PATIENCE_FOR_NAMES,
    RECIPIENT_UNKNOWN,
    RecipientKind,
    Step,
    may_be_written_to,
)
from crm_notifications.nouns.rules import without_hidden
from crm_notifications.templates.rules import SAMPLES, Text, Values, choose, nouns_of, render
from crm_shared.links import make_link
from crm_shared.policies import Names

LINK_LIFE = timedelta(days=365)
Label: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Mapping[str, Any]
# which column of a message names the noun that a template speaks of
NOUNS = {
    "contact": ("contact", "contact_id"),
    "company": ("company", "company_id"),
    "deal": ("deal", "deal_id"),
    "owner": ("user", "owner_id"),
}


@dataclass(frozen=True)
class Links:
    """What links for withdrawing consent are made of."""

    base_url: str
    key: str = field(repr=False)

    def unsubscribe(self, message: Row, now: datetime) -> str | None:
        """Return where a client may refuse letters like this one; service letters need no leave."""
        purpose, channel = message["purpose"], message["channel"]
        is_client = message["recipient_kind"] == RecipientKind.CONTACT.value
        if not is_client or purpose == Purpose.SERVICE.value:
            return None
        bound = f"consent-withdrawal|{channel}|{purpose}"
        token = make_link(self.key, bound, message["recipient_id"], expires_at=now + LINK_LIFE)
        return f"{self.base_url}/v1/contacts/consents/{token}?channel={channel}&purpose={purpose}"


@dataclass(frozen=True)
class Known:
    """Everything looked up for a batch: names by kind and id, heads of teams, texts."""

    labels: Mapping[str, Mapping[UUID, Label]]
    heads: Mapping[UUID, UUID]
    texts: Mapping[UUID, Mapping[str, Text]]
    languages: Sequence[str]
    channels: frozenset[str]
    links: Links | None = None
    # of colleagues: the fields by noun that their roles may not see
    hidden: Mapping[UUID, Names] = field(default_factory=dict)

    def label(self, kind: str, id_: UUID | None) -> Label | None:
        """The name and address of one noun, if they have arrived."""
        return self.labels.get(kind, {}).get(id_) if id_ else None


@dataclass(frozen=True)
class Hindrance:
    """Why a message does not go out now, and what that makes of it."""

    step: Step
    reason: str


@dataclass(frozen=True)
class _Recipient:
    kind: RecipientKind
    label: Label = field(default_factory=dict)
    hidden: Names = field(default_factory=dict)

    @property
    def name(self) -> str:
        if self.kind is RecipientKind.CONTACT:
            return full_name(self.label)
        return str(self.label.get("name") or "")


def compose(message: Row, known: Known, now: datetime) -> Letter | Hindrance:
    """Make a letter of a message, or say what stands in its way."""
    found = _find_recipient(message, known)
    hindrance = _hindrance(message, found, known, now)
    if hindrance is not None:
        return hindrance
    if isinstance(found, Hindrance):
        return found
    wanted = found.label.get("language")
    language, text = choose(known.texts[message["template_id"]], wanted, known.languages)
    if now - message["created_at"] < PATIENCE_FOR_NAMES and _misses_names(message, text, known):
        return Hindrance(Step.WAIT, "names-not-known-yet")
    way_out = known.links.unsubscribe(message, now) if known.links else None
    try:
        values = _values(message, found, known, way_out)
        said = render(text, without_hidden(values, found.hidden))
    except LiquidError:
        return Hindrance(Step.REFUSE, "template-fails")
    return Letter(
        id=message["id"],
        to_name=found.name,
        to_address=str(found.label["email"]),
        subject=said.subject,
        text=said.text,
        html=said.html,
        language=language,
        written_at=now,
        unsubscribe_url=way_out,
    )


def _find_recipient(message: Row, known: Known) -> _Recipient | Hindrance:
    kind, id_ = RecipientKind(message["recipient_kind"]), message["recipient_id"]
    if kind is RecipientKind.TEAM:
        id_ = known.heads.get(id_)
        if id_ is None:
            return Hindrance(Step.WAIT, "team-has-no-head")
    source = "contact" if kind is RecipientKind.CONTACT else "user"
    label = known.label(source, id_)
    if label is None:
        return Hindrance(Step.WAIT, RECIPIENT_UNKNOWN)
    return _Recipient(kind, label, known.hidden.get(id_, {}) if source == "user" else {})


def _hindrance(
    message: Row, found: _Recipient | Hindrance, known: Known, now: datetime
) -> Hindrance | None:
    if message["expires_at"] <= now:
        return Hindrance(Step.EXPIRE, message["reason"] or "too-late")
    if message["channel"] not in known.channels:
        return Hindrance(Step.WAIT, "channel-not-configured")
    if message["template_id"] not in known.texts:
        return Hindrance(Step.REFUSE, "template-not-there")
    return found if isinstance(found, Hindrance) else _reluctance(message, found)


def _reluctance(message: Row, found: _Recipient) -> Hindrance | None:
    if found.label.get("is_restricted"):
        return Hindrance(Step.CANCEL, "processing-restricted")
    if not _agreed(message, found):
        return Hindrance(Step.CANCEL, "no-consent")
    if not found.label.get("email"):
        return Hindrance(Step.WAIT, "address-missing")
    return None


def _agreed(message: Row, found: _Recipient) -> bool:
    return may_be_written_to(
        found.label.get("consents"),
        purpose=Purpose(message["purpose"]),
        channel=message["channel"],
        kind=found.kind,
    )


def _misses_names(message: Row, text: Text, known: Known) -> bool:
    used = nouns_of(text)
    return any(
        message[column] is not None and known.label(kind, message[column]) is None
        for noun, (kind, column) in NOUNS.items()
        if noun in used
    )


def _values(message: Row, recipient: _Recipient, known: Known, way_out: str | None) -> Values:
    """What a template's gaps are filled with; a name that is not known shows its id."""
    nouns = {
        noun: _label_or_id(known.label(kind, message[column]), message[column])
        for noun, (kind, column) in NOUNS.items()
    }
    facts: Mapping[str, Mapping[str, Any]] = message["facts"]
    said: dict[str, dict[str, Any]] = {
        "contact": {**nouns["contact"], "full_name": full_name(nouns["contact"])},
        "company": nouns["company"],
        "deal": {**facts.get("deal", {}), "title": nouns["deal"].get("title")},
        "owner": nouns["owner"],
        "recipient": {"name": recipient.name, "unsubscribe_url": way_out},
        "event": {"date": message["happened_at"].date().isoformat()},
        "from_stage": dict(facts.get("from_stage", {})),
        "to_stage": dict(facts.get("to_stage", {})),
    }
    return {
        noun: {name: _text(said[noun].get(name)) for name in fields}
        for noun, fields in SAMPLES.items()
    }


def _label_or_id(label: Label | None, id_: UUID | None) -> dict[str, Any]:
    if label is not None:
        return dict(label)
    shown = str(id_) if id_ else None
    return {"first_name": shown, "name": shown, "title": shown}


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def full_name(label: Label) -> str:
    """First and last name, whichever are there."""
    return " ".join(part for part in (label.get("first_name"), label.get("last_name")) if part)
