"""All contributions of one deal: a pure function of its facts, whatever order they came in."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_reporting.contributions.rules.closings import closings
from crm_reporting.contributions.rules.products import split
from crm_reporting.contributions.rules.refunds import reversals, turnings
from crm_reporting.contributions.rules.subjects.told import Event
from crm_reporting.contributions.rules.timeline import Step, Timeline
from crm_reporting.contributions.rules.values import Fact, Part, Row
from crm_reporting.contributions.rules.visits import open_now, row_of, stays, visits

# Raise it whenever the same facts give other rows: reporting then asks for a rebuild.
VERSION = 8


def contributions(
    facts: Iterable[Fact], zone: ZoneInfo, payments: Sequence[Event] = ()
) -> Sequence[Row]:
    """Return what a deal adds to the counters, always in the same order.

    `payments` is all that was told of payments and refunds that ever named it; what follows from
    them comes last, so that a rebuild can add it to rows that stand already. A void deal adds
    nothing, also not to the past; of one deleted while open only the books keep what was won and
    reversed.
    """
    known = list(facts)
    if not known:
        return []
    deal = Timeline(known, zone)
    if deal.last.is_void:
        return []
    back = turnings(payments, deal.last.deal_id, zone) if payments else ()
    return [*_own(deal), *(reversals(deal, back) if back else ())]


def _own(deal: Timeline) -> Sequence[Row]:
    if not deal.counts:
        return list(closings(deal))
    return [
        *_created(deal),
        *closings(deal),
        *visits(deal),
        *stays(deal),
        *open_now(deal),
        *_agreed(deal),
    ]


def _created(deal: Timeline) -> Iterator[Row]:
    first, last = deal.steps[0].fact, deal.last
    row = Row(
        part=Part.CREATED if last.created_at_known else Part.UNDATED,
        day=deal.day(deal.created_at), until_day=None, at=deal.created_at, owner=first.owner,
        team=first.team, pipeline=first.pipeline, stage=first.stage, product=None,
        company=last.company, customer=last.customer, channel=last.channel, kind=None,
        currency=last.currency, n=1,
        priced=int(last.amount is not None), zero=int(last.amount == 0), amount=last.amount,
        measure=None, active=None, passed=last.outcome == "won", dropped=last.outcome == "lost",
        reached=(),
    )  # fmt: skip
    yield row
    for product, amount in split(last.amount, last.lines):
        yield row._replace(
            product=product, amount=amount, priced=int(amount is not None), zero=int(amount == 0)
        )


def _agreed(deal: Timeline) -> Iterator[Row]:
    """Yield when it was agreed and whether it held; and to whom it was lost."""
    last = deal.last
    if last.agreed_at is not None:
        yield _of_last(deal, Part.AGREED, last.agreed_at)._replace(
            passed=last.outcome == "won", dropped=last.outcome == "lost"
        )
    if last.outcome == "lost" and last.competitor is not None:
        row = _of_last(deal, Part.LOST_TO, last.lost_at or deal.steps[-1].at)
        yield row._replace(kind=str(last.competitor))


def _of_last(deal: Timeline, part: Part, at: datetime) -> Row:
    return row_of(deal, part, Step(deal.last, at, deal.day(at)))._replace(stage=None)
