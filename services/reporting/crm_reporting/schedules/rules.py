"""When a report is due, and of which days it tells."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.rules.asks import names_of
from crm_reporting.metrics.rules.periods import Interval, Period, bucket_of
from crm_reporting.reports.rules.definitions import REPORTS, refused_filters
from crm_shared.clock import local_day
from crm_shared.errors import FieldError
from crm_shared.filters import And, parse_query

WEEK = 7


def faults_of(report: str, filters: Mapping[str, str]) -> list[FieldError]:
    """Return why a report cannot be told so: there is none such, or none by such a filter."""
    definition = REPORTS.get(report)
    if definition is None:
        return [FieldError("/report", "unknown-report", "There is no report of this name.")]
    comparisons, errors = parse_query(list(filters.items()), FIELDS)
    rule = "This report is not told by it."
    refused = refused_filters(definition, names_of(And(tuple(comparisons))))
    return [*errors, *(FieldError(f"/filters/{one}", "unknown-dimension", rule) for one in refused)]


class Span(StrEnum):
    """Of which days a report tells when it is sent: whole ones, or one that still goes on."""

    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"
    LAST_QUARTER = "last_quarter"
    THIS_MONTH = "this_month"
    THIS_QUARTER = "this_quarter"
    THIS_YEAR = "this_year"


INTERVALS = {
    Span.LAST_WEEK: Interval.WEEK, Span.LAST_MONTH: Interval.MONTH,
    Span.LAST_QUARTER: Interval.QUARTER, Span.THIS_MONTH: Interval.MONTH,
    Span.THIS_QUARTER: Interval.QUARTER, Span.THIS_YEAR: Interval.YEAR,
}  # fmt: skip


def next_time(weekdays: Collection[int], at: str, zone: ZoneInfo, *, after: datetime) -> datetime:
    """Return the first moment after another that is `at` o'clock on one of the days (1 Monday).

    By the wall clock: an hour that summer time leaves out comes when that hour would have been.
    """
    clock = time.fromisoformat(at)
    first = local_day(after, zone)
    for offset in range(WEEK + 1):
        day = first + timedelta(days=offset)
        moment = datetime.combine(day, clock, zone)
        if day.isoweekday() in weekdays and moment > after:
            return moment
    raise ValueError("no day of the week is named")


def days_of(span: Span, on: date) -> Period:
    """Return the days that a report tells of when it is sent on a day."""
    interval = INTERVALS[span]
    start = bucket_of(on, interval)
    if span.value.startswith("last"):
        return Period(bucket_of(start - timedelta(days=1), interval), start)
    return Period(start, on + timedelta(days=1))
