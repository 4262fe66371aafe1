"""Entering rates; figures are converted when they are read, so counters need no rebuild."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.events.derived import (
    RateCreated,
    RateDeleted,
    RateFacts,
    RateUpdated,
)
from crm_reporting.rates.models import Rate
from crm_reporting.rates.queries import rates_at
from crm_shared.errors import FieldError, InvalidError
from crm_shared.events import outbox
from crm_shared.events.envelope import Event
from crm_shared.ids import new_id


class RateOf(NamedTuple):
    """`rate` units of `quote` for one unit of `currency`, from `day` on."""

    currency: str
    quote: str
    day: date
    rate: Decimal


async def set_rates(session: AsyncSession, rates: Sequence[RateOf]) -> Counter[str]:
    """Enter rates, all or none; one that was there is replaced. Returns what became of them."""
    _check(rates)
    known = await rates_at(session, [(one.currency, one.quote, one.day) for one in rates])
    done: Counter[str] = Counter(created=0, updated=0, unchanged=0)
    changes: list[tuple[Rate, Event, None]] = []
    for one in rates:
        row = known.get((one.currency, one.quote, one.day))
        if row is not None and row.rate == one.rate:
            done["unchanged"] += 1
            continue
        if row is None:
            row = Rate(id=new_id(), **one._asdict())
            session.add(row)
            done["created"] += 1
            changes.append((row, RateCreated(rate=_facts(row), changed=[], previous={}), None))
            continue
        previous = {"rate": row.rate}
        row.rate = one.rate
        done["updated"] += 1
        event = RateUpdated(rate=_facts(row), changed=["rate"], previous=previous)
        changes.append((row, event, None))
    await outbox.record_many(session, changes)
    return done


def _check(rates: Sequence[RateOf]) -> None:
    wrong: list[FieldError] = []
    seen: set[tuple[str, str, date]] = set()
    for index, one in enumerate(rates):
        where, at = (one.currency, one.quote, one.day), f"/rates/{index}"
        if one.rate <= 0:
            wrong.append(FieldError(f"{at}/rate", "not-positive", "A rate is greater than nought."))
        if one.currency == one.quote:
            wrong.append(FieldError(f"{at}/quote", "same-currency", "A currency is worth itself."))
        if where in seen:
            wrong.append(FieldError(f"{at}/day", "twice", "This day of the currency stands twice."))
        seen.add(where)
    if wrong:
        raise InvalidError(*wrong)


async def delete_rate(session: AsyncSession, row: Rate) -> None:
    """Take a rate back: the last one before its day holds again."""
    event = RateDeleted(rate=_facts(row), changed=[], previous={})
    entry = outbox.entry_values(event, aggregate_id=row.id, revision=row.revision + 1)
    await session.delete(row)
    await session.flush()
    await outbox.write_entries(session, [entry])


def _facts(row: Rate) -> RateFacts:
    return RateFacts.model_validate(row, from_attributes=True)
