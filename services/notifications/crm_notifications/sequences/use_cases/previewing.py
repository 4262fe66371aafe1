"""What a rule would do for a record: its letters, when and in which language, or why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.queries import policy_of
from crm_notifications.channels.rules import Channel
from crm_notifications.deliveries import queries as deliveries
from crm_notifications.deliveries.rules import Hindrance, compose, zone_of
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages.rules import Recipient, Route, Step, recipient_of
from crm_notifications.sequences.errors import NotPreviewedError, SubjectNotFoundError
from crm_notifications.sequences.fields import askable_of, timed_noun
from crm_notifications.sequences.rules import (
    BEFORE_DATE,
    BIRTHDAY,
    BY_TIME,
    NO_ANSWER,
    after_wait,
    at_local,
    birthday_in,
    plan_of,
    template_facts,
)
from crm_notifications.sequences.use_cases.timed import (
    Moment,
    date_moment,
    entry_of,
    silence_moment,
    zones_of,
)
from crm_notifications.subjects import queries as subjects
from crm_notifications.subjects.models import Subject
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import known_calendar, refs
from crm_shared.filters import matches, parse_surviving
from crm_shared.ids import new_id

OUTCOMES = {Step.WAIT: "wait"}


@dataclass(slots=True)
class Preview:
    """What would happen."""

    reason: str | None = None
    begins_at: datetime | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def begins(self) -> bool:
        return self.reason is None


async def preview_rule(
    session: AsyncSession,
    access: Access,
    rule: MessageRule,
    wanted: tuple[str, UUID],
    *,
    at: datetime | None,
    around: deliveries.Around,
) -> Preview:
    """Show what a rule would do for a record of one's own scope; nothing is written."""
    noun, subject_id = wanted
    subject = await subjects.subject(session, noun, subject_id)
    if subject is None or not access.may_see(*_owners(subject.facts)):
        raise SubjectNotFoundError(subject_id)
    _must_fit(rule, noun)
    shown = Preview()
    shown.reason = await _why_not(session, rule, noun, subject)
    now = at or utc_now()
    moment: Moment | None = Moment(subject_id, now, "preview")
    if rule.event_type in BY_TIME and at is None:
        moment = await _next_moment(session, rule, subject, around.zone)
        if moment is None:
            shown.reason = shown.reason or NOTHING_AHEAD.get(rule.event_type, "no-such-day")
    if moment is None:
        return shown
    shown.begins_at = moment.due_at
    calendar = await known_calendar.known_calendar(session, around.zone)
    due_at = moment.due_at
    for number, step in enumerate(plan_of(rule)):
        due_at = after_wait(step["wait"], due_at, calendar)
        row = _row(rule, noun, moment, subject, step, due_at)
        shown.steps.append({"step": number, **await _shown(session, row, due_at, around)})
    return shown


NOTHING_AHEAD = {BIRTHDAY: "no-birth-date-known", NO_ANSWER: "nobody-waits-for-an-answer"}


async def _next_moment(
    session: AsyncSession, rule: MessageRule, subject: Subject, zone: ZoneInfo
) -> Moment | None:
    """Return when a rule by time would begin for a record, now or later; None: nothing says."""
    now, timing = utc_now(), rule.timing or {}
    if rule.event_type == BIRTHDAY:
        label = (await refs.labels(session, "contact", [subject.id])).get(subject.id, {})
        return _next_birthday(subject.id, label, timing, zone, now)
    if rule.event_type == BEFORE_DATE:
        field = str(timing["field"]).partition(".")[2]
        days = [one.partition("=")[2] for one in subject.days if one.startswith(f"{field}=")]
        by_whose = (await zones_of(session, rule, [subject], zone))[subject.id]
        return date_moment(subject, date.fromisoformat(days[0]), timing, by_whose) if days else None
    silence = await subjects.silence(session, subject.noun, subject.id)
    if silence is None:
        return None
    calendar = await known_calendar.known_calendar(session, zone)
    return silence_moment(subject.id, silence, timing, calendar)


