"""What the speed of lookups adds: counts by milliseconds, of nobody's work."""

from collections.abc import Iterator

from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.contributions.rules.subjects.told import LookupTold, bound_of
from crm_reporting.contributions.rules.values import Part, Row

PARTS = {"search": Part.LOOKUP_SEARCH, "view": Part.LOOKUP_VIEW}
# as many as a row has room for
MOST = 30_000


def lookup_rows(life: Life[LookupTold]) -> Iterator[Row]:
    """Yield how many answers took how long, by the day they were told."""
    last = life.last
    part = PARTS.get(last.kind)
    if part is None:
        return
    for one in last.buckets:
        row = life.row(part, life.began, by=(None, None), kind=bound_of(one.up_to_ms))
        left = one.count
        while left > 0:
            yield row._replace(n=min(left, MOST))
            left -= MOST
