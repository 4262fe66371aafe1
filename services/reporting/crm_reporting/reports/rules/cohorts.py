"""The table of cohorts: who bought first in a month, and who again in the months after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from crm_reporting.metrics.rules.numbers import HUNDRED
from crm_reporting.metrics.rules.periods import MONTHS, months_on
from crm_reporting.reports.rules.tables import Cell

SIZE = "customers"
# a year of months after the first purchase
AFTER = range(1, MONTHS + 1)


class Bought(NamedTuple):
    """How many customers of one month of first purchase bought in a month, that one or a later."""

    first: date
    month: date
    customers: int


@dataclass(slots=True)
class Cohort:
    """The customers whose first purchase lies in one month."""

    month: date
    size: int = 0
    again: dict[int, int] = field(default_factory=dict)

    def is_over(self, after: int, today: date) -> bool:
        """Tell whether a month after the first purchase has ended: until then it may still grow."""
        return months_on(self.month, after + 1) <= today


def name_of(after: int) -> str:
    """Return the column of a month after the first purchase."""
    return f"month_{after}"


def cohorts_of(told: Iterable[Bought], last: date) -> list[Cohort]:
    """Return every month from the first that has buyers to the last, also those without."""
    found: dict[date, Cohort] = {}
    for one in sorted(told):
        cohort = found.setdefault(one.first, Cohort(one.first))
        after = _months_between(one.first, one.month)
        if after:
            cohort.again[after] = one.customers
        else:
            cohort.size = one.customers
    if not found:
        return []
    month, all_months = min(found), []
    while month <= last:
        all_months.append(found.get(month, Cohort(month)))
        month = months_on(month, 1)
    return all_months


def cells_of(cohorts: Iterable[Cohort], today: date) -> Mapping[str, Cell]:
    """Return size and shares of one cohort, or of several: of those alone whose month is over."""
    known = list(cohorts)
    cells = {SIZE: Cell(str(sum(one.size for one in known)))}
    for after in AFTER:
        over = [one for one in known if one.is_over(after, today)]
        size = sum(one.size for one in over)
        again = sum(one.again.get(after, 0) for one in over)
        if not over:
            cells[name_of(after)] = Cell(None, "not_over")
        elif not size:
            cells[name_of(after)] = Cell(None, "no_denominator")
        else:
            cells[name_of(after)] = Cell(f"{Decimal(again) * HUNDRED / size:.2f}")
    return cells


def _months_between(first: date, later: date) -> int:
    return (later.year - first.year) * MONTHS + later.month - first.month
