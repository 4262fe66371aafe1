"""When letters are due, and what ends a sequence: pure functions."""

from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_shared.working_time import WorkingCalendar, add_working_days, add_working_time

BIRTHDAY, BEFORE_DATE, NO_ANSWER = "time.birthday", "time.before_date", "time.no_answer"
BY_TIME = (BIRTHDAY, BEFORE_DATE, NO_ANSWER)
# of a sequence that waits for its first letter and does not know till when
TO_BEGIN = -1
LEAP_DAY = (2, 29)
NINE = time(9)
# nobody waits longer than that for one worker to come back
LOOK_BACK = timedelta(days=31)


class Stop(StrEnum):
    """What may end a sequence besides its last letter."""

    REPLY = "reply"
    STAGE_CHANGE = "stage_change"
    CLOSED = "closed"


class State(StrEnum):
    """Where somebody stands in a sequence."""

    ACTIVE = "active"
    FINISHED = "finished"
    STOPPED = "stopped"


def birthday_in(year: int, born: date) -> date:
    """Return the day on which somebody is greeted in a year.

    Who was born on 29 February is greeted on the 28th in years that have no 29th.
    """
    if (born.month, born.day) == LEAP_DAY and not isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def born_keys(days: Sequence[date]) -> list[str]:
    """Return the days of birth (`02-29`) that are celebrated on one of these days."""
    keys = {f"{day:%m-%d}" for day in days}
    if any((day.month, day.day) == (2, 28) and not isleap(day.year) for day in days):
        keys.add("02-29")
    return sorted(keys)


def days_of_the_world(now: datetime) -> list[date]:
    """Return every day that it is somewhere at this moment."""
    spread = (timedelta(hours=-12), timedelta(0), timedelta(hours=14))
    return sorted({(now.astimezone(UTC) + one).date() for one in spread})


def at_local(day: date, clock: str | None, zone: ZoneInfo) -> datetime:
    """Return the instant at which a clock in a zone shows this time of a day; nine by default."""
    when = time.fromisoformat(clock) if clock else NINE
    return datetime.combine(day, when, zone).astimezone(UTC)


def after_wait(
    wait: Mapping[str, Any] | None, since: datetime, calendar: WorkingCalendar
) -> datetime:
    """Return when a wait is over: by the clock on the wall, or in working time alone."""
    if not wait:
        return since
    days, rest = wait.get("days", 0), timedelta(hours=wait.get("hours", 0))
    rest += timedelta(minutes=wait.get("minutes", 0))
    if wait.get("working"):
        return add_working_time(calendar, add_working_days(calendar, since, days), rest)
    # the same time of day, also over a change of the clocks
    local = since.astimezone(calendar.zone)
    return (local + timedelta(days=days)).astimezone(UTC) + rest


def silence_ends(
    asked_at: datetime, timing: Mapping[str, Any], calendar: WorkingCalendar
) -> datetime:
    """Return when somebody has given no answer for as long as a rule allows."""
    wait = {"days": timing["days"], "working": timing.get("working", False)}
    return after_wait(wait, asked_at, calendar)


@dataclass(frozen=True, slots=True)
class Stand:
    """How everything stands that may end a sequence, as far as it is known here."""

    is_rule_active: bool = True
    is_gone: bool = False
    is_twin: bool = False
    stage_id: UUID | None = None
    outcome: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """How things stood when a sequence began, and what may end it."""

    at: datetime
    stop_on: frozenset[str]
    stage_id: UUID | None = None
    outcome: str | None = None


def reason_to_stop(begun: Begun, now: Stand) -> str | None:
    """Return why a sequence ends before its last letter, or None while nothing ends it."""
    has_answered = now.answered_at is not None and now.answered_at > begun.at
    has_closed = Stop.CLOSED in begun.stop_on and _differ(begun.outcome, now.outcome)
    has_moved = Stop.STAGE_CHANGE in begun.stop_on and _differ(begun.stage_id, now.stage_id)
    found = (
        ("rule-stopped", not now.is_rule_active),
        ("record-gone", now.is_gone),
        ("merged", now.is_twin),
        (f"deal-{now.outcome}", has_closed),
        ("stage-changed", has_moved),
        ("replied", Stop.REPLY in begun.stop_on and has_answered),
    )
    return next((reason for reason, holds in found if holds), None)


def _differ(then: object, now: object) -> bool:
    """Nothing known of one of them is no difference."""
    return then is not None and now is not None and then != now


def plan_of(rule: Any) -> list[dict[str, Any]]:
    """Return all letters of a rule in their order, each with everything that sends it."""
    first = {
        "template_id": str(rule.template_id),
        "channel": rule.channel,
        "recipient": rule.recipient,
        "recipient_user_id": rule.recipient_user_id and str(rule.recipient_user_id),
        "wait": rule.wait,
        # once: who was asked is not asked anew by the letters that follow
        "survey_id": rule.survey_id and str(rule.survey_id),
    }
    common = {"purpose": rule.purpose, "expires_after_s": rule.expires_after_s}
    later = [
        {
            "template_id": step["template_id"],
            "channel": step.get("channel") or rule.channel,
            "recipient": step.get("recipient") or rule.recipient,
            "recipient_user_id": step.get("recipient_user_id") or first["recipient_user_id"],
            "wait": step["wait"],
        }
        for step in rule.steps
    ]
    return [{**common, **step} for step in (first, *later)]


def is_sequence(rule: Any) -> bool:
    """Tell whether a rule's letters take time: several of them, or one that waits."""
    return bool(rule.steps or rule.wait)


def template_facts(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what an event itself tells a template; names come from refs when a letter is sent."""
    deal: Mapping[str, Any] = data.get("deal", {})
    told = ("amount", "currency", "outcome", "expected_close_date")
    facts = {"deal": {name: deal.get(name) for name in told} | {"stage": deal.get("stage_label")}}
    for name in ("from_stage", "to_stage"):
        if name in data:
            facts[name] = {"label": data[name].get("label")}
    if "product_wish" in data:
        facts["product"] = {"name": data["product_wish"].get("product_label")}
    if "invoice" in data:
        owed = ("number", "due_date", "total", "due", "currency")
        facts["invoice"] = {name: data["invoice"].get(name) for name in owed}
    if "activity" in data:
        facts["activity"] = {"at": data["activity"].get("due_at")}
    if "report" in data:
        facts["report"] = {"title": data["report"].get("heading")}
    return facts
