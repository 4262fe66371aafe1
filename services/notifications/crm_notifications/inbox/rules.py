"""Who is told what of an event: decided from the event alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_notifications.channels.rules import Channel
from crm_notifications.feed.rules import UNREAD_NOUNS, changed_of, id_of, listed, noun_of
from crm_shared.actor import Access, Actor, Role, Scope

LATE = timedelta(hours=24)
SENT = "crm.notifications.message.sent.v1"
IN_APP = Channel.IN_APP.value


class Kind(StrEnum):
    """Why somebody is told."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    RESCHEDULED = "rescheduled"
    CALLED_OFF = "called_off"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_ANSWERED = "approval_answered"
    ALARM = "alarm"
    LETTER = "letter"
    WATCHED = "watched"


class Digest(StrEnum):
    """How often somebody wants a summary of what he has not read."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


# what a team's head hears of when its reader leaves it lying
URGENT = frozenset({Kind.OVERDUE, Kind.APPROVAL_ASKED, Kind.MENTIONED, Kind.ALARM})
# of what somebody owns
_ASSIGNED = frozenset({"task", "activity", "deal", "lead", "contact", "company", "case"})
_OVERDUE = frozenset(
    {
        "overdue", "rotting", "without_next_step", "limit_warned", "limit_breached", "missed",
        "call_back_overdue",
    }
)  # fmt: skip
_ESCALATED = frozenset({"escalated", "call_back_overdue", "limit_breached"})
_ENDED = frozenset({"approved", "rejected", "expired"})
WATCHABLE = ("contact", "company", "lead", "deal", "case")
DIGEST_AT = time(8)
MONDAY = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One colleague (or all of a role) and why he is told."""

    kind: Kind
    user_id: UUID | None = None
    role: Role | None = None


def told_by(envelope: Mapping[str, Any]) -> list[Told]:
    """Return who is told what of an event; nobody of what he did himself."""
    data = envelope["data"]
    noun, fact = noun_of(envelope["type"]), envelope["type"].split(".")[3]
    snapshot = data.get(noun)
    if not isinstance(snapshot, Mapping):
        return []
    actor = id_of(envelope["actorid"])
    found = [
        *_of_ownership(noun, fact, data, snapshot),
        *_of_time(fact, data, snapshot),
        *_of_appointments(noun, fact, snapshot),
        *_of_approvals(noun, fact, data, snapshot),
        *_of_alarms(noun, fact, snapshot),
        *_of_mentions(noun, data, snapshot),
    ]
    return [one for one in dict.fromkeys(found) if one.user_id != actor or one.user_id is None]


def letter_of(envelope: Mapping[str, Any]) -> UUID | None:
    """Return the letter that an event says was sent within the application, by its message's id."""
    message = envelope["data"].get("message")
    is_sent = envelope["type"] == SENT and isinstance(message, Mapping)
    return id_of(envelope["subject"]) if is_sent and message.get("channel") == IN_APP else None


def _of_ownership(
    noun: str, fact: str, data: Mapping[str, Any], snapshot: Mapping[str, Any]
) -> Iterator[Told]:
    changed = changed_of(data)
    is_new = fact in ("created", "assigned") or "owner_id" in changed or "assignee_id" in changed
    if noun in _ASSIGNED and is_new:
        yield from _to(Kind.ASSIGNED, _owner(snapshot))


