"""What a day or a silence begins: whose birthday it is, whose day is near, who gave no answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.deliveries.rules import zone_of
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.sequences import queries
from crm_notifications.sequences.fields import askable_of, timed_noun
from crm_notifications.sequences.rules import (
    BEFORE_DATE,
    BIRTHDAY,
    LOOK_BACK,
    at_local,
    birthday_in,
    born_keys,
    days_of_the_world,
    silence_ends,
    template_facts,
)
from crm_notifications.sequences.use_cases.beginning import Cause, Entry, enrol
from crm_notifications.subjects import queries as subjects
from crm_notifications.subjects.models import Subject
from crm_notifications.subjects.rules import day_key
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import known_calendar, refs
from crm_shared.filters import matches, parse_surviving
from crm_shared.ids import new_id
from crm_shared.working_time import WorkingCalendar

NOBODY = UUID(int=0)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a rule's first letter is due for a record, and what it happens once for."""

    subject_id: UUID
    due_at: datetime
    occasion: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some of those whom a rule may be for, and how far they go; NOBODY: those were the last."""

    moments: list[Moment]
    last: UUID


async def begin_timed(
    session: AsyncSession, rule: MessageRule, zone: ZoneInfo, after: UUID
) -> UUID:
    """Begin a rule's letters for the next page of records whose moment has come.

    Returns the last one looked at; NOBODY when there are no more. A moment that passed while
    nobody worked counts as long as its letter would have.
    """
    now = utc_now()
    page = await _page(session, rule, zone, now, after)
    late = now - min(rule.expires_after, LOOK_BACK)
    due = [one for one in page.moments if max(late, rule.active_from) <= one.due_at <= now]
    if due:
        await enrol(session, await _entries(session, rule, due))
    return page.last


async def _page(
    session: AsyncSession, rule: MessageRule, zone: ZoneInfo, now: datetime, after: UUID
) -> Page:
    timing: Mapping[str, Any] = rule.timing or {}
    if rule.event_type == BIRTHDAY:
        return await _birthdays(session, timing, zone, now, after)
    if rule.event_type == BEFORE_DATE:
        return await _dates(session, rule, zone, now, after)
    return await _silences(session, rule, zone, now, after)


async def _birthdays(
    session: AsyncSession, timing: Mapping[str, Any], zone: ZoneInfo, now: datetime, after: UUID
) -> Page:
    born = await subjects.born_on(session, born_keys(days_of_the_world(now)), beyond=after)
    found = [
        moment for one in born if (moment := birthday_moment(one, timing, zone, now)) is not None
    ]
    return Page(found, _last(born))


def birthday_moment(
    one: subjects.Born, timing: Mapping[str, Any], zone: ZoneInfo, now: datetime
) -> Moment | None:
    """Return when somebody is greeted on the day that it is for him; None on any other day."""
    his = zone_of({"time_zone": one.time_zone}, zone)
    today = now.astimezone(his).date()
    if birthday_in(today.year, date.fromisoformat(one.birth_date)) != today:
        return None
    return Moment(one.id, at_local(today, timing.get("at"), his), f"birthday {today.year}")


async def _dates(
    session: AsyncSession, rule: MessageRule, zone: ZoneInfo, now: datetime, after: UUID
) -> Page:
    timing: Mapping[str, Any] = rule.timing or {}
    noun, _dot, field = str(timing["field"]).partition(".")
    back = min(rule.expires_after, LOOK_BACK).days + 1
    today = now.astimezone(UTC).date() + ONE_DAY
    near = [today + timedelta(days=timing["days"] - one) for one in range(back + 2)]
    days = {day_key(field, day): day for day in near}
    found = await subjects.on_days(session, noun, list(days), beyond=after)
    zones = await zones_of(session, rule, found, zone)
    moments = [
        moment
        for one in found
        for key in sorted(days.keys() & set(one.days))
        if (moment := date_moment(one, days[key], timing, zones[one.id])) is not None
    ]
    return Page(moments, _last(found))


def date_moment(
    one: Subject, day: date, timing: Mapping[str, Any], zone: ZoneInfo
) -> Moment | None:
    """Return when a letter before a day is due; None for what an import brought too late for it."""
    due_at = at_local(day - timedelta(days=timing["days"]), timing.get("at"), zone)
    if one.is_bulk and due_at <= one.recorded_at:
        return None
    return Moment(one.id, due_at, f"{timing['field']} {day.isoformat()}")


async def zones_of(
    session: AsyncSession, rule: MessageRule, found: Sequence[Subject], zone: ZoneInfo
) -> dict[UUID, ZoneInfo]:
    """Return by whose clock each letter goes: the client's when it is for him."""
    if rule.recipient != "client":
        return {one.id: zone for one in found}
    clients = {one.id: _client_of(one) for one in found}
    labels = await refs.labels(session, "contact", [id_ for id_ in clients.values() if id_])
    return {
        one: zone_of(labels.get(client, {}), zone) if client else zone
        for one, client in clients.items()
    }


