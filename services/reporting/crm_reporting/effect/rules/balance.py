"""E20: month by month what the CRM brought and cost, and the sentence that says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from crm_reporting.effect.rules.crediting import Effect
from crm_reporting.effect.rules.exact import NOUGHT, half_up
from crm_reporting.effect.rules.flows import Payback
from crm_reporting.effect.rules.returning import Piece, Spending, costs_in, returned
from crm_reporting.inputs.rules.spreading import Span, months_in, months_of
from crm_reporting.metrics.rules.writing import day, money
from crm_shared.money import DIGITS


@dataclass(frozen=True, slots=True)
class Untold:
    """Costs that were entered and cannot be added: lines without a rate, hours without a price."""

    lines: Mapping[str, int] = field(default_factory=dict)
    hours: Fraction = NOUGHT

    def __bool__(self) -> bool:
        return bool(self.lines) or bool(self.hours)


NOTHING_UNTOLD = Untold()
INCOMPLETE = Payback(None, "cost_incomplete")


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month since the start: credited effect, the realised part, cost, and their sums so far."""

    month: Span
    brought: Fraction
    realised: Fraction
    cost: Fraction
    total_brought: Fraction
    total_realised: Fraction
    total_cost: Fraction
    planned: Fraction | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Since the start: every month, when it paid back, and how much of it is assumed."""

    lines: list[MonthLine]
    payback: Payback
    payback_day: date | None
    planned_payback: Payback
    brought: Fraction
    cost: Fraction
    assumed: Fraction
    untold: Untold


def balance(
    effects: Sequence[tuple[Span, Effect]],
    spending: Sequence[Spending],
    *,
    planned: Fraction | None = None,
    untold: Untold = NOTHING_UNTOLD,
) -> Balance:
    """Add up months: effects count by their part of a month, costs on the days they fall on.

    What was paid before the start (a licence, the training) is a cost of the first month. A month
    below nought lessens the sum, not the doubt: more than all of it is never assumed.
    """
    lines, pieces = list[MonthLine](), list[Piece]()
    brought = realised = cost = assumed = plan = NOUGHT
    for month, effect in effects:
        part = months_in(month, month)
        now, sure = effect.total.mid * part, effect.realised.mid * part
        costs = costs_in(spending, month, is_first=not lines)
        brought, realised, cost = brought + now, realised + sure, cost + costs.whole
        assumed += sum((abs(one.assumed) for one in effect.parts), NOUGHT) * part
        plan += (planned or NOUGHT) * part
        pieces.append(Piece(month, sure, costs))
        lines.append(
            MonthLine(
                month, now, sure, costs.whole, brought, realised, cost,
                None if planned is None else plan,
            )
        )  # fmt: skip
    found, day = returned(pieces)
    hoped, _day = returned(
        [Piece(p.days, (planned or NOUGHT) * months_in(p.days, p.days), p.costs) for p in pieces]
    )
    if untold:
        # of a part of the costs nobody can say when the whole has come back
        found, hoped, day = INCOMPLETE, INCOMPLETE, None
    return Balance(
        lines=lines,
        payback=found,
        payback_day=day,
        planned_payback=Payback(None, "no_plan") if planned is None else hoped,
        brought=brought,
        cost=cost,
        assumed=min(assumed, abs(brought)),
        untold=untold,
    )


def months_since(start: date, last: date) -> list[Span]:
    """Return the months since a start, the last one as far as it has come."""
    return months_of(Span(start, last)) if start <= last else []


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "whole": "Since {start} the CRM brought {brought}, {cost}; of {brought}, {assumed} is "
        "assumed.",
        "nothing": "Since {start} the CRM {cost}; what it brought cannot be told: no component is "
        "measured and credited.",
        "cost": "cost {cost}",
        "part": "cost {cost} at least, for not all of it could be added up",
        "no_cost": "what it cost is not entered",
        "nothing_entered": "was used, and what it cost is not entered",
        "back": ", paid back on {day}",
        "not_yet": ", has not paid back yet",
    },
    "uk": {
        "whole": "З {start} CRM принесла {brought}, {cost}; з {brought} припущено {assumed}.",
        "nothing": "З {start} CRM {cost}; що вона принесла, сказати не можна: жодної складової не "
        "виміряно й не зараховано.",
        "cost": "коштувала {cost}",
        "part": "коштувала щонайменше {cost}, бо не все вдалося додати",
        "no_cost": "скільки вона коштувала, не внесено",
        "nothing_entered": "працює, а скільки вона коштувала, не внесено",
        "back": ", окупилася {day}",
        "not_yet": ", ще не окупилася",
    },
    "ru": {
        "whole": "С {start} CRM принесла {brought}, {cost}; из {brought} предположено {assumed}.",
        "nothing": "С {start} CRM {cost}; что она принесла, сказать нельзя: ни одна составляющая "
        "не измерена и не засчитана.",
        "cost": "стоила {cost}",
        "part": "стоила не меньше {cost}, ведь не всё удалось сложить",
        "no_cost": "сколько она стоила, не внесено",
        "nothing_entered": "работает, а сколько она стоила, не внесено",
        "back": ", окупилась {day}",
        "not_yet": ", ещё не окупилась",
    },
}


def sentence(found: Balance, language: str, *, start: date, currency: str, told: bool) -> str:
    """Return the answer in one sentence; `told` tells whether any component is known at all."""
    words = WORDS[language]
    cost = words[_cost_is(found, told=told)]
    if told and found.payback_day:
        cost += words["back"]
    elif told and found.payback.reason == "not_yet":
        cost += words["not_yet"]
    return words["whole" if told else "nothing"].format(
        start=day(start, language),
        cost=cost.format(
            cost=_money(found.cost, currency, language),
            day=day(found.payback_day, language) if found.payback_day else "",
        ),
        brought=_money(found.brought, currency, language),
        assumed=_money(found.assumed, currency, language),
    )


def _cost_is(found: Balance, *, told: bool) -> str:
    if found.untold:
        return "part"
    if found.payback.reason == "no_cost":
        return "no_cost" if told else "nothing_entered"
    return "cost"


def _money(value: Fraction, currency: str, language: str) -> str:
    return money(f"{half_up(value, DIGITS.get(currency, 2)):f}", currency, language)
