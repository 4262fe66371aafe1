"""K67: how fast lookups are answered, from counts by bucket. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, unknown

# C17: a couple of seconds
TARGET_MS = 2000
SHOWN = {"p50_ms": 50, "p99_ms": 99}


def speed(counts: Mapping[int | None, int]) -> Figure:
    """Return the 95th percentile in milliseconds: the upper bound of the bucket it lies in.

    `counts` are by upper bound, under None what took longer than all bounds.
    """
    n = sum(counts.values())
    if not n:
        return unknown(Reason.NO_DATA)
    within = sum(
        count for bound, count in counts.items() if bound is not None and bound <= TARGET_MS
    )
    details: dict[str, Decimal | int | None] = {
        "within_target_percent": Decimal(within) * HUNDRED / n,
        **{name: _bound(counts, n, percent) for name, percent in SHOWN.items()},
    }
    found = _bound(counts, n, 95)
    value = None if found is None else Decimal(found)
    return Figure(value, n, reason=Reason.NO_DATA if value is None else None, details=details)


def _bound(counts: Mapping[int | None, int], n: int, percent: int) -> int | None:
    rank, seen = -(-n * percent // 100), 0
    for bound in sorted(one for one in counts if one is not None):
        seen += counts[bound]
        if seen >= rank:
            return bound
    return None
