"""The formulas: from tallies to a figure, without any reading."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.numbers import Figure, mean, part_of, ratio
from crm_reporting.metrics.rules.tallies import Bag, Tally

BOOKED = {Part.WON: Part.WON_BOOKED, Part.LOST: Part.LOST_BOOKED}


class Formula(NamedTuple):
    """Which parts a metric reads, and what it makes of them."""

    parts: tuple[Part, ...]
    figure: Callable[[Ask, Bag], Figure]


def parts_of(ask: Ask) -> tuple[Part, ...]:
    """Return the parts to read; a ledger takes what was booked beside the closings in force."""
    return with_booked(ask, formula_of(ask).parts)


def facts_of(ask: Ask) -> tuple[Part, ...]:
    """Return the parts whose rows are the facts behind the value."""
    if is_stock(ask):
        return (Part.STAY,)
    return with_booked(ask, ask.metric.facts)


def figure_of(ask: Ask, bag: Bag) -> Figure:
    """Return the metric's figure for what was counted."""
    return formula_of(ask).figure(ask, bag)


def formula_of(ask: Ask) -> Formula:
    """Return the formula of the metric and variant that was asked for."""
    if ask.metric.id == "potential_deals" and is_stock(ask):
        return FORMULAS["open_deals"]
    return FORMULAS[ask.metric.id]


def is_stock(ask: Ask) -> bool:
    """Tell whether the value is what stands at the end of the period, not what came in it."""
    return ask.metric.id == "open_deals" or ask.variant == "stock"


def with_booked(ask: Ask, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Add to the closings in force what a ledger has beside them."""
    if ask.outcome != "ledger":
        return parts
    return (*parts, *(BOOKED[part] for part in parts if part in BOOKED))


def _closed(ask: Ask, bag: Bag, part: Part) -> Tally:
    return bag.of(part, BOOKED[part]) if ask.outcome == "ledger" else bag.of(part)


def _sales_volume(ask: Ask, bag: Bag) -> Figure:
    won = _closed(ask, bag, Part.WON)
    return Figure(won.amount, won.n, won.amount, coverage=part_of(won.priced, won.n))


def _average_deal_sum(ask: Ask, bag: Bag) -> Figure:
    won = _closed(ask, bag, Part.WON)
    count = won.priced if ask.include_zero else won.priced - won.zero
    figure = mean(won.amount, count)
    return replace(figure, coverage=part_of(won.priced, won.n))


def _potential_deals(_ask: Ask, bag: Bag) -> Figure:
    created, undated = bag.of(Part.CREATED).n, bag.of(Part.UNDATED).n
    return Figure(
        Decimal(created), created, Decimal(created),
        coverage=part_of(created, created + undated), details={"undated": undated},
    )  # fmt: skip


def _won_deals(ask: Ask, bag: Bag) -> Figure:
    won, lost = (_closed(ask, bag, part).n for part in (Part.WON, Part.LOST))
    return Figure(Decimal(won), won, Decimal(won), details={"lost": lost})


def _flow_ratio(ask: Ask, bag: Bag) -> Figure:
    return ratio(_closed(ask, bag, Part.WON).n, bag.of(Part.CREATED).n)


def _win_rate(ask: Ask, bag: Bag) -> Figure:
    won, lost = (_closed(ask, bag, part).n for part in (Part.WON, Part.LOST))
    return ratio(won, won + lost)


def _cohort_conversion(_ask: Ask, bag: Bag) -> Figure:
    created, undated = bag.of(Part.CREATED), bag.of(Part.UNDATED).n
    still_open = created.n - created.passed - created.dropped
    figure = ratio(created.passed, created.n)
    # a young cohort: what is open may yet be won
    figure.details.update({"open": still_open, "immature": int(still_open > 0)})
    return replace(figure, coverage=part_of(created.n, created.n + undated))


def _funnel(_ask: Ask, bag: Bag) -> Figure:
    entered = bag.of(Part.VISIT)
    figure = ratio(entered.passed, entered.n)
    figure.details.update(
        {
            "entered": entered.n,
            "passed": entered.passed,
            "dropped": entered.dropped,
            "in_progress": entered.n - entered.passed - entered.dropped,
        }
    )
    return figure


def _open_deals(_ask: Ask, bag: Bag) -> Figure:
    stay = bag.of(Part.STAY)
    return Figure(
        Decimal(stay.n), stay.n, Decimal(stay.n), coverage=part_of(stay.priced, stay.n),
        details={
            "amount": stay.amount,
            "weighted_amount": stay.measure,
            "n_missing_amount": stay.n - stay.priced,
        },
    )  # fmt: skip


def _seller_contribution(ask: Ask, bag: Bag) -> Figure:
    won, lost = (_closed(ask, bag, part) for part in (Part.WON, Part.LOST))
    rate = ratio(won.n, won.n + lost.n)
    return Figure(
        won.amount, won.n, won.amount, coverage=part_of(won.priced, won.n),
        details={"wins": won.n, "closed": won.n + lost.n, "win_rate": rate.value},
    )  # fmt: skip


def _deal_length(_ask: Ask, bag: Bag) -> Figure:
    won, lost = bag.of(Part.WON), bag.of(Part.LOST)
    figure = mean(won.measure, won.finished)
    figure.details.update({"lost_mean": mean(lost.measure, lost.finished).value})
    return replace(figure, coverage=part_of(won.finished, won.n))


FORMULAS: dict[str, Formula] = {
    "sales_volume": Formula((Part.WON,), _sales_volume),
    "average_deal_sum": Formula((Part.WON,), _average_deal_sum),
    "potential_deals": Formula((Part.CREATED, Part.UNDATED), _potential_deals),
    "won_deals": Formula((Part.WON, Part.LOST), _won_deals),
    "flow_ratio": Formula((Part.WON, Part.CREATED), _flow_ratio),
    "win_rate": Formula((Part.WON, Part.LOST), _win_rate),
    "cohort_conversion": Formula((Part.CREATED, Part.UNDATED), _cohort_conversion),
    "funnel": Formula((Part.VISIT,), _funnel),
    "open_deals": Formula((Part.STAY,), _open_deals),
    "seller_contribution": Formula((Part.WON, Part.LOST), _seller_contribution),
    "deal_length": Formula((Part.WON, Part.LOST), _deal_length),
}
