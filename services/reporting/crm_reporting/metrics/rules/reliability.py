"""K32, K65: when a customer is unreliable, and what his attitude is made of."""

from collections.abc import Mapping
from decimal import Decimal

from crm_reporting.metrics.rules.numbers import Figure, Reason, mean, ratio, unknown

# K32: so many invoices so many days late within a year make a customer unreliable
LATE_INVOICES, LATE_DAYS = 2, 30
# K65: what is not known of a customer is left out of his mean, and its weight with it
WEIGHTS: Mapping[str, int] = {"answers": 50, "complaints": 20, "appeals": 15, "payments": 15}
COMPLAINT_COSTS = 25


def unreliable(known: int, found: int, *, late: int, breached: int) -> Figure:
    """K32: unreliable customers / customers of whom payments or claims are known."""
    figure = ratio(found, known)
    figure.details.update({"late_payers": late, "breached": breached, "customers": found})
    return figure


def attitude(customers: int, total: Decimal | None, low: int) -> Figure:
    """K65: the mean score; without any sign of a customer there is none, and no neutral one."""
    if not customers or total is None:
        return unknown(Reason.NO_DATA)
    figure = mean(total, customers)
    figure.details["below_half"] = low
    return figure
