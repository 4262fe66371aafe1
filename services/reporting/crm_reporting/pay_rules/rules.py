"""By which figures pay may follow, and which months are over. Pure."""

from collections.abc import Iterable
from datetime import date, datetime

from crm_reporting.contributions.rules.values import STAYS
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.pay_rules.models import PayRule

PAID_BY = frozenset({Unit.MONEY, Unit.COUNT})


def is_payable(metric: str) -> bool:
    """Tell whether a figure adds up over people and time, so that a part of it can be paid."""
    entry = CATALOGUE.get(metric)
    if entry is None:
        return False
    usual = next(iter(entry.measures.values()))
    is_stock = bool(usual.parts) and STAYS.issuperset(usual.parts)
    adds_up = entry.additive and entry.unit in PAID_BY and not is_stock
    return adds_up and Dimension.OWNER in usual.dimensions and not usual.reads


def is_money(metric: str) -> bool:
    """Tell whether a rate is a percent of the figure, and no sum for one of it."""
    return CATALOGUE[metric].unit is Unit.MONEY


def has_closed_months(starts_on: date, today: date) -> bool:
    """Tell whether a rule that begins then was already the rule of a month that is over."""
    return starts_on < today.replace(day=1)


def in_force(rules: Iterable[PayRule], at: datetime | None) -> list[PayRule]:
    """Return the rules that were entered by an instant and not yet taken back; without one, now."""
    if at is None:
        return [rule for rule in rules if rule.deleted_at is None]
    return [
        rule
        for rule in rules
        if rule.created_at <= at and (rule.deleted_at is None or rule.deleted_at > at)
    ]
