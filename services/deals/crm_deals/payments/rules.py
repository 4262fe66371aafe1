"""Which part of a payment settles which invoice: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from crm_shared.errors import FieldError
from crm_shared.money import plain

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a payment that belongs to an invoice."""

    invoice_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants an invoice to get; without an amount, as much as it can take."""

    invoice_id: UUID
    amount: Decimal | None
    most: Decimal
    least: Decimal = NOTHING


def part_of(stored: Mapping[str, str]) -> Part:
    """Return a part as it was stored."""
    return Part(UUID(stored["invoice_id"]), Decimal(stored["amount"]))


def stored_part(part: Part) -> dict[str, str]:
    """Return a part as it is stored."""
    return {"invoice_id": str(part.invoice_id), "amount": plain(part.amount)}


def share_out(available: Decimal, wishes: Sequence[Wish]) -> tuple[list[Part], list[FieldError]]:
    """Give every invoice what is wished for, in that order; or say what is wrong with it.

    No invoice gets more than it can take, all together no more than there is.
    """
    faults, parts, left = [], [], available
    for index, wish in enumerate(wishes):
        # `left` is below nothing once a wish before was too large: that one is told, not this
        amount = min(wish.most, max(left, NOTHING)) if wish.amount is None else wish.amount
        pointer = f"/allocations/{index}/amount"
        if amount > wish.most:
            faults.append(FieldError(pointer, "more-than-due", f"At most {plain(wish.most)}."))
        elif amount < wish.least:
            refunded = f"{plain(wish.least)} of it was refunded."
            faults.append(FieldError(pointer, "less-than-refunded", refunded))
        elif amount > left:
            faults.append(FieldError(pointer, "more-than-paid", f"{plain(left)} is left."))
        left -= amount
        if amount:
            parts.append(Part(wish.invoice_id, amount))
    return parts, faults


def take_back(amount: Decimal, free: Decimal, held: Sequence[Part]) -> list[Part]:
    """Return what a refund takes from invoices: only what is not free, the last one first."""
    # what no invoice holds goes back first: nobody's debt changes by it
    needed, parts = amount - free, []
    for part in reversed(held):
        taken = min(needed, part.amount)
        if taken > 0:
            parts.append(Part(part.invoice_id, taken))
            needed -= taken
    return parts


def still_held(parts: Sequence[Part], refunds: Sequence[Sequence[Part]]) -> list[Part]:
    """Return what of a payment its invoices still hold after these refunds."""
    taken: dict[UUID, Decimal] = {}
    for refund in refunds:
        for part in refund:
            taken[part.invoice_id] = taken.get(part.invoice_id, NOTHING) + part.amount
    return [
        Part(part.invoice_id, part.amount - taken.get(part.invoice_id, NOTHING)) for part in parts
    ]
