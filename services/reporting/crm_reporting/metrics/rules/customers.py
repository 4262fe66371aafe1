"""Figures of customers: from what each of them bought to counts, shares, classes and lengths.

A customer is a deal's company, else its primary contact; he is active when he bought within the
window before a day, churned when he no longer is, and comes back when he buys again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from math import ceil
from operator import itemgetter
from statistics import median
from typing import NamedTuple
from uuid import UUID

from crm_reporting.metrics.rules.numbers import Figure, Reason, mean, ratio
from crm_reporting.metrics.rules.periods import Period

WINDOW_DAYS = 365
# a shorter call reached nobody: it rang, or was a wrong number
SHORTEST_CALL_S = 15
MOST = Decimal("0.80")
FEW = Decimal("0.20")
MONTH_DAYS = Decimal("30.4375")


class Buyer(NamedTuple):
    """What one customer bought until the period's end."""

    customer: UUID
    first: date
    last: date
    last_before: date | None  # the last time before the period
    days: int  # on how many days he bought
    sales: int
    now: int  # of them in the period
    amount: Decimal  # in the period
    lately: Decimal  # within the window before the period's end
    first_amount: Decimal

    def was_active(self, period: Period) -> bool:
        """Tell whether he was active when the period began."""
        since = period.start - timedelta(days=WINDOW_DAYS)
        return self.last_before is not None and self.last_before >= since

    def is_active(self, period: Period) -> bool:
        """Tell whether he is active at its end."""
        return self.last >= period.end - timedelta(days=WINDOW_DAYS)

    def is_new(self, period: Period) -> bool:
        """Tell whether his first purchase lies in the period."""
        return self.first >= period.start

    @property
    def repeats(self) -> int:
        """How many of his sales of the period are not his first."""
        return self.now - int(self.now == self.sales and self.now > 0)

    @property
    def interval(self) -> Decimal | None:
        """Days between his purchases; of one that bought on one day only there are none."""
        if self.days < 2:  # noqa: PLR2004 - two days make one interval
            return None
        return Decimal((self.last - self.first).days) / (self.days - 1)


Buyers = Sequence[Buyer]


def new_customers(buyers: Buyers, period: Period) -> Figure:
    """K49: customers whose first purchase lies in the period; who came back and who left beside."""
    new = [one for one in buyers if one.is_new(period)]
    back = [one for one in buyers if one.now and not one.is_new(period)]
    back = [one for one in back if not one.was_active(period)]
    lost = _churned(buyers, period)
    return Figure(
        Decimal(len(new)), len(new), Decimal(len(new)),
        details={
            "reactivated": len(back),
            "churned": len(lost),
            "net_growth": len(new) + len(back) - len(lost),
        },
    )  # fmt: skip


def active_customers(buyers: Buyers, period: Period) -> Figure:
    """G14: customers who bought within the window before the period's end."""
    active = sum(one.is_active(period) for one in buyers)
    return Figure(Decimal(active), active, Decimal(active), details={"ever": len(buyers)})


def retention(buyers: Buyers, period: Period) -> Figure:
    """K50: active at the start and at the end / active at the start; churn is the rest."""
    figure = ratio(_kept(buyers, period), _active_before(buyers, period))
    figure.details["churned"] = len(_churned(buyers, period))
    # still active, but only because the window since their last purchase is not over
    figure.details["undetermined"] = sum(
        one.was_active(period) and one.is_active(period) and not one.now for one in buyers
    )
    return figure


def repeat_sales(buyers: Buyers, period: Period) -> Figure:
    """K31: sales of the period to customers who had bought before, also in the period itself."""
    repeats = sum(one.repeats for one in buyers)
    return Figure(
        Decimal(repeats), repeats, Decimal(repeats), details={"amount": _repeated(buyers)}
    )


def repeat_share(variant: str | None) -> Callable[[Buyers, Period], Figure]:
    """K51: repeat sales by orders, by customers who ever bought twice, or by revenue."""

    def figure(buyers: Buyers, period: Period) -> Figure:
        here = [one for one in buyers if one.now]
        if variant == "customers":
            return ratio(sum(one.sales > 1 for one in here), len(here))
        sales = sum(one.now for one in here)
        if variant == "revenue":
            whole = sum((one.amount for one in here), Decimal(0))
            return ratio(_repeated(here), whole, n=sales)
        return ratio(sum(one.repeats for one in here), sales)

    return figure