def _next_birthday(
    id_: UUID, label: Mapping[str, Any], timing: Mapping[str, Any], zone: ZoneInfo, now: datetime
) -> Moment | None:
    if not label.get("birth_date"):
        return None
    born, his = date.fromisoformat(label["birth_date"]), zone_of(label, zone)
    today = now.astimezone(his).date()
    day = next(
        day for year in (today.year, today.year + 1) if (day := birthday_in(year, born)) >= today
    )
    return Moment(id_, at_local(day, timing.get("at"), his), f"birthday {day.year}")


def _owners(facts: Mapping[str, Any]) -> tuple[UUID | None, UUID | None]:
    owner, team = (facts.get(name) for name in ("owner_id", "team_id"))
    return (UUID(str(owner)) if owner else None, UUID(str(team)) if team else None)


def _must_fit(rule: MessageRule, noun: str) -> None:
    """A rule of one kind of record says nothing of another."""
    if rule.event_type in BY_TIME:
        about = timed_noun(rule.event_type, rule.timing or {})
    else:
        about = rule.event_type.split(".")[2]
    if about in ("contact", "deal", "invoice") and about != noun:
        raise NotPreviewedError(f"The rule is about a {about}.")


async def _why_not(
    session: AsyncSession, rule: MessageRule, noun: str, subject: Subject
) -> str | None:
    if not rule.is_active:
        return "rule-stopped"
    fields = await askable_of(session, rule.event_type, rule.timing)
    conditions, faults = parse_surviving(rule.conditions, fields)
    if faults:
        return "a-field-of-it-has-vanished"
    # of an event that has not come only what it says of the record itself is known
    known = {noun: subject.facts}
    return None if matches(conditions, fields, known) else "conditions-do-not-hold"


def _row(
    rule: MessageRule,
    noun: str,
    moment: Moment,
    subject: Subject,
    step: Mapping[str, Any],
    due_at: datetime,
) -> dict[str, Any]:
    """A message as it would be queued."""
    entry = entry_of(rule, noun, moment, subject)
    user_id = step["recipient_user_id"]
    route = Route(step["recipient"], UUID(user_id) if user_id else None)
    return {
        **entry.about,
        "id": new_id(),
        "rule_id": rule.id,
        "recipient": recipient_of(route, entry.about),
        "template_id": UUID(step["template_id"]),
        "channel": step["channel"],
        "purpose": step["purpose"],
        "facts": template_facts({noun: subject.facts}),
        "created_at": due_at,
        "happened_at": moment.due_at,
        "expires_at": due_at + timedelta(seconds=step["expires_after_s"]),
        "reason": None,
        "resent": 0,
        "mailing_id": None,
        "survey_id": None,
        "status": "queued",
    }


async def _shown(
    session: AsyncSession, row: dict[str, Any], at: datetime, around: deliveries.Around
) -> dict[str, Any]:
    recipient: Recipient | None = row.pop("recipient")
    told = {name: row[name] for name in ("template_id", "channel", "purpose")}
    nobody = {"recipient_kind": None, "recipient_id": None, "language": None, "until": None}
    if recipient is None:
        return {**nobody, **told, "at": at, "outcome": "skip", "reason": "names-nobody"}
    whom = {"recipient_kind": recipient.kind.value, "recipient_id": recipient.id}
    channel, full = Channel(row["channel"]), {**row, **whom}
    policy = await policy_of(session, channel)
    known = await deliveries.look_up(session, channel, [full], policy=policy, now=at, around=around)
    found = compose(full, known, at)
    if isinstance(found, Hindrance):
        outcome = OUTCOMES.get(found.step, "skip")
        why = {"outcome": outcome, "reason": found.reason, "until": found.until}
        return {**nobody, **told, **whom, "at": at, **why}
    return {
        **nobody,
        **told,
        **whom,
        "at": at,
        "language": found.language,
        "outcome": "send",
        "reason": None,
    }
