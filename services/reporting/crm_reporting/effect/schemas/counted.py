"""What a component counted, thing by thing."""

from datetime import UTC, date, datetime
from uuid import UUID

from pydantic import BaseModel

from crm_reporting.effect.rules.facts import Facts, in_work, lost_by_promise, repeats_in
from crm_reporting.effect.rules.living import unreached
from crm_reporting.effect.schemas.outcomes import Pen
from crm_reporting.inputs.rules.spreading import Span

MOST_COUNTED = 500
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class CountedOut(BaseModel):
    """One thing that a component counted: a deal, a call or a customer."""

    id: UUID
    kind: str
    day: date | None
    amount: str | None


class CountedPageOut(BaseModel):
    """What a component counted in a time; `n` of all, the first 500 of them."""

    component: str
    n: int
    items: list[CountedOut]


def counted(component: str, facts: Facts, span: Span, currency: str) -> CountedPageOut:
    """Return what a component counted."""
    pen = Pen(currency)
    rows: list[CountedOut] = []
    if component == "E10":
        rows = [
            CountedOut(id=one, kind="customer", day=None, amount=None)
            for one in sorted(in_work(facts, span.last))
        ]
    elif component == "E12":
        rows = [
            CountedOut(id=c.id, kind="call", day=facts.day(c.started_at), amount=None)
            for c in unreached(facts, span)
        ]
    else:
        sales = lost_by_promise(facts, span) if component == "E11" else repeats_in(facts, span)
        rows = [
            CountedOut(
                id=sale.id, kind="deal", day=facts.day(sale.won_at or sale.lost_at or NEVER),
                amount=pen.money(sale.amount),
            )
            for sale in sales
        ]  # fmt: skip
    ordered = sorted(rows, key=lambda row: (row.day or date.min, row.id))
    return CountedPageOut(component=component, n=len(rows), items=ordered[:MOST_COUNTED])
