"""What invoices, payments, expenses and claims add."""

from collections.abc import Iterator
from datetime import timedelta

from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.contributions.rules.subjects.told import ClaimTold, InvoiceTold, PaymentTold
from crm_reporting.contributions.rules.values import Part, Row

UNPAID = frozenset({"issued", "partly_paid"})
OUT = frozenset({"draft", "void"})
OUR_MISTAKE = frozenset({"mistake", "duplicate"})


def invoice_rows(life: Life[InvoiceTold]) -> Iterator[Row]:
    """Yield what was invoiced without tax, whether it was paid by its day, and what is owed."""
    last = life.last
    if life.is_gone:
        return
    by = life.owner()
    issued = life.midnight(last.issue_date)
    wrong = last.status == "void" and last.void_reason in OUR_MISTAKE
    if wrong:
        yield life.row(Part.INVOICE_WRONG, issued, by=by, kind=last.void_reason)
    if last.status in OUT:
        return
    net = -last.net if last.kind == "credit_note" else last.net
    yield life.row(Part.INVOICED, issued, by=by, money=(net, last.currency))
    if last.kind != "credit_note":
        yield from _owed(life)


def _owed(life: Life[InvoiceTold]) -> Iterator[Row]:
    last = life.last
    # what was credited in full was taken back: nobody had to pay it by any day
    was_to_pay = last.status != "credited" and not last.is_disputed
    if last.due_date is not None and was_to_pay:
        paid = last.paid_on if last.status == "paid" else None
        late = None if paid is None or paid <= last.due_date else (paid - last.due_date).days
        row = life.row(
            Part.INVOICE_DUE, life.midnight(last.due_date), by=(last.owner_id, last.team_id),
            money=(last.total, last.currency), measure=late,
        )  # fmt: skip
        yield row._replace(passed=paid is not None and late is None, zero=int(late is not None))
    yield from life.stays(
        Part.RECEIVABLE,
        lambda told: told.status in UNPAID,
        money=lambda told: (told.due, told.currency),
    )
    if last.due_date is not None:
        yield from life.stays(
            Part.OVERDUE,
            lambda told: told.status in UNPAID and not told.is_disputed,
            money=lambda told: (told.due, told.currency),
            not_before=last.due_date + timedelta(days=1),
        )


def payment_rows(life: Life[PaymentTold]) -> Iterator[Row]:
    """Yield money by the day it moved; what was voided never did."""
    last = life.last
    if life.is_gone or last.voided_at is not None:
        return
    parts = {"payment": Part.PAID, "refund": Part.REFUNDED, "expense": Part.EXPENSE}
    part = parts.get(last.kind)
    if part is None:
        return
    amount = -last.amount if part is Part.REFUNDED else last.amount
    yield life.row(
        part, life.midnight(last.paid_on), by=(last.owner_id, last.team_id), kind=last.category,
        money=(amount, last.currency),
    )  # fmt: skip


def claim_rows(life: Life[ClaimTold]) -> Iterator[Row]:
    """Yield a claim by the day it was made."""
    last = life.last
    if life.is_gone:
        return
    row = life.row(
        Part.CLAIM, life.midnight(last.claimed_on), by=(last.owner_id, last.team_id),
        kind=last.kind, money=(last.amount, last.currency),
    )  # fmt: skip
    yield row._replace(
        passed=last.status in ("accepted", "settled"), dropped=last.status == "rejected"
    )
