"""E10–E15, E19: where the money comes from; everything is money per month, index 0 is before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from types import MappingProxyType

from crm_reporting.effect.errors import EffectInputError
from crm_reporting.effect.rules.exact import NOUGHT, ONE

# below this share of states with a script, lower pay is no merit of the scripts
LEAST_SCRIPTS = Fraction(80, 100)


@dataclass(frozen=True, slots=True)
class Component:
    """What one source brings a month; of it `realised` is money, the rest could become some."""

    id: str
    value: Fraction | None
    reason: str | None = None
    realised: Fraction = NOUGHT
    is_estimate: bool = False
    inputs: dict[str, Fraction | None] = field(default_factory=dict)

    @property
    def potential(self) -> Fraction:
        """What is there on paper only."""
        return NOUGHT if self.value is None else self.value - self.realised


def _absent(name: str, reason: str, inputs: dict[str, Fraction | None]) -> Component:
    return Component(name, None, reason, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Managers and their pay fund before; customers per manager before and now; all customers."""

    managers0: Fraction | None
    fund0: Fraction | None
    load0: Fraction | None
    load1: Fraction | None
    customers1: Fraction | None
    managers1: Fraction | None = None


def capacity(told: Capacity) -> Component:
    """E10: the managers fewer that today's customers need, at the pay of before.

    Realised as far as there are fewer managers now than the old load would need.
    """
    inputs = {name: getattr(told, name) for name in Capacity.__slots__}
    if not told.managers0 or told.fund0 is None or not told.load0:
        return _absent("E10", "no_baseline", inputs)
    if not told.load1 or told.customers1 is None:
        return _absent("E10", "no_data", inputs)
    pay = told.fund0 / told.managers0
    scale = told.customers1 / (told.load0 * told.managers0)
    needed0, needed1 = (ceil(told.customers1 / load) for load in (told.load0, told.load1))
    fewer = max(0, needed0 - needed1)
    cut = NOUGHT
    if told.managers1 is not None:
        cut = min(Fraction(fewer), max(NOUGHT, needed0 - told.managers1))
    inputs |= {
        "capacity_saving": told.fund0 * scale * (1 - told.load0 / told.load1),
        "needed0": Fraction(needed0), "needed1": Fraction(needed1), "pay0": pay,
    }  # fmt: skip
    return Component("E10", pay * fewer, realised=pay * cut, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Promises:
    """Clients lost by missed contacts per promise due, before and now; claims per promise due.

    Without a baseline of claims they take no part.
    """

    lost_rate0: Fraction | None
    lost_rate1: Fraction | None
    due1: Fraction
    mean_profit: Fraction | None
    claims0: Fraction | None = None
    claims1: Fraction | None = None


def promises(told: Promises) -> Component:
    """E11: clients who did not leave because somebody called them in time."""
    inputs = {name: getattr(told, name) for name in Promises.__slots__}
    if told.lost_rate0 is None:
        return _absent("E11", "no_baseline", inputs)
    if not told.due1:
        return _absent("E11", "no_data", inputs)
    if told.lost_rate1 is None or told.mean_profit is None:
        return _absent("E11", "no_data", inputs)
    value = (told.lost_rate0 - told.lost_rate1) * told.due1 * told.mean_profit
    if told.claims0 is not None and told.claims1 is not None:
        value += (told.claims0 - told.claims1) * told.due1
    return Component("E11", value, realised=value, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Calls:
    """Lost calls per inbound one, before and now; what a call that gets through is worth."""

    lost_rate0: Fraction | None
    lost_rate1: Fraction | None
    inbound1: Fraction
    sales_share: Fraction | None
    conversion: Fraction | None
    mean_profit: Fraction | None
    direct0: Fraction | None = None
    direct1: Fraction | None = None
    is_sampled: bool = False


def calls(told: Calls) -> Component:
    """E12: income no longer missed because somebody could not get through.

    Where services not rendered and goods unsold are known as sums (direct), their difference.
    A baseline sampled for a week is allowed and makes the value an estimate.
    """
    inputs = {name: getattr(told, name) for name in Calls.__slots__ if name != "is_sampled"}
    if told.direct0 is not None and told.direct1 is not None:
        value = told.direct0 - told.direct1
        return Component("E12", value, realised=value, inputs=inputs)
    if told.lost_rate0 is None:
        return _absent("E12", "no_baseline", inputs)
    if not told.inbound1 or told.lost_rate1 is None:
        return _absent("E12", "no_data", inputs)
    if told.sales_share is None or told.conversion is None or told.mean_profit is None:
        return _absent("E12", "no_data", inputs)
    worth = told.sales_share * told.conversion * told.mean_profit
    value = (told.lost_rate0 - told.lost_rate1) * told.inbound1 * worth
    return Component("E12", value, realised=value, is_estimate=told.is_sampled, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Profit of repeat sales per active client and bad debt of repeat revenue, before and now."""

    profit0: Fraction | None
    profit1: Fraction | None
    active1: Fraction
    bad_debt0: Fraction | None = None
    bad_debt1: Fraction | None = None
    revenue1: Fraction = NOUGHT
    price_index: Fraction | None = None


def repeats(told: Repeats) -> Component:
    """E13: more repeat sales per client, fewer to clients who do not pay; price rises taken out."""
    inputs = {name: getattr(told, name) for name in Repeats.__slots__}
    if told.profit0 is None:
        return _absent("E13", "no_baseline", inputs)
    if told.profit1 is None:
        return _absent("E13", "no_data", inputs)
    profit1 = told.profit1 / told.price_index if told.price_index else told.profit1
    value = (profit1 - told.profit0) * told.active1
    if told.bad_debt0 is not None and told.bad_debt1 is not None:
        value += (told.bad_debt0 - told.bad_debt1) * told.revenue1
    return Component("E13", value, realised=value, inputs=inputs)


@dataclass(frozen=True, slots=True)
class RolePay:
    """People of a role hired after the start, what one was paid before and is paid now."""

    role: str
    hired1: Fraction
    pay0: Fraction | None
    pay1: Fraction | None


NOBODY_SPARED: Mapping[str, Fraction] = MappingProxyType({})


def skill(
    roles: Sequence[RolePay],
    *,
    coverage: Fraction | None,
    threshold: Fraction = LEAST_SCRIPTS,
    remaining: Mapping[str, Fraction] = NOBODY_SPARED,
) -> Component:
    """E14: lower pay for those hired since, where scripts cover enough of the states.

    With E10, of the roles that it spares people of only the heads that it leaves (`remaining`).
    """
    inputs: dict[str, Fraction | None] = {"coverage": coverage, "threshold": threshold}
    known = [
        (
            max(NOUGHT, role.pay0 - role.pay1),
            min(role.hired1, remaining.get(role.role, role.hired1)),
        )
        for role in roles
        if role.pay0 is not None and role.pay1 is not None
    ]
    if coverage is None or coverage < threshold:
        return _absent("E14", "script_coverage", inputs)
    if not known:
        return _absent("E14", "no_baseline" if roles else "no_data", inputs)
    value = sum((difference * counted for difference, counted in known), NOUGHT)
    inputs["counted"] = sum((counted for _difference, counted in known), NOUGHT)
    return Component("E14", value, realised=value, inputs=inputs)


@dataclass(frozen=True, slots=True)
class Declared:
    """E15, E19: units of anything before and now, and what somebody says one is worth."""

    name: str
    before: Fraction | None
    after: Fraction | None
    money_per_unit: Fraction
    argument: str
    fewer_is_better: bool = False
    is_realised: bool = True
    # hours that E10 turned into managers fewer are not worth money a second time
    is_time: bool = False


def declared(
    told: Declared, *, component: str = "E15", spared: Fraction | None = None
) -> Component:
    """E15, E19: a change of a figure, times its declared money value; no argument, no value.

    Time saved (E19) is potential, and only what is left of it beside the managers that E10 spares
    (`spared`, credited as well): there it is realised, or counted already.
    """
    if not told.argument.strip():
        raise EffectInputError(
            f"/{component}/{told.name}/argument", "argument-missing", "Say why it is worth that."
        )
    inputs: dict[str, Fraction | None] = {
        "before": told.before, "after": told.after, "money_per_unit": told.money_per_unit,
    }  # fmt: skip
    if told.before is None:
        return _absent(component, "no_baseline", inputs)
    if told.after is None:
        return _absent(component, "no_data", inputs)
    sign = -ONE if told.fewer_is_better else ONE
    value = (told.after - told.before) * sign * told.money_per_unit
    is_money = told.is_realised
    if component == "E19" and told.is_time:
        inputs["counted_in_E10"] = min(max(value, NOUGHT), max(spared or NOUGHT, NOUGHT))
        value, is_money = value - (inputs["counted_in_E10"] or NOUGHT), False
    return Component(component, value, realised=value if is_money else NOUGHT, inputs=inputs)
