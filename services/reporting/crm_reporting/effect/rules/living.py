"""The components measured on the facts of a time, against the baselines: money per month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from crm_reporting.effect.rules import facts as told
from crm_reporting.effect.rules.components import (
    Calls,
    Capacity,
    Component,
    Promises,
    Repeats,
    RolePay,
    calls,
    capacity,
    promises,
    repeats,
    skill,
)
from crm_reporting.effect.rules.crediting import apart
from crm_reporting.effect.rules.exact import HUNDRED, NOUGHT
from crm_reporting.effect.rules.facts import Facts, Sale
from crm_reporting.inputs.rules.spreading import Span, months_in

SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody at work: his role, share of full time, monthly cost, from when to when.

    Whoever's pay no rate converts has none: he works and counts all the same.
    """

    role: str
    fte: Fraction
    pay: Fraction | None
    over: Span
    user: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What was entered: baselines by figure (a month's), staff, and how the effect is judged."""

    start: date
    margin: Fraction
    baselines: Mapping[str, Fraction]
    sampled: frozenset[str] = frozenset()
    staff: Sequence[Post] = ()
    script_coverage: Fraction | None = None
    price_index: Fraction | None = None

    def share(self, name: str) -> Fraction | None:
        """Return a baseline that is a percentage, as a part of one."""
        value = self.baselines.get(name)
        return None if value is None else value / HUNDRED


def measure(facts: Facts, known: Known, span: Span, today: date) -> list[Component]:
    """Return E10–E14 of a time, live from the facts; what nothing tells is null with its reason."""
    months = months_in(span, span)
    ten = _capacity(facts, known, span)
    return [
        ten,
        _promises(facts, known, span, months),
        _calls(facts, known, span, months),
        _repeats(facts, known, span, months, today),
        _skill(known, span, ten),
    ]


def unreached(facts: Facts, span: Span) -> list[told.Call]:
    """Return the lost calls of a span but those about a deal that counts as lost by a promise."""
    blamed = {sale.id for sale in told.lost_by_promise(facts, span)}
    lost = told.lost_calls(facts, told.inbound_in(facts, span))
    _missed, left = apart(blamed, {call.deal for call in lost if call.deal})
    return [call for call in lost if call.deal is None or call.deal in left]


def fte_on(staff: Sequence[Post], day: date, role: str = SELLER) -> Fraction | None:
    """Return how many full-time people of a role work on a day; None when nobody entered any."""
    there = [post.fte for post in staff if post.role == role and Span(day, day).within(post.over)]
    return sum(there, NOUGHT) if there else None


def profit_of(sales: Sequence[Sale], margin: Fraction) -> Fraction:
    """Return the gross profit of sales; those without an amount bring none."""
    return sum((sale.amount or NOUGHT for sale in sales), NOUGHT) * margin


def _capacity(facts: Facts, known: Known, span: Span) -> Component:
    customers = Fraction(len(told.in_work(facts, span.last)))
    managers = fte_on(known.staff, span.last)
    return capacity(
        Capacity(
            managers0=known.baselines.get("managers"),
            fund0=known.baselines.get("pay_fund"),
            load0=known.baselines.get("customers_per_manager"),
            load1=customers / managers if managers else None,
            customers1=customers,
            managers1=managers,
        )
    )


def _promises(facts: Facts, known: Known, span: Span, months: Fraction) -> Component:
    due = len(facts.due.within(span))
    lost = told.lost_by_promise(facts, span)
    # without a loss nothing was lost that had a worth: what a deal brings on average stands for it
    worth = _mean_profit(lost, known) or _mean_profit(told.won_in(facts, span), known)
    return promises(
        Promises(
            lost_rate0=known.share("promise_loss_rate"),
            lost_rate1=Fraction(len(lost), due) if due else None,
            due1=due / months,
            mean_profit=worth,
            claims0=known.baselines.get("claims_per_promise"),
            claims1=told.claimed_in(facts, span) / due if due else None,
        )
    )


def _calls(facts: Facts, known: Known, span: Span, months: Fraction) -> Component:
    inbound = told.inbound_in(facts, span)
    lost = len(unreached(facts, span))
    return calls(
        Calls(
            lost_rate0=known.share("lost_call_rate"),
            lost_rate1=Fraction(lost, len(inbound)) if inbound else None,
            inbound1=len(inbound) / months,
            sales_share=known.share("call_sales_share"),
            conversion=known.share("call_conversion"),
            mean_profit=_mean_profit(told.won_in(facts, span), known),
            is_sampled="lost_call_rate" in known.sampled,
        )
    )


def _repeats(facts: Facts, known: Known, span: Span, months: Fraction, today: date) -> Component:
    active = Fraction(len(told.active_on(facts, span.last)))
    again = told.repeats_in(facts, span)
    profit = profit_of(again, known.margin)
    revenue = sum((sale.amount or NOUGHT for sale in again), NOUGHT)
    # sales of which no amount is known, or has a rate, are no sales for nothing
    is_known = not again or any(sale.amount is not None for sale in again)
    return repeats(
        Repeats(
            profit0=known.baselines.get("repeat_profit_per_client"),
            profit1=profit / active / months if active and is_known else None,
            active1=active,
            bad_debt0=known.share("bad_debt_rate"),
            bad_debt1=told.bad_debt(facts, span, today),
            revenue1=revenue / months,
            price_index=known.price_index,
        )
    )


def _skill(known: Known, span: Span, ten: Component) -> Component:
    today, eve = Span(span.last, span.last), known.start - timedelta(days=1)
    before = [post for post in known.staff if Span(eve, eve).within(post.over)]
    there = {(post.role, post.user) for post in before if post.user}
    hired: dict[str, list[Post]] = {}
    for post in known.staff:
        # a new row of somebody who was there already tells other terms, no new man
        is_new = post.over.first >= known.start and (post.role, post.user) not in there
        if is_new and post.pay is not None and today.within(post.over):
            hired.setdefault(post.role, []).append(post)
    roles = [
        RolePay(
            role, sum((p.fte for p in posts), NOUGHT),
            _pay([p for p in before if p.role == role and p.pay is not None]), _pay(posts),
        )
        for role, posts in sorted(hired.items())
    ]  # fmt: skip
    # E10 spares sellers: of other roles nobody is counted there
    left = ten.inputs.get("needed1") if ten.value else None
    remaining = {} if left is None else {SELLER: left}
    return skill(roles, coverage=known.script_coverage, remaining=remaining)


def _pay(posts: Sequence[Post]) -> Fraction | None:
    fte = sum((post.fte for post in posts), NOUGHT)
    return sum((post.pay or NOUGHT for post in posts), NOUGHT) / fte if fte else None


def _mean_profit(sales: Sequence[Sale], known: Known) -> Fraction | None:
    priced = [sale for sale in sales if sale.amount is not None]
    return profit_of(priced, known.margin) / len(priced) if priced else None
