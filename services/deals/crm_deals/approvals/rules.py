"""How a wish is kept and read again, and when a step is decided: pure functions."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

IDS = frozenset(
    {
        "owner_id",
        "team_id",
        "contact_id",
        "company_id",
        "price_list_id",
        "product_id",
        "user_id",
        "asked_product_id",
        "stage_id",
        "reason_id",
        "competitor_id",
    }
)
NUMBERS = frozenset(
    {
        "amount",
        "expected_amount",
        "quantity",
        "unit_price",
        "discount_value",
        "tax_rate",
        "share",
        "asked_quantity",
        "value",
    }
)
# A wish of these alone is a move as people make it.
MOVE_ALONE = frozenset({"stage_id", "reason_id", "reason_note", "competitor_id", "reopen"})
# What a discount was asked on: another deal than this was not consented to.
PRICED = ("line_items", "discount", "amount", "currency")


def revived(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of a deal as the use cases take them, read back from JSON."""
    return {name: _value(name, value) for name, value in values.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [revived(one) if isinstance(one, Mapping) else one for one in value]
    if isinstance(value, Mapping):
        return revived(value)
    if value is None:
        return None
    if name in IDS:
        return UUID(str(value))
    if name in NUMBERS:
        return Decimal(str(value))
    return date.fromisoformat(value) if name == "expected_close_date" else value


def verdict(
    answers: Sequence[str], *, asked: int, quorum: int
) -> Literal["approve", "reject"] | None:
    """Return how a step ends, if the answers so far decide it: k of n, or not enough left."""
    consents, refusals = answers.count("approve"), answers.count("reject")
    if consents >= quorum:
        return "approve"
    # ended as soon as it cannot succeed: nobody is kept waiting for a no
    if max(asked, 1) - refusals < quorum:
        return "reject"
    return None
