"""What stands in the way of a message, and what it says once nothing does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liquid.exceptions import LiquidError

from crm_notifications.channels.rules import NOTHING_SET, Channel, Letter, Policy, Purpose
from crm_notifications.conversations.rules import Answer
from crm_notifications.deliveries.rules.links import Links, Row, report_url
from crm_notifications.deliveries.rules.telling import by_his_clock, told_to_colleague
from crm_notifications.mailings.rules import address_key
from crm_notifications.messages.rules import (
    PATIENCE_FOR_NAMES,
    RECIPIENT_UNKNOWN,
    RecipientKind,
    Step,
    may_be_written_to,
)
from crm_notifications.nouns.rules import without_hidden
from crm_notifications.templates.rules import SAMPLES, Text, Values, choose, nouns_of, render
from crm_notifications.templates.rules.layout import framed
from crm_shared.policies import Names

UTC_ZONE = ZoneInfo("UTC")
Label: TypeAlias = Mapping[str, Any]
# a rule or a mailing, and by what one of its letters knows the address it went to
BoundKey: TypeAlias = tuple[UUID, str]
# which column of a message names the noun that a template speaks of
NOUNS = {
    "contact": ("contact", "contact_id"),
    "company": ("company", "company_id"),
    "deal": ("deal", "deal_id"),
    "owner": ("user", "owner_id"),
}


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
    watched: Names = field(default_factory=dict)
    policy: Policy = NOTHING_SET
    zone: ZoneInfo = UTC_ZONE
    addresses: Mapping[UUID, str] = field(default_factory=dict)
    windows: Mapping[UUID, Policy] = field(default_factory=dict)
    # marketing sent to each within the days of the cap; what this batch adds is counted here too
    written: dict[UUID, int] = field(default_factory=dict)
    # of contacts: addresses that are none, and the last complaint
    dead: Mapping[UUID, Sequence[BoundKey]] = field(default_factory=dict)
    complaints: Mapping[UUID, datetime] = field(default_factory=dict)
    # by message: what colleagues answer in conversations, and why nothing is written any more
    answers: Mapping[UUID, Answer] = field(default_factory=dict)
    over: Mapping[UUID, str] = field(default_factory=dict)

    def label(self, kind: str, id_: UUID | None) -> Label | None:
        """The name and address of one noun, if they have arrived."""
        return self.labels.get(kind, {}).get(id_) if id_ else None


@dataclass(frozen=True)
class Hindrance:
    """Why a message does not go out now, and what that makes of it."""

    step: Step
    reason: str
    until: datetime | None = None


@dataclass(frozen=True)
class _Recipient:
    kind: RecipientKind
    id: UUID
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
        values = without_hidden(_values(message, found, known, way_out), found.hidden)
        said = render(text, values)
    except LiquidError:
        return Hindrance(Step.REFUSE, "template-fails")
    html = framed(said, language, way_out)
    return Letter(
        id=message["id"],
        to_name=found.name,
        to_address=str(_address(message, found, known)),
        subject=said.subject,
        text=said.text,
        html=known.links.track(message, html, now) if known.links else html,
        language=language,
        written_at=now,
        unsubscribe_url=way_out,
        reader_id=found.id,
        tells=told_to_colleague(message, found.kind, text, values, known.watched),
        resent=message["resent"],
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
    hidden = known.hidden.get(id_, {}) if source == "user" else {}
    return _Recipient(kind, id_, label, hidden)


def _hindrance(
    message: Row, found: _Recipient | Hindrance, known: Known, now: datetime
) -> Hindrance | None:
    if message["expires_at"] <= now:
        return Hindrance(Step.EXPIRE, message["reason"] or "too-late")
    if message["channel"] not in known.channels:
        return Hindrance(Step.WAIT, "channel-not-configured")
    if message["template_id"] not in known.texts:
        return Hindrance(Step.REFUSE, "template-not-there")
    if isinstance(found, Hindrance):
        return found
    return _reluctance(message, found, known) or _bad_moment(message, found, known, now)


def _reluctance(message: Row, found: _Recipient, known: Known) -> Hindrance | None:
    if found.label.get("is_restricted"):
        return Hindrance(Step.CANCEL, "processing-restricted")
    if not _agreed(message, found):
        return Hindrance(Step.CANCEL, "no-consent")
    if _has_complained(message, found, known):
        return Hindrance(Step.CANCEL, "complained")
    address = _address(message, found, known)
    if not address or _is_dead(address, found, known):
        # one of many is not waited for: he was not to be reached when the mailing went out
        step = Step.CANCEL if message["mailing_id"] else Step.WAIT
        return Hindrance(step, "address-bounced" if address else "address-missing")
    return None


def _has_complained(message: Row, found: _Recipient, known: Known) -> bool:
    """A complaint is a refusal said when it came: who agrees anew is written to again."""
    at = known.complaints.get(found.id)
    if at is None or message["purpose"] == Purpose.SERVICE.value:
        return False
    said = found.label.get("consents")
    refusal = {
        "purpose": message["purpose"],
        "channel": message["channel"],
        "granted": False,
        "at": at.isoformat(),
    }
    return not may_be_written_to(
        [*(said if isinstance(said, list) else []), refusal],
        purpose=Purpose(message["purpose"]),
        channel=message["channel"],
        kind=found.kind,
    )


def _is_dead(address: str, found: _Recipient, known: Known) -> bool:
    """Whether a letter to this very address came back for good; a new address is a new chance."""
    bounced = known.dead.get(found.id, ())
    key = known.links.key if known.links else None
    return key is not None and any(address_key(key, of, address) == said for of, said in bounced)


def _bad_moment(message: Row, found: _Recipient, known: Known, now: datetime) -> Hindrance | None:
    """Nobody is offered anything at night, nor more often than the cap allows."""
    window = known.windows.get(message["mailing_id"])
    opens = window.quiet_ends(now, zone_of(found.label, known.zone)) if window else None
    if opens is not None:
        return Hindrance(Step.WAIT, "outside-the-window", opens)
    if found.kind is not RecipientKind.CONTACT or message["purpose"] == Purpose.SERVICE.value:
        return None
    ends = known.policy.quiet_ends(now, zone_of(found.label, known.zone))
    if ends is not None:
        return Hindrance(Step.WAIT, "quiet-hours", ends)
    cap = known.policy.cap_messages
    if cap is not None and known.written.get(found.id, 0) >= cap:
        return Hindrance(Step.CANCEL, "frequency-cap")
    return None


def zone_of(label: Label, company: ZoneInfo) -> ZoneInfo:
    """By whose clock a person lives: his own where it is known, else the company's."""
    try:
        return ZoneInfo(str(label["time_zone"])) if label.get("time_zone") else company
    except (ZoneInfoNotFoundError, ValueError):
        return company


def _address(message: Row, found: _Recipient, known: Known) -> str | None:
    channel = Channel(message["channel"])
    if channel is Channel.IN_APP:
        return None if found.kind is RecipientKind.CONTACT else str(found.id)
    if channel is Channel.TELEGRAM:
        return known.addresses.get(found.id)
    return found.label.get("email" if channel is Channel.EMAIL else "phone")


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
        "survey": {"url": known.links.survey(message) if known.links else None},
        "report": {**facts.get("report", {}), "url": report_url(known.links, message)},
        "product": dict(facts.get("product", {})),
        "invoice": dict(facts.get("invoice", {})),
        "activity": by_his_clock(facts.get("activity", {}), zone_of(recipient.label, known.zone)),
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
