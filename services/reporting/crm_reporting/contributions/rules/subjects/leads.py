"""What leads add."""

from collections.abc import Iterator

from crm_reporting.contributions.rules.subjects.life import Life, span
from crm_reporting.contributions.rules.subjects.told import LeadTold
from crm_reporting.contributions.rules.values import Part, Row

OPEN = frozenset({"new", "working", "qualified"})


def lead_rows(life: Life[LeadTold]) -> Iterator[Row]:
    """Yield a lead's coming, its answer and its end; one that nobody confirmed is none yet."""
    last = life.last
    if life.is_gone or last.awaits_confirmation:
        return
    came = life.row(
        Part.LEAD, life.began, by=life.owner(), kind=last.source, channel=last.channel,
        measure=span(life.began, last.first_responded_at),
    )  # fmt: skip
    yield came._replace(passed=last.status == "converted", dropped=last.status == "disqualified")
    yield from _ended(life, Part.LEAD_CONVERTED, "converted", last.source)
    yield from _ended(life, Part.LEAD_REFUSED, "disqualified", last.disqualify_reason)
    late = next((step for step in life.steps if step.verb == "overdue"), None)
    if late is not None:
        by = (late.told.owner_id, late.told.team_id)
        row = life.row(Part.LEAD_LATE, late.at, by=by, kind=last.source, channel=last.channel)
        yield row._replace(passed=last.first_responded_at is not None)
    yield from life.stays(
        Part.LEAD_STAY,
        lambda told: told.status in OPEN and not told.awaits_confirmation,
        kind=last.source,
    )


def _ended(life: Life[LeadTold], part: Part, status: str, kind: str | None) -> Iterator[Row]:
    step = life.since(lambda told: told.status == status)
    if step is not None:
        by = (step.told.owner_id, step.told.team_id)
        yield life.row(part, step.at, by=by, kind=kind, channel=life.last.channel)
