"""E20: month by month what the CRM brought and cost, and the sentence that says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from crm_reporting.effect.rules.crediting import Effect
from crm_reporting.effect.rules.exact import NOUGHT, half_up
from crm_reporting.effect.rules.flows import Payback, actual
from crm_reporting.effect.rules.investing import Item
from crm_reporting.inputs.rules.spreading import Span, months_in, months_of
from crm_shared.money import DIGITS


@dataclass(frozen=True, slots=True)
class Spending:
    """One line of the investment and the days it goes on; at once on its first day."""

    item: Item
    over: Span
    money: Fraction


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


def balance(
    effects: Sequence[tuple[Span, Effect]],
    spending: Sequence[Spending],
    *,
    planned: Fraction | None = None,
) -> Balance:
    """Add up months: effects count by their part of a month, costs on the days they fall on."""
    lines: list[MonthLine] = []
    brought = realised = cost = assumed = plan = NOUGHT
    for month, effect in effects:
        part = months_in(month, month)
        now, sure = effect.total.mid * part, effect.realised.mid * part
        spent = sum((spent_in(one, month) for one in spending), NOUGHT)
        brought, realised, cost = brought + now, realised + sure, cost + spent
        assumed += sum((one.assumed for one in effect.parts), NOUGHT) * part
        plan += (planned or NOUGHT) * part
        lines.append(
            MonthLine(
                month, now, sure, spent, brought, realised, cost,
                None if planned is None else plan,
            )
        )  # fmt: skip
    found = actual([line.cost for line in lines], [line.realised for line in lines])
    hoped = [(planned or NOUGHT) * months_in(line.month, line.month) for line in lines]
    return Balance(
        lines=lines,
        payback=found,
        payback_day=found.day(lines[0].month.first) if lines else None,
        planned_payback=(
            Payback(None, "no_plan")
            if planned is None
            else actual([line.cost for line in lines], hoped)
        ),
        brought=brought,
        cost=cost,
        assumed=assumed,
    )


def spent_in(spending: Spending, month: Span) -> Fraction:
    """Return what of a line falls on a month: monthly ones by days, others on their first day."""
    if spending.item.is_monthly:
        return spending.money * months_in(spending.over, month)
    return spending.money if month.first <= spending.over.first <= month.last else NOUGHT


def months_since(start: date, last: date) -> list[Span]:
    """Return the months since a start, the last one as far as it has come."""
    return months_of(Span(start, last)) if start <= last else []


SENTENCES: Mapping[str, tuple[str, str, str]] = {
    "en": (
        "Since {start} the CRM brought {brought}, cost {cost}, paid back on {day}; "
        "of {brought}, {assumed} is assumed.",
        "Since {start} the CRM brought {brought}, cost {cost}, has not paid back yet; "
        "of {brought}, {assumed} is assumed.",
        "Since {start} the CRM cost {cost}; what it brought cannot be told: {reason}.",
    ),
    "uk": (
        "З {start} CRM принесла {brought}, коштувала {cost}, окупилася {day}; "
        "з {brought} припущено {assumed}.",
        "З {start} CRM принесла {brought}, коштувала {cost}, ще не окупилася; "
        "з {brought} припущено {assumed}.",
        "З {start} CRM коштувала {cost}; що вона принесла, сказати не можна: {reason}.",
    ),
    "ru": (
        "С {start} CRM принесла {brought}, стоила {cost}, окупилась {day}; "
        "из {brought} предположено {assumed}.",
        "С {start} CRM принесла {brought}, стоила {cost}, ещё не окупилась; "
        "из {brought} предположено {assumed}.",
        "С {start} CRM стоила {cost}; что она принесла, сказать нельзя: {reason}.",
    ),
}
NO_WORD = {
    "en": "no component is measured and credited",
    "uk": "жодної складової не виміряно й не зараховано",
    "ru": "ни одна составляющая не измерена и не засчитана",
}


def sentence(found: Balance, language: str, *, start: date, currency: str, told: bool) -> str:
    """Return the answer in one sentence; `told` tells whether any component is known at all."""
    back, not_yet, nothing = SENTENCES[language]
    text = nothing if not told else back if found.payback_day else not_yet
    return text.format(
        start=_date(start, language),
        day=_date(found.payback_day, language) if found.payback_day else "",
        brought=_money(found.brought, currency),
        cost=_money(found.cost, currency),
        assumed=_money(found.assumed, currency),
        reason=NO_WORD[language],
    )


def _money(value: Fraction, currency: str) -> str:
    text = f"{half_up(value, DIGITS.get(currency, 2)):,f}".replace(",", "\u00a0")
    return f"{text}\u00a0{currency}"


def _date(day: date, language: str) -> str:
    return day.isoformat() if language == "en" else day.strftime("%d.%m.%Y")