async def _silences(
    session: AsyncSession, rule: MessageRule, zone: ZoneInfo, now: datetime, after: UUID
) -> Page:
    timing: Mapping[str, Any] = rule.timing or {}
    calendar = await known_calendar.known_calendar(session, zone)
    longest = timedelta(days=timing["days"]) * (3 if timing.get("working") else 1)
    since = now - longest - min(rule.expires_after, LOOK_BACK) - LOOK_BACK
    noun = timed_noun(rule.event_type, timing)
    found = await subjects.unanswered(
        session, noun, since, now - timedelta(days=timing["days"]) + ONE_DAY, beyond=after
    )
    moments = [
        silence_moment(one.id, one.asked_at, timing, calendar)
        for one in found
        if one.asked_at is not None
    ]
    if noun == "deal":
        moments = await _still_waited_for(session, moments, found)
    return Page(moments, _last(found))


def silence_moment(
    id_: UUID, asked_at: datetime, timing: Mapping[str, Any], calendar: WorkingCalendar
) -> Moment:
    """Return when a silence that began then has lasted long enough."""
    ends = silence_ends(asked_at, timing, calendar)
    return Moment(id_, ends, f"silence {asked_at.astimezone(UTC).isoformat()}")


async def _still_waited_for(
    session: AsyncSession, moments: Sequence[Moment], found: Sequence[Any]
) -> list[Moment]:
    """Of open deals alone, whose client has not answered without naming the deal."""
    asked = {one.id: one.asked_at for one in found}
    deals = await subjects.subjects(session, "deal", asked)
    clients = {id_: _client_of(deal) for id_, deal in deals.items()}
    answers = await subjects.answers(session, "contact", {one for one in clients.values() if one})
    return [
        moment
        for moment in moments
        if (deal := deals.get(moment.subject_id)) is not None
        and not deal.is_gone
        and deal.facts.get("outcome") == "open"
        and _precedes(answers, clients[moment.subject_id], asked[moment.subject_id])
    ]


def _precedes(answers: Mapping[UUID, datetime], client: UUID | None, asked_at: datetime) -> bool:
    answered_at = answers.get(client) if client else None
    return answered_at is None or answered_at < asked_at


async def _entries(session: AsyncSession, rule: MessageRule, due: Sequence[Moment]) -> list[Entry]:
    noun = timed_noun(rule.event_type, rule.timing or {})
    known = await subjects.subjects(session, noun, {one.subject_id for one in due})
    fields = await askable_of(session, rule.event_type, rule.timing)
    conditions, faults = parse_surviving(rule.conditions, fields)
    told = await _told(session, rule, due) if not faults else set()
    return [
        entry_of(rule, noun, one, known.get(one.subject_id))
        for one in due
        # less of a condition would be more of what it does: a rule whose field has gone rests
        if not faults
        and (one.subject_id, one.occasion) not in told
        and not _is_away(known.get(one.subject_id))
        and matches(conditions, fields, {noun: subjects.facts_of(known.get(one.subject_id))})
    ]


async def _told(
    session: AsyncSession, rule: MessageRule, due: Sequence[Moment]
) -> set[tuple[UUID, str]]:
    """Occasions that the same person, by another of his records, has been told of."""
    groups = await aliases.groups(session, {one.subject_id for one in due})
    everybody = {id_ for group in groups.values() for id_ in group}
    done = {
        (one.subject_id, one.occasion)
        for one in await queries.of_subjects(session, [rule.id], everybody)
    }
    return {
        (one.subject_id, one.occasion)
        for one in due
        if any((id_, one.occasion) in done for id_ in groups[one.subject_id])
    }


def _is_away(subject: Subject | None) -> bool:
    return subject is not None and subject.is_gone


def entry_of(rule: MessageRule, noun: str, moment: Moment, subject: Subject | None) -> Entry:
    """Return what begins for a record whose moment has come."""
    facts = subjects.facts_of(subject)
    named = ("owner_id", "team_id", "contact_id", "company_id", "deal_id")
    about = {name: UUID(str(facts[name])) if facts.get(name) else None for name in named}
    if f"{noun}_id" in about:
        about[f"{noun}_id"] = moment.subject_id
    cause = Cause(
        event_id=subject.event_id if subject else new_id(),
        type=rule.event_type,
        revision=subject.revision if subject else 0,
        correlation_id=subject.correlation_id if subject else new_id(),
        at=moment.due_at,
    )
    told = template_facts({noun: facts})
    return Entry(rule, noun, moment.subject_id, moment.occasion, about, told, facts, cause)


def _client_of(subject: Subject) -> UUID | None:
    if subject.noun == "contact":
        return subject.id
    client = subject.facts.get("contact_id")
    return UUID(str(client)) if client else None


def _last(found: Sequence[Any]) -> UUID:
    return found[-1].id if len(found) == subjects.AT_ONCE else NOBODY
