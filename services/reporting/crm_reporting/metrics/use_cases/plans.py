"""K47, R8: plans against what was reached, of the company, of teams and of people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from crm_reporting.inputs.models import Plan
from crm_reporting.inputs.rules.spreading import Span
from crm_reporting.metrics.queries.inputs import plans_in
from crm_reporting.metrics.rules.asks import ids_asked
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.numbers import Figure, Reason, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.planning import Asked, Target, asked_of, attained, together
from crm_reporting.metrics.rules.tallies import Unconverted
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_shared.events.known_calendar import known_calendar

Plans = Mapping[UUID | None, Sequence[Target]]
LEVELS = ("team_id", "owner_id")


async def plan_attainment(work: Work, period: Period, by: Dimension | None) -> Figures:
    """Return how much of the plans for a figure was reached; the variant names the figure.

    The whole is held against the company's plan; without one against the teams' together, without
    those against the people's.
    """
    metric = CATALOGUE[work.ask.variant or "sales_volume"]
    rows = await plans_in(work.session, work.ask, period, metric.id)
    of_company, of_teams, of_people = (targets_of(work, rows, level) for level in (None, *LEVELS))
    calendar = await known_calendar(work.session, work.basis.zone)

    def asked(targets: Sequence[Target]) -> Asked:
        return asked_of(
            targets, period, work.ask.today, lambda day: bool(calendar.hours_on(day)),
            additive=metric.is_flow,
        )  # fmt: skip

    if by is not None:
        wanted = of_people if by is Dimension.OWNER else of_teams
        reached = await work.told(metric.id, period, by)
        nothing = Figure(Decimal(0) if metric.is_flow else None, 0)
        return {
            key: attained(reached.get(key, nothing), asked(targets), period, metric.direction)
            for key, targets in wanted.items()
        }
    actual = await work.one(metric.id, period)
    level = next((one for one in (of_company, of_teams, of_people) if one), None)
    if level is None:
        return {None: unknown(Reason.NO_INPUT, actual=actual.value)}
    whole = together((asked(targets) for targets in level.values()), additive=metric.is_flow)
    return {None: attained(actual, whole, period, metric.direction)}


def targets_of(work: Work, rows: Sequence[Plan], level: str | None) -> Plans:
    """Sort the plans of one level by whose they are; filtered, only theirs who are asked for."""
    found: dict[UUID | None, list[Target]] = defaultdict(list)
    only = {name: ids_asked(work.ask.filter, name) for name in LEVELS}
    for row in rows:
        whose = "owner_id" if row.owner_id else "team_id" if row.team_id else None
        if whose != level:
            continue
        if any(ids is not None and getattr(row, name) not in ids for name, ids in only.items()):
            continue
        rate = work.rates.convert(row.currency, row.starts_on) if row.currency else 1
        if rate is None:
            work.unconverted.setdefault(str(row.currency), Unconverted()).n += 1
            continue
        target = Target(Span(row.starts_on, row.ends_on), Fraction(row.value) * Fraction(rate))
        found[getattr(row, level) if level else None].append(target)
    return found
