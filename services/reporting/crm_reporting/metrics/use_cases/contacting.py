"""How much contact a decision takes: K18, K19, K23, K43."""

from dataclasses import replace
from decimal import Decimal

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries import contacting, decisions
from crm_reporting.metrics.queries.decisions import Decisions
from crm_reporting.metrics.queries.spreads import Spread
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.numbers import Figure, mean, part_of, quotient, ratio
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.metrics.use_cases.work import Figures, Work


async def decision_time(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K18: mean days from the first contact to the win; lost ones beside it."""
    read = read_of(work.ask, period=period)
    rows = await decisions.decision_times(work.session, read, work.basis.zone.key)
    told = {row.part: row for row in rows}
    nothing = Decisions(0, 0, Spread())
    won, lost = (told.get(int(part), nothing) for part in (Part.WON, Part.LOST))
    figure = mean(won.days.total, won.days.n)
    lost_mean = mean(lost.days.total, lost.days.n).value
    figure.details.update({"median": won.days.median, "p90": won.days.p90, "lost_mean": lost_mean})
    coverage = part_of(won.days.n, won.closed)
    return {None: replace(figure, n=won.days.n, coverage=coverage)}


async def contacts_per_client(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K19: contacts before the first win / customers first won in the period."""
    read = read_of(work.ask, period=period)
    won, effort = await decisions.effort_before_win(work.session, read)
    if by is not None:
        return {
            one.kind: quotient(Decimal(one.contacts), Decimal(won), n=one.contacts)
            for one in effort
        }
    spent = sum(one.contacts for one in effort)
    figure = quotient(Decimal(spent), Decimal(won), n=won)
    lost = await decisions.effort_on_lost(work.session, read)
    figure.details["with_lost"] = Decimal(spent + lost) / won if won else None
    return {None: figure}


async def contact_intensity(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K23: contacts a week with a customer, and days since the last one."""
    period = period.begun(work.ask.today)
    read = read_of(work.ask, period=period)
    met = await contacting.paces(work.session, read, period.end)
    if by is None:
        figure = mean(sum((one.contacts / one.weeks for one in met), Decimal(0)), len(met))
        figure.details["contacts"] = sum(one.contacts for one in met)
        return {None: figure}
    today = work.ask.today
    return {
        one.customer: Figure(
            one.contacts / one.weeks, one.contacts, Decimal(one.contacts), one.weeks,
            details={"days_since": (today - one.last_day).days},
        )
        for one in met
    }  # fmt: skip


async def repeat_appeals(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K43: solved cases that the customer came back with within a week / solved cases."""
    read = read_of(work.ask, period=period)
    solved, repeats, bare = await contacting.repeated_cases(work.session, read)
    figure = ratio(repeats, solved)
    first = None if figure.value is None else 100 - figure.value
    figure.details.update({"first_contact": first, "without_topic": bare})
    return {None: figure}
