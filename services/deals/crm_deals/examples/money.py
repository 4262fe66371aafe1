"""Examples of what is said of invoices, payments and claims."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from crm_deals.events import (
    AllocationFacts,
    ClaimDeleted,
    ClaimFacts,
    ClaimRecorded,
    ClaimResolved,
    ClaimUpdated,
    ExpenseRecorded,
    ExpenseUpdated,
    ExpenseVoided,
    InvoiceCreated,
    InvoiceDeleted,
    InvoiceFacts,
    InvoiceIssued,
    InvoiceLineFacts,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceUpdated,
    InvoiceVoided,
    PaymentFacts,
    PaymentReceived,
    PaymentRefunded,
    PaymentUpdated,
    PaymentVoided,
)
from crm_shared.events.envelope import Event


def example_id(number: int) -> UUID:
    return UUID(f"01936d3a-0000-7000-8000-{number:012d}")


LATE = datetime(2026, 12, 16, 0, 0, 31, tzinfo=UTC)
NOTHING = Decimal("0.00")
INVOICE = InvoiceFacts(
    number="2026-00017",
    kind="invoice",
    status="issued",
    deal_id=example_id(20),
    contact_id=example_id(3),
    company_id=example_id(4),
    owner_id=example_id(1),
    team_id=example_id(2),
    currency="UAH",
    net=Decimal("237500.00"),
    tax=Decimal("47500.00"),
    total=Decimal("285000.00"),
    paid=NOTHING,
    credited=NOTHING,
    due=Decimal("285000.00"),
    overpaid=NOTHING,
    issue_date=date(2026, 12, 1),
    due_date=date(2026, 12, 15),
    paid_on=None,
    overdue_at=None,
    is_disputed=False,
    credits_invoice_id=None,
    void_reason=None,
    line_items=[
        InvoiceLineFacts(
            product_id=example_id(5),
            product_label="Oak chair",
            category="Chairs",
            quantity=Decimal(200),
            total=Decimal("237500.00"),
            tax_amount=Decimal("47500.00"),
            sale_kind="base",
        )
    ],
)
DRAFT = INVOICE.model_copy(update={"number": None, "status": "draft", "due": NOTHING})
PARTLY = INVOICE.model_copy(
    update={
        "status": "partly_paid",
        "paid": Decimal("100000.00"),
        "due": Decimal("185000.00"),
    }
)
PAID = INVOICE.model_copy(
    update={
        "status": "paid",
        "paid": INVOICE.total,
        "due": NOTHING,
        "paid_on": date(2026, 12, 10),
    }
)
VOID = INVOICE.model_copy(update={"status": "void", "due": NOTHING, "void_reason": "mistake"})
PAYMENT = PaymentFacts(
    kind="payment",
    direction="in",
    amount=Decimal("300000.00"),
    currency="UAH",
    paid_on=date(2026, 12, 10),
    account="bank",
    category="sales",
    deal_id=example_id(20),
    contact_id=example_id(3),
    company_id=example_id(4),
    owner_id=example_id(1),
    team_id=example_id(2),
    refunds_id=None,
    allocations=[AllocationFacts(invoice_id=example_id(21), amount=Decimal("285000.00"))],
    unallocated=Decimal("15000.00"),
    refunded=NOTHING,
    void_reason=None,
    voided_at=None,
)
REFUND = PAYMENT.model_copy(
    update={
        "kind": "refund",
        "direction": "out",
        "amount": Decimal("15000.00"),
        "allocations": [],
        "refunds_id": example_id(22),
    }
)
REFUNDED = PAYMENT.model_copy(update={"refunded": Decimal("15000.00")})
EXPENSE = PAYMENT.model_copy(
    update={
        "kind": "expense",
        "direction": "out",
        "amount": Decimal("4200.00"),
        "category": "delivery",
        "contact_id": None,
        "company_id": None,
        "allocations": [],
        "unallocated": Decimal("4200.00"),
    }
)
UNDONE = {"void_reason": "duplicate", "voided_at": LATE}
CLAIM = ClaimFacts(
    kind="complaint",
    status="open",
    cause="late-delivery",
    amount=Decimal("12000.00"),
    settled_amount=None,
    currency="UAH",
    deal_id=example_id(20),
    invoice_id=example_id(21),
    contact_id=example_id(3),
    company_id=example_id(4),
    owner_id=example_id(1),
    team_id=example_id(2),
    claimed_on=date(2026, 12, 18),
    resolved_on=None,
    resolution=None,
)
RESOLVED = CLAIM.model_copy(
    update={
        "status": "settled",
        "settled_amount": Decimal("10000.00"),
        "resolved_on": date(2026, 12, 21),
        "resolution": "price-reduced",
    }
)
ACCEPTED = CLAIM.model_copy(update={"status": "accepted"})

EXAMPLES: list[Event] = [
    InvoiceCreated(invoice=DRAFT, changed=[], previous={}),
    InvoiceUpdated(
        invoice=PARTLY,
        changed=["paid", "status"],
        previous={"paid": "0.00", "status": "issued"},
    ),
    InvoiceDeleted(invoice=DRAFT, changed=["deleted_at"], previous={}),
    InvoiceIssued(
        invoice=INVOICE,
        changed=["number", "status"],
        previous={"number": None, "status": "draft"},
    ),
    InvoicePaid(
        invoice=PAID,
        changed=["paid", "status", "paid_on"],
        previous={"paid": "100000.00", "status": "partly_paid", "paid_on": None},
    ),
    InvoiceOverdue(
        invoice=INVOICE.model_copy(update={"overdue_at": LATE}),
        changed=["overdue_at"],
        previous={"overdue_at": None},
    ),
    InvoiceVoided(
        invoice=VOID,
        changed=["status", "void_reason", "voided_at"],
        previous={"status": "issued", "void_reason": None},
    ),
    PaymentReceived(payment=PAYMENT, changed=[], previous={}),
    PaymentRefunded(payment=REFUND, changed=[], previous={}),
    PaymentUpdated(payment=REFUNDED, changed=["refunded"], previous={"refunded": "0.00"}),
    PaymentVoided(
        payment=PAYMENT.model_copy(update=UNDONE),
        changed=["void_reason", "voided_at"],
        previous={"void_reason": None, "voided_at": None},
    ),
    ExpenseRecorded(payment=EXPENSE, changed=[], previous={}),
    ExpenseUpdated(payment=EXPENSE, changed=["category"], previous={"category": None}),
    ExpenseVoided(
        payment=EXPENSE.model_copy(update=UNDONE),
        changed=["void_reason", "voided_at"],
        previous={"void_reason": None, "voided_at": None},
    ),
    ClaimRecorded(claim=CLAIM, changed=[], previous={}),
    ClaimUpdated(claim=ACCEPTED, changed=["status"], previous={"status": "open"}),
    ClaimResolved(
        claim=RESOLVED,
        changed=["status", "settled_amount", "resolved_on", "resolution"],
        previous={
            "status": "open",
            "settled_amount": None,
            "resolved_on": None,
            "resolution": None,
        },
    ),
    ClaimDeleted(claim=CLAIM, changed=["deleted_at"], previous={}),
]
