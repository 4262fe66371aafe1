"""What a question tells of fields that may be hidden from a role: refused, or left out of it."""

from collections.abc import Iterator
from dataclasses import replace

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.asks import DIMENSION_OF, Ask, names_of
from crm_reporting.metrics.rules.catalogue import (
    AMOUNT,
    CREATED_AT,
    LOST_AT,
    STAGE,
    Dimension,
    Metric,
)
from crm_reporting.metrics.rules.figures import is_stock, measure_of
from crm_reporting.metrics.rules.measures import Measure
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.results import Bucket, Result, Shown, Slice
from crm_reporting.metrics.rules.sources import NOUN_OF
from crm_reporting.permissions import (
    READ_COSTS,
    READ_INPUTS,
    READ_METRICS,
    READ_MOTIVATION,
    READ_PLANS,
    WRITE_PLANS,
)
from crm_shared.actor import Actor
from crm_shared.errors import ForbiddenError
from crm_shared.http.hiding import FieldHiddenError
from crm_shared.policies import Names, covers

TOLD_BY = {
    Dimension.OWNER: "deal.owner_id", Dimension.TEAM: "deal.team_id",
    Dimension.PRODUCT: "deal.line_items", Dimension.SECTOR: "company.sector",
    Dimension.PIPELINE: "deal.pipeline_id", Dimension.COMPANY: "deal.company_id",
    Dimension.CHANNEL: "deal.channel", Dimension.STAGE: STAGE,
    Dimension.CUSTOMER: "deal.company_id", Dimension.REASON: "deal.reason_id",
    Dimension.DEPARTMENT: "deal.reason_id", Dimension.COMPETITOR: "deal.competitor_id",
    Dimension.SOURCE: "lead.source", Dimension.TOPIC: "case.topic",
    Dimension.MAILING: "message.mailing_id", Dimension.KIND: "deal.line_items",
    Dimension.CATEGORY: "cost.category", Dimension.CAMPAIGN: "cost.campaign_id",
    Dimension.PURPOSE: "cost.purpose",
}  # fmt: skip
LABELS = {
    Dimension.PRODUCT: "product.label", Dimension.COMPANY: "company.name",
    Dimension.CUSTOMER: "company.name",
}  # fmt: skip
LINE_TOTAL, LINES = "line_item.total", "deal.line_items"
OF_COSTS = frozenset({Part.PROFIT, Part.COSTED, Part.PROFIT_CREDIT, Part.COSTED_CREDIT})
# who idles is for those who lead people: they are who plans for them
READ = {
    "costs": READ_COSTS, "pay": READ_INPUTS, "plans": READ_PLANS, "people": WRITE_PLANS,
    "motivation": READ_MOTIVATION,
}  # fmt: skip
# Beside a value: what each detail tells of a deal, over what its metric tells anyway.
DETAILS: dict[str, tuple[str, ...]] = {
    "amount": (AMOUNT,), "weighted_amount": (AMOUNT, "deal.probability"),
    "n_missing_amount": (AMOUNT,), "median_amount": (AMOUNT,),
    "mean_age_days": (CREATED_AT,), "overdue": ("deal.expected_close_date",),
    "lost": (LOST_AT,), "lost_mean": (LOST_AT,), "closed": (LOST_AT,), "win_rate": (LOST_AT,),
    "dropped": (LOST_AT,), "undated": (CREATED_AT,),
    **dict.fromkeys(("open", "immature", "entered", "passed", "in_progress", "wins"), ()),
    **dict.fromkeys(("median", "p90", "open_n", "mean_days", "median_days", "p90_days"), ()),
    "cost": ("message.cost",), "won_back": (), "machine_opens": (), "late": (), "hours": (),
    **dict.fromkeys(("converted", "refused", "broken", "not_done", "mean_delay_hours"), ()),
    **dict.fromkeys(("answered", "in_time", "rejected", "leads", "cases", "past_limit"), ()),
    **dict.fromkeys(("unhappy", "invoices", "unpaid", "mean_days_late", "accepted"), ()),
    **dict.fromkeys(("deals", "refunds", "reactivated", "churned", "net_growth", "ever"), ()),
    **dict.fromkeys(("bought_once", "expected_months", "customers", "interval_days"), ()),
    **dict.fromkeys(("won_amount", "expected_amount", "overdue_amount"), (AMOUNT,)),
    "expected": (), "without_date": ("deal.expected_close_date",),
    "top_fifth_percent": (AMOUNT,), "average_amount": (AMOUNT,),
    **dict.fromkeys(("plan", "actual", "pace", "per_head", "fte", "hours_worked", "unowned"), ()),
    **dict.fromkeys(("with_lost", "contacts", "days_since", "first_contact", "without_topic"), ()),
    **dict.fromkeys(("monthly_profit", "year_profit", "lost_profit"), (AMOUNT,)),
    "expected_loss": (AMOUNT,),
    **dict.fromkeys(("people", "positive_reach", "missed", "lost_calls", "late_payers"), ()),
    **dict.fromkeys(("breached", "below_half"), ()),
    **dict.fromkeys(("without_effort", "capacity_hours", "working_days", "below_peers"), ()),
    **dict.fromkeys(("with_extra", "without_extra", "uplift"), (AMOUNT,)),
    **dict.fromkeys(("provisional", "survival_months", "is_lower_bound", "effort_percent"), ()),
    **dict.fromkeys(("share_percent", "base_percent"), ()),
    **dict.fromkeys(("users", "entered_in_a_day_percent", "months", "without_plan"), ()),
    "corrected": (),
    **dict.fromkeys(("p50_ms", "p99_ms", "within_target_percent"), ()),
    **dict.fromkeys(("rounds", "undetermined", "complete_deals_percent"), ()),
    "without_owner": ("deal.owner_id",),
    **dict.fromkeys(("spend", "pay", "gross_profit", "revenue", "keeping", "benchmark"), ()),
}  # fmt: skip