def _of_time(fact: str, data: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Iterator[Told]:
    if fact == "reminded":
        yield from _to(Kind.DUE, _owner(snapshot))
    if fact in _OVERDUE:
        yield from _to(Kind.OVERDUE, _owner(snapshot))
    if fact in _ESCALATED:
        yield from _to(
            Kind.ESCALATED, data.get("escalated_to_id") or snapshot.get("escalated_to_id")
        )


def _of_appointments(noun: str, fact: str, snapshot: Mapping[str, Any]) -> Iterator[Told]:
    """M9: whoever takes part hears that an appointment was moved or called off."""
    kind = {"rescheduled": Kind.RESCHEDULED, "cancelled": Kind.CALLED_OFF}.get(fact)
    if noun == "activity" and kind is not None:
        yield from _to(kind, _owner(snapshot), *listed(snapshot.get("user_ids")))


def _of_approvals(
    noun: str, fact: str, data: Mapping[str, Any], snapshot: Mapping[str, Any]
) -> Iterator[Told]:
    if noun != "approval":
        return
    changed = changed_of(data)
    if fact in ("requested", "escalated") or (fact == "decided" and "step" in changed):
        yield from _to(Kind.APPROVAL_ASKED, *listed(snapshot.get("approver_ids")))
    if fact == "delegated":
        yield from _to(Kind.APPROVAL_ASKED, data.get("to_user_id"))
    if fact in _ENDED:
        yield from _to(Kind.APPROVAL_ANSWERED, snapshot.get("requested_by"))


def _of_alarms(noun: str, fact: str, snapshot: Mapping[str, Any]) -> Iterator[Told]:
    if (noun, fact) == ("export", "alarmed"):
        yield Told(Kind.ALARM, role=Role.ADMIN)
    if (noun, fact) == ("webhook", "disabled"):
        yield Told(Kind.ALARM, role=Role.ADMIN)
        yield from _to(Kind.ALARM, snapshot.get("made_by_id"))
    if (noun, fact) == ("report_schedule", "disabled"):
        yield from _to(Kind.ALARM, _owner(snapshot))
    if (noun, fact) == ("alarm", "raised"):
        yield from _to(Kind.ALARM, *listed(snapshot.get("user_ids")))
    if noun == "message" and fact in ("failed", "unknown"):
        yield from _to(Kind.ALARM, _owner(snapshot))


def _of_mentions(noun: str, data: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Iterator[Told]:
    if noun == "note":
        previous = data.get("previous")
        before = listed(previous.get("mentioned_ids")) if isinstance(previous, Mapping) else []
        anew = [one for one in listed(snapshot.get("mentioned_ids")) if one not in before]
        yield from _to(Kind.MENTIONED, *anew)


def _to(kind: Kind, *ids: Any) -> Iterator[Told]:
    for one in ids:
        if (user_id := id_of(one)) is not None:
            yield Told(kind, user_id)


def _owner(snapshot: Mapping[str, Any]) -> Any:
    return snapshot.get("assignee_id") or snapshot.get("owner_id")


def records_of(envelope: Mapping[str, Any]) -> dict[UUID, str]:
    """Return the records that an event is about, with their nouns: what can be watched."""
    noun = noun_of(envelope["type"])
    found: dict[UUID, str] = {}
    if noun in WATCHABLE and (own := id_of(envelope["subject"])) is not None:
        found[own] = noun
    snapshot = envelope["data"].get(noun)
    if isinstance(snapshot, Mapping):
        for one in WATCHABLE:
            if (about := id_of(snapshot.get(f"{one}_id"))) is not None:
                found.setdefault(about, one)
    return found


def about_of(envelope: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids of what an event is about, as a notice keeps them."""
    return {f"{noun}_id": str(record_id) for record_id, noun in records_of(envelope).items()}


def may_hear(actor: Actor, noun: str, owner_id: UUID | None, team_id: UUID | None) -> bool:
    """Tell whether a record lies within what a colleague sees: sellers own, heads their teams'."""
    if noun in UNREAD_NOUNS.get(actor.role, ()) and owner_id != actor.id:
        return False
    reach = {Role.SELLER: Scope.OWN, Role.HEAD: Scope.TEAM}.get(actor.role, Scope.ALL)
    return Access(actor, reach).may_see(owner_id, team_id)


def comes_late(envelope: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether nobody needs to be told any more."""
    return now - datetime.fromisoformat(envelope["recordedtime"]) > LATE


def next_digest(digest: Digest, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the next summary is due: at eight in the morning, weekly ones on Mondays."""
    if digest is Digest.NONE:
        return None
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.time() >= DIGEST_AT else 0)
    if digest is Digest.WEEKLY:
        day += timedelta(days=(MONDAY - day.weekday()) % 7)
    return datetime.combine(day, DIGEST_AT, zone)


def users_of(told: Iterable[Told]) -> set[UUID]:
    """Return the colleagues who are named one by one."""
    return {one.user_id for one in told if one.user_id is not None}
