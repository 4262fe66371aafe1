"""What a rule looks at and how its actions read: pure functions and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from crm_shared.events.envelope import Envelope

# of a moment there is no event: its id follows from rule, deal and occurrence
MOMENTS = UUID("5f0c7a55-7b1e-5c0e-9d55-3a1c5d8e2f10")
# real chains of a sales process are two or three long; beyond this it is a circle
MAX_DEPTH = 5
# a rule may meet its own deal again by a detour, but not go on doing so
MAX_RUNS_IN_CHAIN = 3
# What may be copied where: only between fields of one kind.
COPYABLE = {
    "amount": "money",
    "expected_amount": "money",
    "channel": "code",
    "source": "code",
}
DAYS = {
    "expected_close_date": "date",
    "created_at": "moment",
    "stage_entered_at": "moment",
    "won_at": "moment",
    "lost_at": "moment",
    "closed_at": "moment",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a rule run: an event, or a moment that came."""

    event_id: UUID
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    occurrence: str | None = None


def cause_of(envelope: Envelope[Any]) -> Cause:
    """Return an event as a cause."""
    return Cause(envelope.id, envelope.correlationid, envelope.causationid)


def moment_of(rule_id: UUID, deal_id: UUID, occurrence: str) -> Cause:
    """Return a moment as a cause: the same moment has the same id, whoever finds it."""
    return Cause(uuid5(MOMENTS, f"{rule_id}:{deal_id}:{occurrence}"), occurrence=occurrence)


def deal_of(event_type: str, subject: UUID, data: Mapping[str, Any]) -> UUID | None:
    """Return the deal that an event is about, if it is about one."""
    noun = event_type.split(".")[2]
    # a deal's events name it as their subject, all others in their data
    if noun == "deal":
        return subject
    told = data.get(noun)
    raw = data.get("deal_id") or (told.get("deal_id") if isinstance(told, Mapping) else None)
    try:
        return UUID(str(raw)) if raw else None
    except ValueError:
        return None


def due_in(days: int, today: date) -> date:
    """Return the day so many days from today."""
    return today + timedelta(days=days)


def line_values(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a deal's lines as they would be sent to write them again."""
    return [
        {
            "product_id": UUID(str(line["product_id"])),
            "quantity": Decimal(str(line["quantity"])),
            "unit_price": Decimal(str(line["unit_price"])),
            "discount_type": line.get("discount_type"),
            "discount_value": Decimal(str(line.get("discount_value") or 0)),
            "tax_rate": Decimal(str(line.get("tax_rate") or 0)),
            "tax_included": line.get("tax_included", False),
            "sale_kind": line.get("sale_kind", "base"),
            "asked_product_id": _id(line.get("asked_product_id")),
            "asked_quantity": _number(line.get("asked_quantity")),
        }
        for line in lines
    ]


def _id(value: object) -> UUID | None:
    return UUID(str(value)) if value else None


def _number(value: object) -> Decimal | None:
    return Decimal(str(value)) if value else None
