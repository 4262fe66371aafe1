"""How a wish is kept and read again, and when a step is decided: pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic_core import to_jsonable_python

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
# What a wish was asked on: another deal than this was not consented to.
PRICED = ("line_items", "discount", "amount", "currency")
# What a wish says of the change itself, not of the deal.
OF_THE_CHANGE = frozenset({*MOVE_ALONE, "across", "from_stage_id", "occurred_at"}) - {"stage_id"}


def base_of(deal: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return these fields of a deal as they stand, as JSON."""
    held = {
        name: deal.all_fields if name == "custom_fields" else getattr(deal, name) for name in names
    }
    plain: dict[str, Any] = to_jsonable_python(held)
    return plain


def asked_on(order: Iterable[str]) -> set[str]:
    """Return the fields that must stand as they stood when a wish that names these was made."""
    return {*PRICED, *order} - OF_THE_CHANGE


def revived(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of a deal as the use cases take them, read back from JSON."""
    # the company's own keys may be called like our fields, and their values are JSON as they are
    return {
        name: value if name == "custom_fields" else _value(name, value)
        for name, value in values.items()
    }


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


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who works here: `is_asked` by role or as head, not only by name."""

    id: UUID
    is_asked: bool
    is_away: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked, and in whose place those do it who stand in."""

    ids: list[UUID]
    stand_ins: Mapping[UUID, UUID] = field(default_factory=dict)


def is_away(absences: Sequence[Mapping[str, str]], today: date) -> bool:
    """Tell whether this day lies within an absence, its first and last day included."""
    return any(one["start"] <= today.isoformat() <= one["end"] for one in absences)


def asked_of(people: Sequence[Candidate], named: Mapping[UUID, UUID | None], *, but: UUID) -> Asked:
    """Return who is asked of those who work here: a substitute for whoever left or is away."""
    here = {one.id for one in people}
    present = {one.id for one in people if not one.is_away}
    stand_ins = {
        substitute: user_id
        for user_id, substitute in named.items()
        # his own wish is nobody else's to answer for him
        if user_id != but and user_id not in present and substitute in present
    }
    meant = {one.id for one in people if one.is_asked} | (here & named.keys())
    asked = (meant & present) | stand_ins.keys()
    # who is away without a substitute is asked all the same: he may answer from where he is
    uncovered = (meant - present) - set(stand_ins.values())
    by_name = uncovered & named.keys()
    return Asked(sorted(asked | by_name or uncovered), stand_ins)
