"""From counts to shares: the portrait of a group beside everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

# Fewer people than that could be recognised by what is told of them.
FEWEST: Final = 5
NO_DATA, NO_DENOMINATOR = "no_data", "no_denominator"
# who is younger than the number belongs to the group
AGES: Final = {18: "0-17", 25: "18-24", 35: "25-34", 45: "35-44", 55: "45-54", 65: "55-64"}
OLDEST: Final = "65+"
# attributes that are not a field themselves
MADE_OF: Final = {"age_group": "birth_date"}
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True)
class Count:
    """How many of the group, and of everybody, have a value; None is that nobody wrote it down."""

    value: str | None
    n: int
    base_n: int


def portrait_of(attribute: str, counts: Sequence[Count], *, fewest: int) -> dict[str, Any]:
    """Return how often each value is in the group, and how much oftener than among everybody."""
    n, base_n = sum(one.n for one in counts), sum(one.base_n for one in counts)
    known = sum(one.n for one in counts if one.value is not None)
    named = [one for one in counts if one.value is not None and one.n]
    shown = [one for one in named if one.n >= fewest]
    missing = n - known
    return {
        "attribute": attribute,
        "known": known,
        "missing": missing if missing >= fewest or not missing else None,
        "coverage": ratio(known, n),
        "reason": None if known else NO_DATA,
        "groups": [_group(one, n, base_n) for one in sorted(shown, key=_order)],
        "hidden_groups": len(named) - len(shown),
        "hidden_n": sum(one.n for one in named) - sum(one.n for one in shown),
    }


def _order(one: Count) -> tuple[int, str]:
    return -one.n, one.value or ""


def _group(one: Count, n: int, base_n: int) -> dict[str, Any]:
    share, base_share = ratio(one.n, n), ratio(one.base_n, base_n)
    lift = ratio(one.n * base_n, n * one.base_n)
    return {
        "value": one.value,
        "n": one.n,
        "share": share,
        "base_share": base_share,
        "lift": lift,
        "reason": None if lift is not None else NO_DENOMINATOR,
    }


def ratio(part: int, whole: int) -> str | None:
    """Return a ratio to four places, or None over nothing."""
    return None if whole == 0 else str((Decimal(part) / Decimal(whole)).quantize(_PLACES))
