"""What activities, calls, tasks and approvals add."""

from collections.abc import Iterator

from crm_reporting.contributions.rules.subjects.life import Life, span
from crm_reporting.contributions.rules.subjects.told import (
    ActivityTold,
    ApprovalTold,
    CallTold,
    TaskTold,
)
from crm_reporting.contributions.rules.values import Part, Row

INBOUND = "inbound"


def activity_rows(life: Life[ActivityTold]) -> Iterator[Row]:
    """Yield that it took place, and which promises were kept; called off it is neither."""
    last = life.last
    by = (last.owner_id, last.team_id)
    if life.is_gone:
        return
    yield from _promises(life)
    if last.status == "cancelled":
        return
    if last.completed_at is not None:
        done = life.owner(last.completed_at)
        yield life.row(
            Part.ACTIVITY, last.completed_at, by=done, kind=last.kind, channel=last.channel,
            measure=last.duration_s,
        )  # fmt: skip
    yield from life.stays(Part.ACTIVITY_STAY, lambda told: told.status == "planned", kind=last.kind)
    if last.status == "planned" and last.due_at is not None:
        yield life.row(
            Part.ACTIVITY_PLANNED, last.due_at, by=by, kind=last.kind, channel=last.channel,
            measure=last.duration_s,
        )  # fmt: skip


def _promises(life: Life[ActivityTold]) -> Iterator[Row]:
    """Yield each agreed time that passed in vain, whatever came after, and the one that stands."""
    last = life.last
    broken = {
        agreed
        for step in life.steps
        if (agreed := step.told.promised_at) and (missed := step.told.missed_at)
        # marked as missed before its time and taken up again in time it was no breach
        if missed >= agreed or step.told is last
    }
    standing = None if last.status == "cancelled" else last.promised_at
    by = (last.owner_id, last.team_id)
    for agreed in sorted(broken | ({standing} if standing else set())):
        row = life.row(Part.PROMISE, agreed, by=by, kind=last.kind, channel=last.channel)
        is_broken = agreed in broken
        kept = not is_broken and last.completed_at is not None
        yield row._replace(passed=kept, dropped=is_broken)


def task_rows(life: Life[TaskTold]) -> Iterator[Row]:
    """Yield a task by its due day, and that it was done; a withdrawn one was never asked for."""
    last = life.last
    if life.is_gone or last.status == "cancelled":
        return
    by = (last.owner_id, last.team_id)
    done = life.since(lambda told: told.status == "done")
    if last.due_at is None:
        yield life.row(Part.TASK_UNDATED, life.began, by=by, kind=last.kind)
    else:
        in_time = done is not None and done.at <= last.due_at
        late = None if done is None or in_time else span(last.due_at, done.at)
        row = life.row(Part.TASK, last.due_at, by=by, kind=last.kind, measure=late)
        yield row._replace(passed=in_time, zero=int(late is not None))
        if done is None:
            yield row._replace(part=Part.TASK_PLANNED)
    if done is not None:
        by = (done.told.owner_id, done.told.team_id)
        took = span(life.began, done.at)
        row = life.row(Part.TASK_DONE, done.at, by=by, kind=last.kind, measure=took)
        yield row._replace(passed=last.rule_id is not None)


def call_rows(life: Life[CallTold]) -> Iterator[Row]:
    """Yield a call that is over; colleagues calling each other are no one's business here."""
    last = life.last
    if last.is_internal or last.answered is None:
        return
    by = (last.owner_id, last.team_id)
    row = life.row(Part.CALL, last.started_at, by=by, kind=last.direction, measure=last.duration_s)
    # who rings again and again is one who came
    came = last.direction == INBOUND and last.repeats_call_id is None
    yield row._replace(passed=last.answered, zero=int(came))
    if came and not last.answered:
        yield row._replace(part=Part.CALL_MISSED, measure=None)


def approval_rows(life: Life[ApprovalTold]) -> Iterator[Row]:
    """Yield a decision by its day, and for how long one was waited for; a withdrawn one is none."""
    last = life.last
    kind = "automatic" if last.is_automatic else "by_hand"
    if last.state in ("approved", "rejected") and last.decided_at is not None:
        by = (last.owner_id, last.team_id)
        waited = span(last.requested_at, last.decided_at)
        row = life.row(Part.APPROVAL, last.decided_at, by=by, kind=kind, measure=waited)
        in_time = last.due_at is None or last.decided_at <= last.due_at
        yield row._replace(passed=last.state == "approved", zero=int(in_time))
        yield row._replace(part=Part.APPROVAL_ROUND, n=last.round, measure=None)
    yield from life.stays(Part.APPROVAL_STAY, lambda told: told.state == "pending", kind=kind)
