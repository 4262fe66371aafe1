"""What cases and the customers' scores of them add."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from crm_reporting.contributions.rules.subjects.life import Life, span
from crm_reporting.contributions.rules.subjects.told import CaseTold, FeedbackTold
from crm_reporting.contributions.rules.timeline import seconds
from crm_reporting.contributions.rules.values import Part, Row

WORKED_ON = frozenset({"new", "open"})
STANDING = WORKED_ON | {"waiting"}
SOLVED = frozenset({"solved", "closed"})
# From which score on a customer is content, and up to which he is unhappy.
SCALES = {"csat": (4, 2), "nps": (9, 6)}


def case_rows(life: Life[CaseTold]) -> Iterator[Row]:
    """Yield a case's coming, its answer and its solution; a merged one is another's."""
    last = life.last
    if life.is_gone or last.status == "merged":
        return
    answered, due = last.first_responded_at, last.first_response_due_at
    late = last.first_response_breached_at is not None
    late = late or bool(answered and due and answered > due)
    yield life.row(
        Part.CASE, life.began, by=life.owner(), kind=last.topic, channel=last.channel,
        measure=span(life.began, answered),
    )._replace(passed=answered is not None, dropped=late)  # fmt: skip
    if last.status in SOLVED and last.solved_at is not None:
        owner, team = life.owner(last.solved_at)
        yield life.row(
            Part.CASE_SOLVED, last.solved_at, by=(last.solved_by_id or owner, team),
            kind=last.topic, channel=last.channel,
            measure=sum((seconds(*one) for one in worked_on(life)), Decimal(0)),
        )._replace(passed=last.outcome == "success")  # fmt: skip
    yield from life.stays(Part.CASE_STAY, lambda told: told.status in STANDING, kind=last.topic)


def worked_on(life: Life[CaseTold]) -> list[tuple[datetime, datetime]]:
    """Return the stretches in which it waited for us; waiting for the customer does not count."""
    return [
        (step.at, after.at) for step, after in pairwise(life.steps) if step.told.status in WORKED_ON
    ]


def feedback_rows(life: Life[FeedbackTold]) -> Iterator[Row]:
    """Yield that a customer was asked, and what he said; within a day the last word counts."""
    last = life.last
    by = (last.owner_id, last.team_id)
    asked = life.row(Part.FEEDBACK_ASKED, life.began, by=by, kind=last.scale)
    yield asked._replace(passed=last.score is not None)
    if last.score is None or last.submitted_at is None:
        return
    content, unhappy = SCALES.get(last.scale, SCALES["csat"])
    row = life.row(Part.FEEDBACK, last.submitted_at, by=by, kind=last.scale, measure=last.score)
    yield row._replace(passed=last.score >= content, dropped=last.score <= unhappy)
