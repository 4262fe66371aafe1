"""Leading sequences on: the letter that is due, or why there is none; and ending them early."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.messages.rules import Recipient, Route, Status, Step, after, recipient_of
from crm_notifications.messages.statements import Change, settle
from crm_notifications.messages.use_cases import Letter, queue_letters
from crm_notifications.sequences import queries
from crm_notifications.sequences.errors import EnrolmentOverError
from crm_notifications.sequences.models import Enrolment
from crm_notifications.sequences.rules import TO_BEGIN, State, after_wait, reason_to_stop
from crm_notifications.sequences.use_cases.surroundings import Surroundings, begun, look_around
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.ids import new_id
from crm_shared.working_time import NoWorkingTimeError

UNSUBSCRIBED = "unsubscribed"
BY_HAND = "stopped-by-hand"
NO_WORKING_TIME = "no-working-time"
AT_ONCE = 100


async def take_steps(session: AsyncSession, zone: ZoneInfo, *, limit: int = AT_ONCE) -> int:
    """Write the letters that are due, or say why not; returns how many sequences were led on."""
    now = utc_now()
    due = await queries.claim_due(session, now, limit)
    if not due:
        return 0
    around = await look_around(session, due, zone)
    letters: list[Letter] = []
    stopped: list[Enrolment] = []
    for one in due:
        if reason := reason_to_stop(begun(one), around.stand(one)):
            stopped.append(_stop(one, reason, now))
        else:
            letters += _lead_on(one, around, now)
    await call_off(session, stopped)
    await queue_letters(session, letters)
    await session.flush()
    return len(due)


def _lead_on(one: Enrolment, around: Surroundings, now: datetime) -> Iterator[Letter]:
    if one.next_step == TO_BEGIN:
        _begin(one, around, now)
        if one.next_at > now or one.status != State.ACTIVE:
            return
    step, due_at = one.plan[one.next_step], one.next_at
    about = around.about(one)
    recipient = recipient_of(Route(step["recipient"], _id(step["recipient_user_id"])), about)
    reason = _why_not(step, recipient, around, now - due_at)
    if reason == UNSUBSCRIBED:
        _stop(one, reason, now)
        return
    letter = None
    if reason is None and recipient is not None:
        letter = _letter(one, around, recipient, about)
        yield letter
    line = {
        "step": one.next_step,
        "due_at": due_at.isoformat(),
        "taken_at": now.isoformat(),
        "outcome": "skipped" if letter is None else "queued",
        "reason": reason,
        "message_id": None if letter is None else str(letter.id),
    }
    one.taken = [*one.taken, line]
    _go_on(one, around, now)


def _begin(one: Enrolment, around: Surroundings, now: datetime) -> None:
    """Wait for the first letter, and remember where the deal stands that may end it all."""
    deal = around.deals.get(one.deal_id) if one.deal_id else None
    if one.stage_id is None and deal is not None:
        one.stage_id, one.outcome = _id(deal.facts.get("stage_id")), deal.facts.get("outcome")
    one.next_step = 0
    _wait(one, one.started_at, around, now)
    one.updated_at = now


def _why_not(
    step: Mapping[str, Any], recipient: Recipient | None, around: Surroundings, late_by: timedelta
) -> str | None:
    if recipient is None:
        return f"names-no-{step['recipient'].replace('_', '-')}"
    if late_by > timedelta(seconds=step["expires_after_s"]):
        return "late-step"
    return UNSUBSCRIBED if around.has_refused(recipient, step) else None


def _letter(
    one: Enrolment,
    around: Surroundings,
    recipient: Recipient,
    about: Mapping[str, UUID | None],
) -> Letter:
    step = one.plan[one.next_step]
    expires_after = timedelta(seconds=step["expires_after_s"])
    return Letter(
        id=new_id(),
        rule_id=one.rule_id,
        rule_version=one.rule_version,
        source_event_id=one.source_event_id,
        source_type=one.source_type,
        source_revision=one.source_revision,
        subject_id=one.subject_id,
        correlation_id=one.correlation_id,
        happened_at=one.happened_at,
        recipient=recipient,
        about=about,
        facts=around.facts(one),
        template_id=UUID(step["template_id"]),
        channel=step["channel"],
        purpose=step["purpose"],
        expires_at=one.next_at + expires_after,
        enrolment_id=one.id,
        step=one.next_step,
        survey_id=_id(step.get("survey_id")),
    )


def _go_on(one: Enrolment, around: Surroundings, now: datetime) -> None:
    one.next_step += 1
    one.updated_at = now
    if one.next_step == len(one.plan):
        one.status = State.FINISHED.value
        return
    # from now, not from when it was due: two letters must not follow at once after a long night
    _wait(one, now, around, now)


def _wait(one: Enrolment, since: datetime, around: Surroundings, now: datetime) -> None:
    """Set when the next letter is due; a calendar of no hours ends this sequence, not all."""
    try:
        one.next_at = after_wait(one.plan[one.next_step]["wait"], since, around.calendar)
    except NoWorkingTimeError:
        _stop(one, NO_WORKING_TIME, now)


def _stop(one: Enrolment, reason: str, now: datetime) -> Enrolment:
    if one.status == State.ACTIVE:
        one.status, one.reason = State.STOPPED.value, reason
        one.updated_at = now
    return one


async def reconsider(
    session: AsyncSession,
    zone: ZoneInfo,
    *,
    contacts: Collection[UUID],
    deals: Collection[UUID],
) -> int:
    """End what an answer, a move or a merge ends, letters that wait included; returns how many."""
    groups = await aliases.groups(session, contacts)
    everybody = {one for group in groups.values() for one in group}
    touched = await queries.claim_touched(session, everybody, deals)
    if not touched:
        return 0
    around, now = await look_around(session, touched, zone), utc_now()
    reasons = {one.id: reason_to_stop(begun(one), around.stand(one)) for one in touched}
    over = [one for one in touched if reasons[one.id]]
    await call_off(session, [_stop(one, str(reasons[one.id]), now) for one in over], reasons)
    await session.flush()
    return len(over)


async def stop_by_hand(session: AsyncSession, one: Enrolment) -> Enrolment:
    """End a sequence because somebody wants it so."""
    if one.status != State.ACTIVE:
        raise EnrolmentOverError(one.id)
    await call_off(session, [_stop(one, BY_HAND, utc_now())])
    await session.flush()
    return one


async def call_off(
    session: AsyncSession,
    stopped: Sequence[Enrolment],
    reasons: Mapping[UUID, str | None] | None = None,
) -> None:
    """Cancel letters of ended sequences that have not gone out, with why they ended."""
    why = {one.id: (reasons or {}).get(one.id) or one.reason for one in stopped}
    waiting = await queries.letters_waiting(session, why)
    changes = [
        Change(
            letter,
            cancelled,
            attempts=letter["attempts"],
            next_attempt_at=letter["next_attempt_at"],
            reason=why[letter["enrolment_id"]],
            claim_id=letter["claim_id"],
        )
        for letter in waiting
        if (cancelled := after(Status(letter["status"]), Step.CANCEL)) is not None
    ]
    await settle(session, changes)


def _id(value: object) -> UUID | None:
    return UUID(str(value)) if value else None
