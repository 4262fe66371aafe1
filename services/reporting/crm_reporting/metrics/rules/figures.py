"""The formulas: from tallies to a figure, without any reading."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from crm_reporting.contributions.rules import Part
from crm_reporting.contributions.rules.values import BOOKED, STAYS
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.measures import Measure, Sum, TallyOf
from crm_reporting.metrics.rules.numbers import Figure, Reason, mean, part_of, ratio, unknown
from crm_reporting.metrics.rules.tallies import Bag, Tally


def measure_of(ask: Ask) -> Measure:
    """Return how the variant that was asked for is calculated."""
    return ask.metric.measures[ask.variant]


def parts_of(ask: Ask) -> tuple[Part, ...]:
    """Return the parts to read; a ledger takes what was booked beside the closings in force."""
    return with_booked(ask, measure_of(ask).parts)


def facts_of(ask: Ask) -> tuple[Part, ...]:
    """Return the parts whose rows are the facts behind the value."""
    return with_booked(ask, measure_of(ask).facts)


def figure_of(ask: Ask, bag: Bag) -> Figure:
    """Return the metric's figure for what was counted."""
    measure = measure_of(ask)
    if not measure.is_defined:
        return unknown(Reason.NO_INPUT)
    if measure.own is not None:
        return OWN[measure.own](ask, bag)
    figure = _plain(measure, lambda part: _closed(ask, bag, part))
    if measure.young is not None:
        # a young cohort: what is open may yet come to something
        still_open = int(measure.young.of(lambda part: _closed(ask, bag, part)))
        figure.details.update({"open": still_open, "immature": int(still_open > 0)})
    return figure


def _plain(measure: Measure, tally: TallyOf) -> Figure:
    figure = _value(measure, tally)
    for name, told in measure.details.items():
        figure.details[name] = _detail(told, tally, measure.details_per)
    for name, one in measure.means.items():
        top, bottom = one.top.of(tally), one.bottom.of(tally)
        figure.details[name] = top / bottom / measure.details_per if bottom else None
    if {"with_extra", "without_extra"} <= figure.details.keys():
        with_, without = (figure.details[name] for name in ("with_extra", "without_extra"))
        uplift = None if with_ is None or without is None else with_ - without
        figure.details["uplift"] = uplift
    if measure.coverage is not None:
        known, whole = (side.of(tally) for side in measure.coverage)
        figure = replace(figure, coverage=part_of(known, whole))
    if measure.told_by is not None and figure.value == 0 and not measure.told_by.of(tally):
        return untold(figure)
    if measure.total is not None and not figure.value:
        of_parts = [tally(part) for part in measure.total.parts]
        is_untold = figure.coverage == 0 or (measure.total.is_money and _is_untold(of_parts))
        return untold(figure) if is_untold else figure
    return figure


def _detail(told: Sum, tally: TallyOf, per: int) -> Decimal | int | None:
    value = told.of(tally)
    if told.is_money:
        return None if not value and _is_untold(tally(part) for part in told.parts) else value
    return value / per if told.is_time else int(value)


def untold(figure: Figure) -> Figure:
    """Return a figure of things of none of which it is known what they came to."""
    return replace(figure, value=None, numerator=None, reason=Reason.NO_DATA)


def _is_untold(tallies: Iterable[Tally]) -> bool:
    whole = Tally()
    for one in tallies:
        whole.join(one)
    return whole.is_untold


def _value(measure: Measure, tally: TallyOf) -> Figure:
    n = None if measure.count is None else int(measure.count.of(tally))
    if measure.ratio is not None:
        top, bottom = (side.of(tally) for side in measure.ratio)
        return ratio(top, bottom, n=n)
    if measure.mean is not None:
        top, bottom = (side.of(tally) for side in measure.mean)
        return mean(top / measure.per, int(bottom))
    if measure.total is None:
        raise TypeError("an entry has neither sum, ratio nor mean")
    total = measure.total.of(tally)
    counted = sum(tally(part).n for part in measure.total.parts) if n is None else n
    return Figure(total, counted, total)


def is_stock(ask: Ask) -> bool:
    """Tell whether the value is what stands at the end of the period, not what came in it."""
    return STAYS.issuperset(measure_of(ask).parts) and bool(measure_of(ask).parts)


def with_booked(ask: Ask, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Add to the closings in force what a ledger has beside them."""
    if ask.outcome != "ledger":
        return parts
    return (*parts, *(BOOKED[part] for part in parts if part in BOOKED))


def _closed(ask: Ask, bag: Bag, part: Part) -> Tally:
    is_booked = ask.outcome == "ledger" and part in BOOKED
    return bag.of(part, BOOKED[part]) if is_booked else bag.of(part)


def _average_deal_sum(ask: Ask, bag: Bag) -> Figure:
    won, unsold = (_closed(ask, bag, part) for part in (Part.WON, Part.UNSOLD))
    n, priced = won.n + unsold.n, won.priced + unsold.priced
    count = priced if ask.include_zero else priced - won.zero - unsold.zero
    # of days in a ledger that took back more sales than they brought there is no average
    figure = mean(won.amount + unsold.amount, max(count, 0))
    return replace(figure, coverage=part_of(priced, n) if n > 0 else None)


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
            "amount": None if stay.is_untold else stay.amount,
            "weighted_amount": None if stay.is_untold else stay.measure,
            "n_missing_amount": stay.n - stay.priced,
        },
    )  # fmt: skip


def _seller_contribution(ask: Ask, bag: Bag) -> Figure:
    won, lost, shared = (_closed(ask, bag, part) for part in (Part.WON, Part.LOST, Part.CREDIT))
    rate = ratio(won.n, won.n + lost.n)
    amount = won.amount + shared.amount
    figure = Figure(
        amount, won.n, amount, coverage=part_of(won.priced, won.n),
        details={"wins": won.n, "closed": won.n + lost.n, "win_rate": rate.value},
    )  # fmt: skip
    return untold(figure) if not amount and _is_untold([won, shared]) else figure


def _deal_length(_ask: Ask, bag: Bag) -> Figure:
    won, lost = bag.of(Part.WON), bag.of(Part.LOST)
    figure = mean(won.measure, won.finished)
    figure.details.update({"lost_mean": mean(lost.measure, lost.finished).value})
    return replace(figure, coverage=part_of(won.finished, won.n))


def _missed_calls(_ask: Ask, bag: Bag) -> Figure:
    calls = bag.of(Part.CALL)
    if not calls.n:
        # no telephone system told anything: that is no sign of calls answered
        return Figure(None, 0, reason=Reason.NO_DATA)
    return ratio(bag.of(Part.CALL_MISSED).n, calls.zero)


# Formulas that are more than a sum or a division of sums.
OWN: dict[str, Callable[[Ask, Bag], Figure]] = {
    "average_deal_sum": _average_deal_sum,
    "funnel": _funnel,
    "open_deals": _open_deals,
    "seller_contribution": _seller_contribution,
    "deal_length": _deal_length,
    "missed_calls": _missed_calls,
}