def income_per_customer(buyers: Buyers, period: Period) -> Figure:
    """K31: what was sold in the period / customers who bought in it."""
    here = [one for one in buyers if one.now]
    return mean(sum((one.amount for one in here), Decimal(0)), len(here))


def purchase_interval(buyers: Buyers, period: Period) -> Figure:
    """K15: mean days between the purchases of customers who bought on two days or more."""
    known = [one.interval for one in buyers if one.interval is not None]
    figure = mean(sum(known, Decimal(0)), len(known))
    figure.details.update(
        {"median": median(known) if known else None, "bought_once": len(buyers) - len(known)}
    )
    return figure


def customer_life(buyers: Buyers, period: Period) -> Figure:
    """K52: mean months from first to last purchase of customers who left; expected beside it.

    Expected is one by the part that left in the period, in months; while nobody leaves it has no
    bound.
    """
    gone = [one for one in buyers if not one.is_active(period)]
    days = sum(((one.last - one.first).days for one in gone), 0)
    figure = mean(Decimal(days) / MONTH_DAYS, len(gone))
    lost, were = len(_churned(buyers, period)), _active_before(buyers, period)
    months = Decimal(period.days) / MONTH_DAYS
    survived, is_bound = survival(buyers, period)
    figure.details.update(
        {
            "expected_months": months * were / lost if lost else None,
            "survival_months": survived,
            "is_lower_bound": int(is_bound),
        }
    )
    return figure


def survival(buyers: Buyers, period: Period) -> tuple[Decimal | None, bool]:
    """K52: mean months of a customer's life by Kaplan and Meier; who is active is not over yet.

    The area below the curve up to the longest life seen. While the longest goes on that is a lower
    bound, which the second value tells.
    """
    lives = sorted(
        ((one.last - one.first).days, True) if not one.is_active(period)
        else ((period.end - one.first).days, False)
        for one in buyers
    )  # fmt: skip
    if not lives:
        return None, False
    alive, area, before, left = Decimal(1), Decimal(0), 0, len(lives)
    for days, alike in groupby(lives, key=itemgetter(0)):
        ends = [is_over for _, is_over in alike]
        area += alive * (days - before)
        alive *= 1 - Decimal(sum(ends)) / left
        left -= len(ends)
        before = days
    return area / MONTH_DAYS, alive > 0


def best_customers(buyers: Buyers) -> list[Buyer]:
    """Return the fewest customers who together bring four fifths of what the period brought."""
    here = sorted((one for one in buyers if one.now), key=lambda one: (-one.amount, one.first))
    whole = sum((one.amount for one in here), Decimal(0))
    gathered, found = Decimal(0), []
    for one in here:
        if gathered >= whole * MOST:
            break
        gathered += one.amount
        found.append(one)
    return found


def pareto(buyers: Buyers, period: Period) -> Figure:
    """K55: the share of customers that together bring four fifths of the period's revenue."""
    amounts = sorted((one.amount for one in buyers if one.now), reverse=True)
    whole = sum(amounts, Decimal(0))
    if whole <= 0:
        return Figure(None, len(amounts), reason=Reason.NO_DATA)
    top = sum(amounts[: ceil(len(amounts) * FEW)], Decimal(0))
    enough = len(best_customers(buyers))
    figure = ratio(enough, len(amounts))
    figure.details.update({"customers": enough, "top_fifth_percent": top * 100 / whole})
    return figure


def _active_before(buyers: Buyers, period: Period) -> int:
    return sum(one.was_active(period) for one in buyers)


def _kept(buyers: Buyers, period: Period) -> int:
    return sum(one.was_active(period) and one.is_active(period) for one in buyers)


def _churned(buyers: Buyers, period: Period) -> list[Buyer]:
    return [one for one in buyers if one.was_active(period) and not one.is_active(period)]


def _repeated(buyers: Buyers) -> Decimal:
    """What repeat sales of the period brought: all but the first sale, if it lies there."""
    return sum(
        (
            one.amount - (one.first_amount if one.now == one.sales else 0)
            for one in buyers
            if one.now
        ),
        Decimal(0),
    )


FIGURES: Mapping[str, Callable[[Buyers, Period], Figure]] = {
    "new_customers": new_customers,
    "active_customers": active_customers,
    "retention": retention,
    "repeat_sales": repeat_sales,
    "income_per_customer": income_per_customer,
    "purchase_interval": purchase_interval,
    "customer_life": customer_life,
}
