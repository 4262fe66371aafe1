"""E1, E2: sales under a scenario, from leads over deals to money."""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules.exact import HUNDRED, NOUGHT, ONE, Maybe, half_up, percent_of, whole

FACTORS = ("leads", "lead_conversion", "deal_conversion", "average_order")
RATES = frozenset({"lead_conversion", "deal_conversion"})


class Mode(StrEnum):
    """`exact` carries fractions of deals; `whole_deals` rounds them once, where money starts."""

    EXACT = "exact"
    WHOLE_DEALS = "whole_deals"


class Kind(StrEnum):
    """How a change is meant: percent of the old value, points on top of it, or the new value."""

    RELATIVE = "relative"
    POINTS = "points"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Typed:
    """A rate as somebody wrote it, with as many digits as he wrote."""

    value: Fraction
    digits: int


@dataclass(frozen=True, slots=True)
class Situation:
    """A month before: four levels, and the rates between them if somebody typed them as well."""

    leads: Fraction
    potential: Fraction
    completed: Fraction
    sales: Fraction
    lead_conversion: Typed | None = None
    deal_conversion: Typed | None = None
    average_order: Typed | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one factor; rates are in percent."""

    value: Fraction = NOUGHT
    kind: Kind = Kind.RELATIVE


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the four factors; a fall is as good a change as a rise."""

    leads: Change = Change()
    lead_conversion: Change = Change()
    deal_conversion: Change = Change()
    average_order: Change = Change()

    def but(self, factor: str, change: Change) -> "Changes":
        """Return the same changes with another one of a factor."""
        return replace(self, **{factor: change})


@dataclass(frozen=True, slots=True)
class Factors:
    """The four factors of sales; rates as parts of one. None where nothing tells one."""

    leads: Fraction | None
    lead_conversion: Fraction | None
    deal_conversion: Fraction | None
    average_order: Fraction | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every step on the way to the new sales, the old and the new factors."""

    mode: Mode
    before: Factors
    after: Factors
    sales_before: Fraction
    leads: Fraction | None
    potential_by_leads: Fraction | None
    potential: Fraction | None
    completed_by_potential: Fraction | None
    completed: Fraction | None
    sales_at_old_average: Fraction | None
    sales: Fraction | None
    starts_at: str | None
    warnings: tuple[str, ...]

    @property
    def growth(self) -> Fraction | None:
        """E2: what is sold more than before; None when the sales are not known."""
        return None if self.sales is None else self.sales - self.sales_before

    @property
    def growth_percent(self) -> Maybe:
        """E2: the same in percent of what was sold before; nothing when that was nothing."""
        if self.growth is None:
            return Maybe(None, "no_data")
        return percent_of(self.growth, self.sales_before)


def forecast(situation: Situation, changes: Changes, mode: Mode = Mode.EXACT) -> Forecast:
    """Return the sales under the changes; the chain starts behind the last level that is nought."""
    check(situation)
    before = factors_of(situation)
    after, warnings = _changed(before, changes)
    leads, potential = after.leads, situation.potential
    by_leads = _times(leads, before.lead_conversion)
    if by_leads is None:
        by_leads = potential or None
    potential_after = _times(leads, after.lead_conversion)
    if potential_after is None:
        potential_after = by_leads
    by_potential = _times(potential_after, before.deal_conversion)
    completed = _times(potential_after, after.deal_conversion)
    if completed is None:
        by_potential = completed = situation.completed or None
    paid = completed if completed is None or mode is Mode.EXACT else whole(completed)
    sales = _times(paid, after.average_order)
    return Forecast(
        mode=mode, before=before, after=after, sales_before=situation.sales,
        leads=leads, potential_by_leads=by_leads, potential=potential_after,
        completed_by_potential=by_potential, completed=completed,
        sales_at_old_average=_times(paid, before.average_order), sales=sales,
        starts_at=_start(situation),
        warnings=(*warnings, *_unused(changes, after, potential_after, completed)),
    )  # fmt: skip


def _unused(
    changes: Changes, after: Factors, potential: Fraction | None, completed: Fraction | None
) -> tuple[str, ...]:
    """Name the targets that lead to nothing: the chain starts behind them, or never comes there."""
    needed = {
        "leads": after.lead_conversion, "lead_conversion": after.leads,
        "deal_conversion": potential, "average_order": completed,
    }  # fmt: skip
    return tuple(
        f"{name}: ignored, the chain does not come by it"
        for name in FACTORS
        if getattr(changes, name).kind is Kind.TARGET and needed[name] is None
    )


def factors_of(situation: Situation) -> Factors:
    """Return the factors of a month: flow ratios, and money per completed deal."""
    return Factors(
        situation.leads or None,
        _over(situation.potential, situation.leads),
        _over(situation.completed, situation.potential),
        _over(situation.sales, situation.completed),
    )


def check(situation: Situation) -> None:
    """Refuse a typed rate that the levels contradict; the computed one rounds to a right one."""
    computed = factors_of(situation)
    for name in FACTORS[1:]:
        typed: Typed | None = getattr(situation, name)
        known: Fraction | None = getattr(computed, name)
        if typed is None or known is None:
            continue
        told = known * HUNDRED if name in RATES else known
        if half_up(told, typed.digits) != half_up(typed.value, typed.digits):
            off = half_up(typed.value - told, max(typed.digits, 2))
            raise EffectInputError(
                f"/situation/{name}",
                "inconsistent",
                f"The levels make {half_up(told, max(typed.digits, 2))}: it differs by {off}.",
            )


def _changed(before: Factors, changes: Changes) -> tuple[Factors, tuple[str, ...]]:
    found: dict[str, Fraction | None] = {}
    warnings = []
    for name in FACTORS:
        change: Change = getattr(changes, name)
        old: Fraction | None = getattr(before, name)
        new = _apply(name, change, old)
        if new is None and change.value:
            warnings.append(f"{name}: ignored, there is nothing to change")
        # deals without a lead can make more than 100 %: what was so before is no forecast's fault
        top = max(ONE, old or ONE)
        if name in RATES and new is not None and new > top:
            warnings.append(f"{name}: capped at 100 %")
            new = top
        found[name] = new
    return Factors(**found), tuple(warnings)


def _apply(name: str, change: Change, old: Fraction | None) -> Fraction | None:
    scale = HUNDRED if name in RATES else ONE
    if change.kind is Kind.TARGET:
        new: Fraction | None = change.value / scale
    elif old is None:
        return None
    elif change.kind is Kind.POINTS:
        new = old + change.value / scale
    else:
        new = old * (1 + change.value / HUNDRED)
    if new is not None and new < 0:
        raise EffectInputError(f"/changes/{name}", "below-nought", "It would fall below nought.")
    return new


def _start(situation: Situation) -> str | None:
    start = 0
    names = ("leads", "potential", "completed")
    for place, name in enumerate(names):
        if not getattr(situation, name):
            start = place + 1
    return names[start] if start < len(names) else None


def _over(top: Fraction, bottom: Fraction) -> Fraction | None:
    return top / bottom if bottom else None


def _times(level: Fraction | None, factor: Fraction | None) -> Fraction | None:
    return None if level is None or factor is None else level * factor
