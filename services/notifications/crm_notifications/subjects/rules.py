"""What of an event is kept: the record as it stands, the days it names, who spoke to whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_notifications.feed.rules import id_of, listed, noun_of

NOUNS = frozenset({"contact", "deal", "invoice"})
GONE = frozenset({"deleted", "erased"})
# by these means a client is reached and does not answer at once
WRITTEN = frozenset({"email", "chat", "call"})
Envelope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody spoke at a moment: a colleague, who may now wait for an answer, or the client."""

    noun: str
    id: UUID
    at: datetime
    is_answer: bool


def is_kept(envelope: Envelope) -> bool:
    """Tell whether an event shows a record that rules by time may ask for."""
    noun = noun_of(envelope["type"])
    return noun in NOUNS and isinstance(envelope["data"].get(noun), Mapping)


def row_of(envelope: Envelope, zone: ZoneInfo) -> dict[str, Any]:
    """Return what is kept of a record as its event shows it."""
    noun = noun_of(envelope["type"])
    facts = envelope["data"][noun]
    return {
        "noun": noun,
        "id": UUID(envelope["subject"]),
        "revision": envelope["revision"],
        "event_id": UUID(envelope["id"]),
        "correlation_id": UUID(envelope["correlationid"]),
        "recorded_at": datetime.fromisoformat(envelope["recordedtime"]),
        "is_bulk": envelope["bulk"],
        "is_gone": _is_gone(envelope),
        "facts": facts,
        "days": sorted(days_of(facts, zone)),
    }


def _is_gone(envelope: Envelope) -> bool:
    """Put away, forgotten, or living on in another record."""
    fact = envelope["type"].split(".")[3]
    is_loser = fact == "merged" and envelope["data"].get("loser_id") == envelope["subject"]
    return fact in GONE or is_loser


def days_of(facts: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Return every day that a snapshot names, moments as days of the company's clock."""
    custom = facts.get("custom_fields")
    named = {f"custom_fields.{key}": value for key, value in custom.items()} if custom else {}
    for name, value in {**facts, **named}.items():
        day = _day(value, zone)
        if day is not None:
            yield day_key(name, day)


def day_key(field: str, day: date) -> str:
    """Return how a day of a field is kept."""
    return f"{field}={day.isoformat()}"


def _day(value: object, zone: ZoneInfo) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        if "T" in value:
            return datetime.fromisoformat(value).astimezone(zone).date()
        return date.fromisoformat(value) if len(value) == len("2026-12-01") else None
    except ValueError:
        return None


def words_of(envelope: Envelope) -> list[Word]:
    """Return who spoke, as activities, calls, cases and what was received tell it.

    What an import brings is no reason to wait for an answer; that somebody answered always counts.
    """
    noun = noun_of(envelope["type"])
    said = envelope["data"].get(noun)
    if noun not in SPOKEN or not isinstance(said, Mapping):
        return []
    fact = envelope["type"].split(".")[3]
    is_other_fact = ONLY_WHEN.get(noun, fact) != fact
    is_answer = None if is_other_fact else SPOKEN[noun](said)
    if is_answer is None or (envelope["bulk"] and not is_answer):
        return []
    at = _moment(said.get("completed_at") or said.get("started_at") or envelope["time"])
    if at is None:
        return []
    clients = {id_of(one) for one in (said.get("contact_id"), *listed(said.get("contact_ids")))}
    deals = {id_of(said.get("deal_id"))}
    return [
        Word(about, one, at, is_answer)
        for about, ids in (("contact", clients), ("deal", deals))
        for one in ids
        if one is not None
    ]


def _moment(value: object) -> datetime | None:
    # readers of the log go on whatever stands in it: one odd event must not stop them
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _of_activity(said: Mapping[str, Any]) -> bool | None:
    if said.get("status") != "completed":
        return None
    if said.get("direction") == "inbound" or said.get("kind") not in WRITTEN:
        return True
    return bool(said.get("kind") == "call" and said.get("duration_s"))


def _of_call(said: Mapping[str, Any]) -> bool | None:
    if said.get("is_internal"):
        return None
    if said.get("direction") == "inbound":
        return True
    answered = said.get("answered")
    return answered if isinstance(answered, bool) else None


def _of_case(_said: Mapping[str, Any]) -> bool | None:
    return True


def _of_message(said: Mapping[str, Any]) -> bool | None:
    # out of office is no word of a person
    return None if said.get("is_automatic") else said.get("direction") == "inbound"


SPOKEN = {
    "activity": _of_activity,
    "call": _of_call,
    "case": _of_case,
    "message": _of_message,
}
# a client asks for help once, and our own letters are no word of his
ONLY_WHEN = {"case": "created", "message": "received"}
