"""Figures that stand on what was entered, recomputed apart: raw events, typed rows, formulas.

A figure is a fraction, or the reason why there is none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from recount import Oracle
from recount_staff import (
    GROWN,
    HOUR,
    NO_DATA,
    NO_DENOMINATOR,
    NO_INPUT,
    NOUGHT,
    YEAR,
    Figure,
    Row,
    Staffed,
    divided,
    fraction,
    month_days,
    over,
    rate,
)
from recounted import Moment, Past, costs_of, local, since, worth

# K52: a month is the twelfth part of a year of 365¼ days
MONTH = Fraction(487, 16)
PLANNED = (
    "sales_volume", "net_revenue", "gross_profit", "won_deals", "win_rate", "potential_deals",
    "payments", "leads", "activities", "calls", "processed_requests", "new_customers",
)  # fmt: skip
NEVER = ("order_processing_cost", "document_errors", "financial_result", "stock_turnover")
VARIED = {
    "profit_per_client": ("gross", "served", "net"),
    "cost_per_client": ("marketing", "lagged", "loaded"),
    "productivity_growth": GROWN,
    "plan_attainment": PLANNED,
    "customers_in_work": ("in_work", "active_buyers"),
    "pareto_of_staff": ("profit", "revenue", "requests"),
}
COVERED = {
    "marketing_costs", "return_on_advertising", "return_on_marketing", "spend_share",
    "cost_per_lead", "attract_to_keep", "cost_of_serving", "calls_per_hour",
    "sales_per_employee", "requests_per_employee", "payroll_return", "load", "idle_days",
    "adoption", "motivation_base", "missed_income", "lifetime_value", *NEVER,
    *(f"{name}:{variant}" for name, variants in VARIED.items() for variant in variants),
}  # fmt: skip


@dataclass
class Entered(Staffed):
    """Each formula of what was entered, over the days of the facts' time."""

    def figures(self) -> dict[str, Figure]:
        return {
            **self.spending(), **self.clients(), **self.output(), **self.people(),
            **{f"plan_attainment:{one}": self.attained(one) for one in PLANNED},
            **{f"customers_in_work:{one}": self.held(one) for one in VARIED["customers_in_work"]},
            **{f"pareto_of_staff:{one}": self.pareto(one) for one in VARIED["pareto_of_staff"]},
            "motivation_base": self.motivation(), "missed_income": self.missed_income(),
            **dict.fromkeys(NEVER, NO_INPUT),
        }  # fmt: skip

    # What was spent, and what it brought: F15, K10, K11, K17, K60.

    def spent(
        self, within: Sequence[date], purpose: str | None = None, **only: Any
    ) -> Fraction | None:
        """F15: by days, at the rate of the first one; None where nothing can be told of any."""
        wanted = set(within)
        known = [
            (Fraction(len(wanted & set(over(one))), len(over(one))) * Fraction(one["amount"]), one)
            for one in self.inputs.costs
            if purpose in (None, one["purpose"])
            and all(one[name] == value for name, value in only.items())
            and wanted & set(over(one))
        ]
        told = [
            part * into
            for part, one in known
            if (into := rate(one["currency"], one["starts_on"])) is not None
        ]
        return sum(told, NOUGHT) if told else None

    def sold(self, *, profit: bool = False, **only: Any) -> list[tuple[Past, Fraction | None]]:
        """Won deals of the time that name a channel, with what each brought or gained."""
        found = []
        for past in self.facts.world.of("deal"):
            last, at = past[-1].said, past[-1].when("won_at")
            if not at or not self.facts.was(at) or not last["channel"]:
                continue
            if any(last[name] != value for name, value in only.items()):
                continue
            cost = costs_of(last) if profit else Decimal(0)
            known = last["amount"] is not None and cost is not None
            sum_ = None
            if known:
                told = worth(Decimal(last["amount"]) - (cost or 0), last["currency"], local(at))
                sum_ = None if told is None else Fraction(told)
            found.append((past, sum_))
        return found

    def returns(self, **only: Any) -> dict[str, Figure]:
        """K10: revenue and gross profit of the deals of channels against what was spent."""
        spent = self.spent(self.begun, **only)
        if spent is None:
            names = ("return_on_advertising", "return_on_marketing", "spend_share")
            return dict.fromkeys(names, NO_INPUT)
        won = [one for _, one in self.sold(**only)]
        gained = [one for _, one in self.sold(profit=True, **only)]
        revenue = sum((one for one in won if one is not None), NOUGHT)
        profit = sum((one for one in gained if one is not None), NOUGHT)
        roas, romi = divided(revenue, spent), divided((profit - spent) * 100, spent)
        if gained and all(one is None for one in gained):
            romi = NO_DATA
        if won and all(one is None for one in won):
            roas = NO_DATA
        return {
            "return_on_advertising": roas,
            "return_on_marketing": romi,
            "spend_share": divided(spent * 100, revenue),
        }

    def spending(self) -> dict[str, Figure]:
        buyers, deals = self.facts.buyers(), self.facts.deals()
        new = fraction(buyers["new_customers"])
        winning = self.spent(self.begun, "acquisition")
        lagged = self.spent([one - timedelta(days=30) for one in self.begun], "acquisition")
        keeping, kept = self.spent(self.begun, "retention"), Fraction(self.kept())
        sellers = self.pay("seller")
        loaded: Figure = NO_INPUT
        if winning is not None and sellers is not None:
            sales = fraction(deals["won_deals"])
            share = new / sales if sales else NOUGHT
            loaded = divided(winning + sellers * share, new)
        leads = fraction(self.facts.leads()["leads"])
        both: Figure = NO_INPUT
        if keeping is not None:
            each = divided(keeping, kept)
            one = divided(winning or NOUGHT, new)
            both = one if isinstance(one, str) else NO_DENOMINATOR
            if not isinstance(one, str) and not isinstance(each, str):
                both = divided(one, each)
        marketing = self.spent(self.whole)
        # days on which nothing was spent cost nothing; what no rate converts is no sum
        here = any(set(self.whole) & set(over(one)) for one in self.inputs.costs)
        nothing = NO_DATA if here else NOUGHT if self.inputs.costs else NO_INPUT
        return {
            "marketing_costs": nothing if marketing is None else marketing,
            **self.returns(),
            "cost_per_client:marketing": NO_INPUT if winning is None else divided(winning, new),
            "cost_per_client:lagged": NO_INPUT if lagged is None else divided(lagged, new),
            "cost_per_client:loaded": loaded,
            "cost_per_lead": NO_INPUT if winning is None else divided(winning, leads),
            "attract_to_keep": both,
        }

    def cut(self, name: str) -> dict[str | None, Fraction]:
        """K11: by category, channel, campaign or purpose."""
        keys: set[str | None] = {one[name] for one in self.inputs.costs}
        told = {key: self.spent(self.whole, **{name: key}) for key in keys}
        return {key: value for key, value in told.items() if value}

    # What clients bring: K34, K52, K54.

    def active(self, on: date) -> set[Any]:
        """Who bought within the 365 days before a day."""
        bought = self.facts.purchases()
        return {
            who for who, sales in bought.items()
            if any(on - YEAR <= day < on for day, _ in sales)
        }  # fmt: skip

    def kept(self) -> int:
        return len(self.active(self.facts.start) & self.active(self.begun_end))

    def clients(self) -> dict[str, Figure]:
        profit = self.facts.deals()["gross_profit"]
        costed = any(one is not None for one in self.known(self.facts, profit=True))
        bought = [who for who, sales in self.facts.purchases().items()
                  if any(self.facts.within(day) for day, _ in sales)]  # fmt: skip
        serving, winning = self.pay("service"), self.spent(self.begun, "acquisition")

        def each(*less: Fraction | None) -> Figure:
            if None in less:
                return NO_INPUT
            left = fraction(profit) - sum((one or NOUGHT for one in less), NOUGHT)
            return divided(left, len(bought)) if costed else NO_DATA

        were, active = self.active(self.facts.start), self.active(self.begun_end)
        gone = len(were - active)
        value: Figure = NO_DATA
        if costed and active:
            time = Fraction(len(self.begun)) / MONTH
            monthly = fraction(profit) / len(active) / time
            value = monthly * time * len(were) / gone if gone else NO_DENOMINATOR
        buyers = Fraction(len(active))
        return {
            "profit_per_client:gross": each(), "profit_per_client:served": each(serving),
            "profit_per_client:net": each(serving, winning),
            "lifetime_value": value,
            "cost_of_serving": NO_INPUT if serving is None else divided(serving, buyers),
        }  # fmt: skip

    # Plans and pay by figures: K47, K70.

    def actual(self, metric: str, facts: Oracle) -> Figure:
        paid, refunded = self.paid(facts)
        sold, gained = self.brought(facts), self.brought(facts, profit=True)
        told: dict[str, Callable[[], Decimal | Fraction | int | None]] = {
            "sales_volume": lambda: sold, "gross_profit": lambda: gained,
            "net_revenue": lambda: None if sold is None and not refunded
            else (sold or NOUGHT) - refunded,
            "won_deals": lambda: facts.deals()["won_deals"],
            "win_rate": lambda: facts.deals()["win_rate"],
            "potential_deals": lambda: sum(
                facts.was(past[0].at) for past in facts.world.of("deal")
            ),
            "payments": lambda: paid, "leads": lambda: facts.leads()["leads"],
            "activities": lambda: facts.work()["activities"],
            "calls": lambda: self.calls(facts),
            "processed_requests": lambda: sum(self.requests().values()),
            "new_customers": lambda: facts.buyers()["new_customers"],
        }  # fmt: skip
        value = told[metric]()
        if value is None:
            return NO_DENOMINATOR if metric == "win_rate" else NO_DATA
        return Fraction(value)

    def paid(self, facts: Oracle) -> tuple[Fraction, Fraction]:
        """Payments received in the time, and refunds of it."""
        sums = {"payment": Decimal(0), "refund": Decimal(0)}
        for past in facts.world.of("payment"):
            one = past[-1].said
            on = date.fromisoformat(one["paid_on"])
            if not one["voided_at"] and facts.within(on):
                amount = worth(Decimal(one["amount"]), one["currency"], on)
                sums[one["kind"]] += amount or 0
        return Fraction(sums["payment"]), Fraction(sums["refund"])

    def calls(self, facts: Oracle) -> int:
        told = [past[-1] for past in facts.world.of("call")]
        return sum(
            not one.said["is_internal"] and one.said["answered"] is not None
            and facts.was(one.when("started_at")) for one in told
        )  # fmt: skip

    def asked(self, plans: Sequence[Row], within: Sequence[date], *, adds: bool) -> Fraction | None:
        """Each day by the shortest plan that covers it, the one set last of equals."""
        parts = []
        for day in within:
            there = [
                (len(over(one)), -place, one, into) for place, one in enumerate(plans)
                if day in over(one) and (into := rate(one["currency"], one["starts_on"]))
            ]  # fmt: skip
            if not there:
                continue
            _, _, plan, into = min(there, key=lambda one: one[:2])
            worked = [one for one in over(plan) if self.hours(one)]
            value = Fraction(plan["value"]) * into
            if adds:
                value = value / (len(worked) or len(over(plan)))
                value = value if day in worked or not worked else NOUGHT
            parts.append(value)
        if not parts:
            return None
        return sum(parts, NOUGHT) if adds else sum(parts, NOUGHT) / len(parts)

    def targets(self, metric: str, level: str | None) -> dict[Any, list[Row]]:
        found: dict[Any, list[Row]] = defaultdict(list)
        for one in self.inputs.plans:
            whose = "owner_id" if one["owner_id"] else "team_id" if one["team_id"] else None
            is_told = rate(one["currency"], one["starts_on"]) is not None
            is_asked = one["metric"] == metric and whose == level and not one["is_goal"]
            if is_asked and is_told and set(over(one)) & set(self.whole):
                found[one[level] if level else None].append(one)
        return found

    def attained(self, metric: str) -> Figure:
        """K47: the company's plan, without one the teams' together, without those the people's."""
        adds = metric != "win_rate"
        levels = [self.targets(metric, one) for one in (None, "team_id", "owner_id")]
        plans = next((one for one in levels if one), None)
        if plans is None:
            return NO_INPUT
        asked = [self.asked(one, self.whole, adds=adds) for one in plans.values()]
        known = [one for one in asked if one is not None]
        whole = sum(known, NOUGHT) / (1 if adds else len(known))
        actual = self.actual(metric, self.facts)
        return actual if isinstance(actual, str) else divided(actual * 100, whole)

    def pay_months(self) -> Iterator[tuple[date, date]]:
        """Whole months of the time, and the present one as far as it is."""
        for first in (one for one in self.whole if one.day == 1 and one <= self.today):
            after = first + timedelta(days=month_days(first))
            if after <= self.facts.end or self.facts.end > self.today:
                yield first, min(after, self.facts.end)

    def motivation(self) -> Figure:
        """K70: rates by figures of whole months, with thresholds, and steps of the plan."""
        rules = [one for one in self.inputs.pay_rules if set(over(one)) & set(self.whole)]
        if not rules:
            return NO_INPUT
        spans = list(self.pay_months())
        parts = [one for span in spans for _, one in self.earned(*span)]
        known = [one for one in parts if one is not None]
        return sum(known, NOUGHT) if spans and (known or not parts) else NO_DATA

    def motivation_of(self) -> dict[str | None, Figure]:
        """The same by whom it pays; nobody, where there is none as a whole."""
        found: dict[str | None, list[Fraction | None]] = {}
        for span in self.pay_months():
            for who, one in self.earned(*span):
                found.setdefault(who, []).append(one)
        return {
            who: sum((one for one in parts if one is not None), NOUGHT)
            if any(one is not None for one in parts)
            else NO_DATA
            for who, parts in found.items()
        }

    def earned(self, first: date, after: date) -> Iterator[tuple[Any, Fraction | None]]:
        month = Entered(self.during(first, after), self.inputs, self.today, self.special)
        rules = [one for one in self.inputs.pay_rules if first in over(one)]
        for rule in rules:
            own = {one["owner_id"] for one in rules if one["metric"] == rule["metric"]}
            staff = month.posts(month.whole, rule["role"]) if rule["role"] else []
            people = {one["user_id"] for one in staff} - own - {None}
            for who in [rule["owner_id"]] if rule["owner_id"] else sorted(people):
                yield who, month.component(rule, who, first)

    def component(self, rule: Row, who: str, first: date) -> Fraction | None:
        """None: he sold something, and nobody knows what it came to, or what its rate is worth."""
        is_money, sold = rule["metric"] != "won_deals", list[Fraction | None]()
        for past in self.facts.world.of("deal"):
            won, at, last = since(past, "outcome", "won"), past[-1].when("won_at"), past[-1].said
            if won is None or not self.facts.was(at) or won.said["owner_id"] != who or not at:
                continue
            amount = None if last["amount"] is None else Decimal(last["amount"])
            told = None if amount is None else worth(amount, last["currency"], local(at))
            sold.append(Fraction(1) if not is_money else None if told is None else Fraction(told))
        value = sum((one for one in sold if one is not None), NOUGHT)
        into = rate(rule["currency"], first)
        if not value:
            return None if sold and set(sold) == {None} else NOUGHT
        if into is None:
            return None
        if rule["threshold"] is not None and value < Fraction(rule["threshold"]):
            return NOUGHT
        earns = Fraction(rule["rate"])
        plans = self.targets(rule["metric"], "owner_id").get(who, [])
        plan = self.asked(plans, self.whole, adds=True)
        for step in rule["steps"]:
            if plan and value * 100 / plan >= Fraction(step["from_percent"]):
                earns = Fraction(step["rate"])
        return value * earns * into / (100 if is_money else 1)

    # Calls that nobody took: K30.

    def missed_income(self) -> Figure:
        called = [past[-1] for past in self.facts.world.of("call")]
        called = [one for one in called
                  if not one.said["is_internal"] and one.said["answered"] is not None]  # fmt: skip
        came = [one for one in called if self.facts.was(one.when("started_at"))]
        if not came:
            return NO_DATA
        missed = [
            one for one in came if one.said["direction"] == "inbound"
            and not one.said["answered"] and one.said["repeats_call_id"] is None
        ]  # fmt: skip
        lost = [one for one in missed if not any(self.wins_back(one, other) for other in called)]
        shares = [self.before(one) for one in ("call_sales_share", "call_conversion")]
        if None in shares:
            return NO_INPUT
        sums = [
            worth(Decimal(past[-1].said["amount"]), past[-1].said["currency"], local(at))
            for past in self.facts.world.purchases()
            if (at := past[-1].when("won_at")) and self.facts.was(at)
            and Decimal(past[-1].said["amount"] or 0)
        ]  # fmt: skip
        known = [Fraction(one) for one in sums if one is not None]
        if not known and lost:
            return NO_DATA
        part = Fraction(1)
        for one in shares:
            part *= Fraction((one or {})["value"]) / 100
        return len(lost) * part * sum(known, NOUGHT) / (len(known) or 1)

    def wins_back(self, missed: Moment, other: Moment) -> bool:
        who, at, then = self.facts.who([missed]), *(x.when("started_at") for x in (missed, other))
        is_his = who is not None and self.facts.who([other]) == who
        return bool(is_his and other.said["answered"] and at and then and at <= then <= at + HOUR)