# What a part of another noun is sorted by, where that is no `kind`.
KIND_OF = {
    "deal": "line_items", "lead": "disqualify_reason", "call": "direction",
    "feedback": "scale", "payment": "category", "expense": "category", "approval": "is_automatic",
}  # fmt: skip


def told_by(ask: Ask, dimension: Dimension) -> tuple[str, ...]:
    """Return the fields that a cut tells, of what the metric counts."""
    if ask.metric.custom is not None:
        return ask.metric.custom.told_by(dimension)
    noun = next((NOUN_OF[part] for part in measure_of(ask).facts), "deal")
    field = TOLD_BY[dimension]
    if dimension is Dimension.KIND:
        return (f"{noun}.{KIND_OF.get(noun, 'kind')}",)
    return (field.replace("deal.", f"{noun}.", 1) if field.startswith("deal.") else field,)


def is_cut_hidden(ask: Ask, dimension: Dimension, hidden: Names) -> bool:
    """Tell whether a cut would tell a field that is among those hidden."""
    return any(is_hidden(name, hidden) for name in told_by(ask, dimension))


def is_hidden(name: str, hidden: Names) -> bool:
    """Tell whether a field, `noun.name`, is among those hidden."""
    noun, _dot, field = name.partition(".")
    return covers(hidden.get(noun, frozenset()), field)


def may_read(metric: Metric, actor: Actor, hidden: Names) -> bool:
    """Tell whether somebody gets a metric at all, asked for as it is usually told."""
    usual = next(iter(metric.measures.values()))
    is_refused = any(READ[name].reach(actor) is None for name in usual.reads)
    is_shut = is_refused or any(is_hidden(name, hidden) for name in _tells(metric, usual))
    return READ_METRICS.reach(actor) is not None and not is_shut


def refuse_hidden(ask: Ask, hidden: Names, *more: str) -> None:
    """Refuse a question whose answer would tell what its asker's role may not see."""
    for name in measure_of(ask).reads:
        if READ[name].reach(ask.access.actor) is None:
            raise ForbiddenError(f"The role may not see {name}.", permission=READ[name].name)
    if hidden and (faults := sorted(set(_faults(ask, hidden, more)))):
        raise FieldHiddenError(*faults)


def _faults(ask: Ask, hidden: Names, more: tuple[str, ...]) -> Iterator[str]:
    if any(is_hidden(name, hidden) for name in (*_tells(ask.metric, measure_of(ask)), *more)):
        yield "/metric_id"
    if ask.by is not None and is_cut_hidden(ask, ask.by, hidden):
        yield "/query/by"
    asked = names_of(ask.filter)
    for name in asked:
        if is_cut_hidden(ask, DIMENSION_OF[name], hidden):
            yield f"/query/{name}"
    of_lines = ask.by is Dimension.PRODUCT or "product_id" in asked
    if of_lines and ask.metric.unit is Unit.MONEY and is_hidden(LINE_TOTAL, hidden):
        yield "/metric_id"


def _tells(metric: Metric, measure: Measure) -> tuple[str, ...]:
    """Return the fields that a measure tells; whatever is of profit tells the lines' costs."""
    has_none = OF_COSTS.isdisjoint((*measure.parts, *measure.facts))
    return metric.tells if has_none else (*metric.tells, LINES)


def veiled(result: Result, hidden: Names) -> Result:
    """Return a result without what its asker may not see: no detail, no label, no sum of it."""
    if not hidden:
        return result
    label = LABELS.get(result.ask.by) if result.ask.by else None
    names_stay = label is None or not is_hidden(label, hidden)
    return replace(
        result,
        total=without_hidden(result.ask, result.total, hidden),
        series=[
            Bucket(one.start, one.end, without_hidden(result.ask, one.shown, hidden))
            for one in result.series
        ],
        breakdown=[
            Slice(
                one.key,
                one.label if names_stay else None,
                without_hidden(result.ask, one.shown, hidden),
                one.share,
            )
            for one in result.breakdown
        ],
        unconverted=[] if is_hidden(AMOUNT, hidden) else result.unconverted,
    )


def without_hidden(ask: Ask, shown: Shown, hidden: Names) -> Shown:
    """Return a figure without details that tell what is hidden; one nobody described goes too."""
    if not hidden:
        return shown
    kept = {
        name: value
        for name, value in shown.details.items()
        if name in DETAILS and not any(is_hidden(one, hidden) for one in DETAILS[name])
    }
    # of deals that are open, coverage is the part that has an amount
    bare = is_stock(ask) and is_hidden(AMOUNT, hidden)
    return replace(shown, details=kept, coverage=None if bare else shown.coverage)
