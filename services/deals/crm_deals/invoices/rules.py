"""What an invoice comes to and what its payments make of it: pure functions."""

from decimal import Decimal
from typing import Protocol

from crm_shared.money import round_money

OWED = frozenset({"issued", "partly_paid"})
COUNTED = frozenset({"issued", "partly_paid", "paid", "credited"})
NOTHING = Decimal(0)


class Owed(Protocol):
    """What the rules need to know of an invoice."""

    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def paid(self) -> Decimal: ...
    @property
    def credited(self) -> Decimal: ...


class Taxed(Protocol):
    """What the rules need to know of an invoice that is credited in parts."""

    @property
    def total(self) -> Decimal: ...
    @property
    def tax(self) -> Decimal: ...
    @property
    def credited(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...


def status_of(invoice: Owed) -> str:
    """Return where an issued invoice stands by what was paid and credited."""
    if invoice.kind == "credit_note":
        return "issued"
    if invoice.paid + invoice.credited < invoice.total:
        return "partly_paid" if invoice.paid > 0 else "issued"
    return "credited" if invoice.paid == 0 and invoice.credited > 0 else "paid"


def due_of(invoice: Owed) -> Decimal:
    """Return what is still to be paid."""
    if invoice.kind == "credit_note" or invoice.status not in COUNTED:
        return NOTHING
    return max(NOTHING, invoice.total - invoice.credited - invoice.paid)


def tax_of_part(invoice: Taxed, amount: Decimal) -> Decimal:
    """Return the tax in the next part that is credited: the taxes of all parts make the whole's."""

    def until(credited: Decimal) -> Decimal:
        return round_money(invoice.tax * credited / invoice.total, invoice.currency)

    # each part rounded by itself would lose or win a digit over several of them
    return until(invoice.credited + amount) - until(invoice.credited)


def overpaid_of(invoice: Owed) -> Decimal:
    """Return what was paid beyond what is owed."""
    if invoice.kind == "credit_note" or invoice.status not in COUNTED:
        return NOTHING
    return max(NOTHING, invoice.paid + invoice.credited - invoice.total)
