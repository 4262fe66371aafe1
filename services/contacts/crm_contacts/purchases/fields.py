"""What can be asked about a client's purchases and behaviour, wherever clients are filtered.

`crm.as_of` is set for one transaction when somebody asks how it was at a past moment.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    any_,
    cast,
    extract,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from crm_contacts.activities.models import Activity
from crm_contacts.calls.models import Call
from crm_contacts.purchases.models import CustomerDeal, CustomerFigures
from crm_contacts.purchases.rules import AbcClass, CustomerState
from crm_shared.db.infrastructure import ALIASES
from crm_shared.db.types import UtcDateTime
from crm_shared.filters import Field, Fields
from crm_shared.money import CURRENCIES

AS_OF: Final = "crm.as_of"
WON, OPEN = "won", "open"
DAY_S = 86400
WON_SUM = re.compile(r"won_sum\.([A-Z]{3})")
# As of a past moment, these follow what is known today of the deals that were won by then.
RESTATED = frozenset(
    {"purchases", "first_purchase_at", "last_purchase_at", "days_since_purchase", "won_sum"}
)

_SET: ColumnElement[Any] = func.nullif(func.current_setting(AS_OF, True), "")
MOMENT: ColumnElement[Any] = func.coalesce(cast(_SET, UtcDateTime()), func.now())

Id = InstrumentedAttribute[Any]


def days_since(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Return how many whole days of 24 hours have passed."""
    return cast(func.floor(extract("epoch", MOMENT - moment) / DAY_S), Integer)


def years_since(day: Any) -> ColumnElement[int]:
    """Return how many whole years have passed since a day: an age."""
    return cast(extract("year", func.age(MOMENT, day)), Integer)


def _one_with(record_id: Id) -> ColumnElement[Any]:
    """The ids under which others may know a record: its own, and those merged into it."""
    merged = (
        select(ALIASES.c.loser_id)
        .where(ALIASES.c.survivor_id == record_id)
        .correlate(record_id.parent.local_table)
    )
    return func.array_append(func.array(merged.scalar_subquery()), record_id)


def _of(whose: Any, record_id: Id, value: Any) -> Select[Any]:
    return select(value).where(whose == any_(_one_with(record_id)))


def _asked(found: Select[Any], record_id: Id) -> ScalarSelect[Any]:
    return found.correlate(record_id.parent.local_table).scalar_subquery()


def _won(whose: Any, record_id: Id, value: Any) -> Select[Any]:
    return _of(whose, record_id, value).where(
        CustomerDeal.outcome == WON, CustomerDeal.is_gone.is_(False), CustomerDeal.won_at <= MOMENT
    )


def purchase_fields(record_id: Id, whose: Any) -> dict[str, Field]:
    """Return the figures of a client; `whose` is the column of a deal that names him."""
    last = _asked(_won(whose, record_id, func.max(CustomerDeal.won_at)), record_id)
    first = _asked(_won(whose, record_id, func.min(CustomerDeal.won_at)), record_id)
    count = _asked(_won(whose, record_id, func.count()), record_id)
    standing = _of(whose, record_id, func.count()).where(
        CustomerDeal.outcome == OPEN, CustomerDeal.is_gone.is_(False)
    )
    return {
        "purchases": Field(int, count),
        "first_purchase_at": Field(datetime, first),
        "last_purchase_at": Field(datetime, last),
        "days_since_purchase": Field(int, days_since(last)),
        "open_deals": Field(int, _asked(standing, record_id)),
    }


def figure_fields(record_id: Id) -> dict[str, Field]:
    """Return the figures that reporting counts of a customer; money in the company's currency."""

    def told(column: Any) -> Any:
        # merged records are one customer there already: what is told is told of the survivor
        found = (
            select(column)
            .where(
                CustomerFigures.customer_id == record_id,
                or_(_SET.is_(None), CustomerFigures.since <= MOMENT),
            )
            .order_by(CustomerFigures.revision.desc())
            .limit(1)
        )
        return _asked(found, record_id)

    return {
        "abc_class": Field(AbcClass, told(CustomerFigures.abc_class)),
        "customer_state": Field(CustomerState, told(CustomerFigures.state)),
        "purchase_sum": Field(Decimal, told(CustomerFigures.purchase_sum)),
        "purchase_sum_year": Field(Decimal, told(CustomerFigures.purchase_sum_year)),
        "average_check": Field(Decimal, told(CustomerFigures.average_check)),
        "lifetime_value": Field(Decimal, told(CustomerFigures.lifetime_value)),
        "purchase_interval": Field(Decimal, told(CustomerFigures.purchase_interval)),
        "rhythm_broken": Field(bool, told(CustomerFigures.rhythm_broken)),
        "on_time_share": Field(Decimal, told(CustomerFigures.on_time_share)),
        "late_invoices": Field(int, told(CustomerFigures.late_invoices)),
    }


def contacted_fields(record_id: Id, *, activity: Any, call: Any) -> dict[str, Field]:
    """Return when there last was something with a client: an activity that took place, a call."""
    met = _asked(
        _of(activity, record_id, func.max(Activity.completed_at)).where(
            Activity.completed_at <= MOMENT
        ),
        record_id,
    )
    rang = _asked(
        _of(call, record_id, func.max(Call.started_at)).where(Call.started_at <= MOMENT), record_id
    )
    last = func.greatest(met, rang)
    return {
        "last_contacted_at": Field(datetime, last),
        "days_since_contact": Field(int, days_since(last)),
    }


def won_sums(record_id: Id, whose: Any, raw: object) -> Fields:
    """Return a field for each `won_sum.<currency>` that a filter names; sums are never mixed."""
    named = set(WON_SUM.findall(str(raw))) & CURRENCIES
    found = Fields()
    for code in sorted(named):
        total = _won(whose, record_id, func.coalesce(func.sum(CustomerDeal.amount), 0))
        of_one = total.where(CustomerDeal.currency == code)
        found[f"won_sum.{code}"] = Field(Decimal, _asked(of_one, record_id))
    return found
