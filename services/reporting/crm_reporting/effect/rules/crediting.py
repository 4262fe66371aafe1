"""E16: how much of each component is credited to the CRM, and what would be counted twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules.components import Component
from crm_reporting.effect.rules.exact import NOUGHT, ONE

KeyT = TypeVar("KeyT")
# pairs that stand on the same facts, and what keeps them apart
OVERLAPS = {
    ("E10", "E14"): "E10 at the pay of before, E14 on the remaining heads",
    ("E11", "E12"): "a lost deal counts in E11, not in E12",
    ("E11", "E13"): "a client kept may buy again: E13 counts profit per active client",
    ("E12", "E13"): "a call that got through may be a repeat sale",
    ("E10", "E19"): "time saved is potential, and only what E10 does not count",
}


@dataclass(frozen=True, slots=True)
class Weight:
    """The share credited to the CRM and how sure one is of it, both parts of one; and why."""

    share: Fraction
    confidence: Fraction
    argument: str


@dataclass(frozen=True, slots=True)
class Range:
    """Low, mid and high: share × confidence of it, and as far below and above as one doubts."""

    low: Fraction
    mid: Fraction
    high: Fraction

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.mid + other.mid, self.high + other.high)


NOTHING = Range(NOUGHT, NOUGHT, NOUGHT)


@dataclass(frozen=True, slots=True)
class Credited:
    """A component with its weight; both ranges are nothing when the component is null."""

    component: Component
    weight: Weight
    total: Range
    realised: Range

    @property
    def sure(self) -> Fraction:
        """What is left when every doubt is right: realised, measured, at the end next to nought."""
        if self.component.is_estimate:
            return NOUGHT
        return min(self.realised.low, self.realised.high, key=abs)

    @property
    def assumed(self) -> Fraction:
        """What is credited without being sure: potential, sampled, or doubted."""
        return self.total.mid - self.sure


@dataclass(frozen=True, slots=True)
class Effect:
    """E16, E20: the credited whole of a month, and the part of it that is money already."""

    parts: list[Credited]
    total: Range
    realised: Range
    overlaps: list[tuple[str, str, str]]
    warnings: list[str]

    @property
    def assumed_share(self) -> Fraction | None:
        """Which part of the total is potential, sampled or doubted, not sure money."""
        whole = sum((abs(part.total.mid) for part in self.parts), NOUGHT)
        if not whole:
            return None
        return sum((abs(part.assumed) for part in self.parts), NOUGHT) / whole


def credit(
    components: Sequence[Component],
    weights: Mapping[str, Weight],
    *,
    growth: Fraction | None = None,
) -> Effect:
    """Weigh components; no weight without an argument, a warning above ΔV of K1 (`growth`)."""
    parts = [_credited(each, weights) for each in components]
    total = _sum(part.total for part in parts)
    warnings = []
    if growth is not None and total.mid > growth:
        warnings.append("above_growth")
    present = {part.component.id for part in parts if part.component.value}
    return Effect(
        parts=parts,
        total=total,
        realised=_sum(part.realised for part in parts),
        overlaps=[
            (one, other, rule) for (one, other), rule in OVERLAPS.items() if {one, other} <= present
        ],
        warnings=warnings,
    )


def apart(missed: set[KeyT], unreached: set[KeyT]) -> tuple[set[KeyT], set[KeyT]]:
    """Return the deals of E11 and those of E12: lost once, counted once, in E11."""
    return missed, unreached - missed


def _credited(component: Component, weights: Mapping[str, Weight]) -> Credited:
    weight = weights.get(component.id)
    if weight is None or not weight.argument.strip():
        raise EffectInputError(
            f"/weights/{component.id}", "argument-missing", "A weight needs its argument."
        )
    for name, value in (("share", weight.share), ("confidence", weight.confidence)):
        if not 0 <= value <= 1:
            pointer = f"/weights/{component.id}/{name}"
            raise EffectInputError(pointer, "out-of-range", "Must lie between 0 and 1.")
    value = component.value or NOUGHT
    return Credited(component, weight, _range(value, weight), _range(component.realised, weight))


def _range(value: Fraction, weight: Weight) -> Range:
    mid = weight.share * weight.confidence
    doubt = weight.share * (ONE - weight.confidence)
    ends = sorted((value * max(NOUGHT, mid - doubt), value * (mid + doubt)))
    return Range(ends[0], value * mid, ends[1])


def _sum(ranges: Iterable[Range]) -> Range:
    return sum(ranges, NOTHING)
