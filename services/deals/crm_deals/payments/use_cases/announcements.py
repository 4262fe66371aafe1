"""What is said of a payment when it changes."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import (
    ExpenseRecorded,
    ExpenseUpdated,
    ExpenseVoided,
    PaymentFacts,
    PaymentReceived,
    PaymentRefunded,
    PaymentUpdated,
    PaymentVoided,
)
from crm_deals.events.payments import PaymentEvent
from crm_deals.payments.models import Payment
from crm_shared.events import outbox
from crm_shared.money import plainly

BOOKED: dict[str, type[PaymentEvent]] = {
    "payment": PaymentReceived,
    "refund": PaymentRefunded,
    "expense": ExpenseRecorded,
}
BOOKKEEPING = frozenset({"invoice_ids", "allocated"})


async def announce_new(session: AsyncSession, payment: Payment) -> None:
    """Keep a new payment and announce it."""
    session.add(payment)
    event = BOOKED[payment.kind](payment=_facts(payment), changed=[], previous={})
    await outbox.record(session, payment, event)


async def announce_change(session: AsyncSession, payment: Payment) -> bool:
    """Announce what changed; False, and nothing said, if nothing did."""
    return await _announce(
        session, payment, ExpenseUpdated if payment.kind == "expense" else PaymentUpdated
    )


async def announce_void(session: AsyncSession, payment: Payment) -> None:
    """Announce that it never happened."""
    await _announce(session, payment, ExpenseVoided if payment.kind == "expense" else PaymentVoided)


async def _announce(session: AsyncSession, payment: Payment, kind: type[PaymentEvent]) -> bool:
    changes = outbox.changes_of(payment, PaymentFacts)
    # which invoices it settles is told by the invoices, each with an event of its own
    changed = [name for name in changes.changed if name not in BOOKKEEPING]
    if not changed:
        return False
    previous = plainly(changes.previous)
    event = kind(payment=_facts(payment), changed=changed, previous=previous)
    await outbox.record(session, payment, event)
    return True


def _facts(payment: Payment) -> PaymentFacts:
    return PaymentFacts.model_validate(payment, from_attributes=True)
