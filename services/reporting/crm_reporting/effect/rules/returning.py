"""E20: on which day what was put into the CRM had come back, for good."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from crm_reporting.effect.rules.exact import NOUGHT
from crm_reporting.effect.rules.flows import Payback
from crm_reporting.effect.rules.investing import Item
from crm_reporting.inputs.rules.spreading import FIRST_DAY, Span, months_in

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spending:
    """One line of the investment and the days it goes on; at once on its first day."""

    item: Item
    over: Span
    money: Fraction


@dataclass(frozen=True, slots=True)
class Costs:
    """What a time costs: evenly over its days, and at once on some of them."""

    running: Fraction
    at_once: Mapping[date, Fraction]

    @property
    def whole(self) -> Fraction:
        return self.running + sum(self.at_once.values(), NOUGHT)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some days, what they bring evenly, and what they cost."""

    days: Span
    brought: Fraction
    costs: Costs


def costs_in(spending: Iterable[Spending], month: Span, *, is_first: bool) -> Costs:
    """Return what of the lines falls on a month; the first one bears all that was paid before."""
    running, at_once = NOUGHT, dict[date, Fraction]()
    for one in spending:
        if one.item.is_monthly:
            running += one.money * months_in(one.over, month)
            before = months_in(one.over, Span(FIRST_DAY, month.first - A_DAY))
        elif month.first <= one.over.first <= month.last:
            at_once[one.over.first] = at_once.get(one.over.first, NOUGHT) + one.money
            continue
        else:
            before = Fraction(one.over.first < month.first)
        if is_first and before:
            at_once[month.first] = at_once.get(month.first, NOUGHT) + one.money * before
    return Costs(running, at_once)


def returned(pieces: Sequence[Piece]) -> tuple[Payback, date | None]:
    """Return months until, and the last of the days before which the running sum was below nought.

    Whoever puts more in later has to earn that back as well: then the day is a later one, or not
    there yet.
    """
    if not any(piece.costs.whole for piece in pieces):
        return Payback(None, "no_cost"), None
    balance, back, begun = NOUGHT, None, False
    for piece in pieces:
        daily = (piece.brought - piece.costs.running) / piece.days.days
        for number in range(piece.days.days):
            day = piece.days.first + number * A_DAY
            spent = piece.costs.at_once.get(day, NOUGHT)
            balance += daily - spent
            begun = begun or bool(spent or piece.costs.running)
            if balance < 0 or not begun:
                back = None
            elif back is None:
                back = day
    if back is None:
        return Payback(None, "not_yet"), None
    until = Span(pieces[0].days.first, back)
    return Payback(months_in(until, until)), back
