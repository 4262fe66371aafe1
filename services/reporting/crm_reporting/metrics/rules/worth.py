"""What customers are worth, and what is lost with them: K34, K52, K55, K56, K59, K63. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from crm_reporting.metrics.rules.classes import UNTIL_A, UNTIL_B, classes
from crm_reporting.metrics.rules.customers import FEW, MONTH_DAYS, MOST, Buyers
from crm_reporting.metrics.rules.numbers import (
    HUNDRED,
    Figure,
    Reason,
    part_of,
    quotient,
    ratio,
    unknown,
)
from crm_reporting.metrics.rules.periods import Period

# K59: a content customer tells five, an unhappy one at least fifteen (what the paper says)
TELLS_FEW, TELLS_MANY = 5, 15
YEAR_MONTHS = 12


class Part(NamedTuple):
    """What one brought, and his share of full time (one where nobody entered any)."""

    value: Decimal
    weight: Decimal


def pareto_of(parts: Sequence[Part]) -> Figure:
    """K56: by full time, the smallest part of the people who together bring four fifths.

    Negative ones count at their value; of nothing there is no share.
    """
    whole = sum((one.value for one in parts), Decimal(0))
    present = sum((one.weight for one in parts), Decimal(0))
    if whole <= 0:
        return unknown(Reason.NO_DATA)
    gathered, enough = Decimal(0), []
    for one in sorted(parts, key=lambda one: -one.value):
        if gathered >= whole * MOST:
            break
        gathered += one.value
        enough.append(one)
    top = sorted((one.value for one in parts), reverse=True)[: ceil(len(parts) * FEW)]
    figure = ratio(sum((one.weight for one in enough), Decimal(0)), present, n=len(parts))
    figure.details.update(
        {"people": len(enough), "top_fifth_percent": sum(top, Decimal(0)) * HUNDRED / whole}
    )
    return figure


def profit_per_client(
    profit: Figure, buyers: int, *, serving: Decimal = Decimal(0), winning: Decimal = Decimal(0)
) -> Figure:
    """K34: (gross profit − service − acquisition) / customers who bought; null without any cost."""
    if not profit.coverage:
        return unknown(Reason.NO_DATA)
    left = (profit.value or Decimal(0)) - serving - winning
    figure = quotient(left, Decimal(buyers), n=buyers)
    return Figure(
        figure.value, buyers, left, Decimal(buyers), profit.coverage, figure.reason,
        {"gross_profit": profit.value},
    )  # fmt: skip


def lifetime_value(profit: Figure, active: int, period: Period, expected: Decimal | None) -> Figure:
    """K52: mean gross profit of an active customer a month × expected months of his life.

    While nobody leaves his life has no bound: null, with what he brings in a year beside it.
    """
    if not profit.coverage or not active:
        return unknown(Reason.NO_DATA)
    monthly = (profit.value or Decimal(0)) / active / (Decimal(period.days) / MONTH_DAYS)
    value = None if expected is None else monthly * expected
    return Figure(
        value, active, monthly, None, profit.coverage,
        Reason.NO_DENOMINATOR if value is None else None,
        {"monthly_profit": monthly, "expected_months": expected,
         "year_profit": monthly * YEAR_MONTHS},
    )  # fmt: skip


def lost_clients(
    buyers: Buyers, profits: Mapping[object, Decimal], period: Period, expected: Decimal | None
) -> Figure:
    """K63: churned in the period / active at its start; lost money by what they brought before.

    `profits`: gross profit of each in the year before the start.
    """
    active = [one for one in buyers if one.was_active(period)]
    gone = [one for one in active if not one.is_active(period)]
    figure = ratio(len(gone), len(active))
    known = [profits[one.customer] for one in gone if one.customer in profits]
    lost = None
    if expected is not None and known:
        lost = sum(known, Decimal(0)) / YEAR_MONTHS * expected
    figure.details.update({"customers": len(gone), "lost_profit": lost})
    return figure


def moves(
    before: Buyers,
    now: Buyers,
    year: Period,
    period: Period,
    until: tuple[Decimal, Decimal] = (UNTIL_A, UNTIL_B),
) -> dict[str, Figure]:
    """K53: from which class customers went to which; each row of the matrix is a whole.

    `year`: the one before the period, at whose end the first classes are told.
    """
    groups = classes(before, year, until).items()
    was = {one.customer: name for name, members in groups for one in members}
    found: dict[tuple[str, str], int] = {}
    rows: dict[str, int] = {}
    for name, members in classes(now, period, until).items():
        for one in members:
            row = was.get(one.customer, "new")
            found[row, name] = found.get((row, name), 0) + 1
            rows[row] = rows.get(row, 0) + 1
    return {f"{row}>{name}": ratio(n, rows[row]) for (row, name), n in sorted(found.items())}


def stayed(table: Mapping[str, Figure]) -> Figure:
    """K53: customers still in their class / customers who had one at the start."""
    known = {key: one for key, one in table.items() if not key.startswith("new>")}
    same = sum(int(one.numerator or 0) for key, one in known.items() if key[0] == key[-1])
    return ratio(same, sum(int(one.numerator or 0) for one in known.values()))


def word_of_mouth(happy: int, unhappy: int, lost: int, *, costs: Decimal | None = None) -> Figure:
    """K59: how many hear something bad, of the unhappy and the lost; good beside it.

    `costs`: what one who hears it costs, chance × conversion × average deal; there is no default
    for the chance, and without it only the reach is told.
    """
    bad = (unhappy + lost) * TELLS_MANY
    return Figure(
        Decimal(bad), happy + unhappy + lost, Decimal(bad),
        coverage=part_of(unhappy, unhappy + lost),
        details={
            "positive_reach": happy * TELLS_FEW,
            "unhappy": unhappy,
            "churned": lost,
            "expected_loss": None if costs is None else bad * costs,
        },
    )  # fmt: skip
