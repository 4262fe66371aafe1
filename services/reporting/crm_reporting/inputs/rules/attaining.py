"""K47: how much of a plan a figure is."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from crm_reporting.effect.rules.measuring import Attainment, attainment
from crm_reporting.inputs.models import Plan
from crm_reporting.inputs.rules.measures import direction_of, is_flow
from crm_reporting.inputs.rules.spreading import Span
from crm_reporting.metrics.rules.numbers import Figure
from crm_shared.working_time import WorkingCalendar


def worked_in(calendar: WorkingCalendar, over: Span) -> int:
    """Return how many days of a span are worked by a calendar."""
    days = (over.first + timedelta(days=offset) for offset in range(over.days))
    return sum(bool(calendar.hours_on(day)) for day in days)


def whose(plan: Plan) -> tuple[UUID | None, UUID | None]:
    """Return the owner and the team whose figure is meant; who owns a goal answers for it only."""
    return None if plan.is_goal else plan.owner_id, plan.team_id


def attained_by(plan: Plan, figure: Figure, calendar: WorkingCalendar, today: date) -> Attainment:
    """Return how much of a plan a figure is, and of the part that should be there by now."""
    over = Span(plan.starts_on, plan.ends_on)
    elapsed = _part_gone(calendar, over, today) if is_flow(plan.metric) else Fraction(1)
    return attainment(
        None if figure.value is None else Fraction(figure.value),
        Fraction(plan.value),
        direction=direction_of(plan.metric),
        elapsed=elapsed,
    )


def _part_gone(calendar: WorkingCalendar, over: Span, today: date) -> Fraction:
    days = worked_in(calendar, over)
    gone = worked_in(calendar, Span(over.first, min(over.last, today)))
    return Fraction(gone, days) if days else Fraction(0)
