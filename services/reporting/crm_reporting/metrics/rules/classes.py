"""ABC groups of customers: K14, K15, K16. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from crm_reporting.metrics.rules.customers import Buyer, Buyers, purchase_interval
from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, part_of
from crm_reporting.metrics.rules.periods import Period

# Customers in order of what they brought: until this percent of the whole they are A, then B.
UNTIL_A, UNTIL_B = Decimal(80), Decimal(95)
UNKNOWN = "unknown"


def classes(
    buyers: Buyers, period: Period, until: tuple[Decimal, Decimal] = (UNTIL_A, UNTIL_B)
) -> Mapping[str, list[Buyer]]:
    """K14: A, B and C by what customers brought within the window, N for those without purchases.

    The share before a customer decides, held against two percents; ties go by the earlier first
    purchase, then by id. Whoever bought for nothing, or for less, is C.
    """
    until_a, until_b = until
    found: dict[str, list[Buyer]] = {"A": [], "B": [], "C": [], "N": []}
    known = sorted(buyers, key=lambda one: (-one.lately, one.first, str(one.customer)))
    whole = sum((one.lately for one in known if one.lately > 0), Decimal(0))
    before = Decimal(0)
    for one in known:
        share = before * HUNDRED / whole if whole else HUNDRED
        if not one.is_active(period):
            found["N"].append(one)
        elif one.lately <= 0:
            found["C"].append(one)
        else:
            found["A" if share < until_a else "B" if share < until_b else "C"].append(one)
        before += max(one.lately, Decimal(0))
    return found


def by_profit(
    buyers: Buyers, profited: Buyers, period: Period, until: tuple[Decimal, Decimal]
) -> Mapping[str, list[Buyer]]:
    """K14 by gross profit; of whom bought within the window at unknown costs nobody knows."""
    brought = {one.customer: one.lately for one in profited if one.is_active(period)}
    kept = {one.customer: one for one in buyers}
    known = [kept[who]._replace(lately=profit) for who, profit in brought.items() if who in kept]
    groups = classes(known, period, until).items()
    found = {name: [kept[one.customer] for one in group] for name, group in groups}
    rest = [one for who, one in kept.items() if who not in brought]
    found["N"] += [one for one in rest if not one.is_active(period)]
    return {**found, UNKNOWN: [one for one in rest if one.is_active(period)]}


def class_figure(members: Buyers, whole: Buyers, period: Period) -> Figure:
    """K14, K15, K16: how many a class has, what they brought, average check, periodicity."""
    here = [one for one in members if one.now]
    sales = sum(one.now for one in here)
    amount = sum((one.amount for one in here), Decimal(0))
    figure = purchase_interval(members, period)
    return Figure(
        Decimal(len(members)), len(members), Decimal(len(members)),
        coverage=part_of(len(members), len(whole)),
        details={
            "amount": sum((one.lately for one in members), Decimal(0)),
            "average_amount": amount / sales if sales else None,
            "interval_days": figure.value,
        },
    )  # fmt: skip
