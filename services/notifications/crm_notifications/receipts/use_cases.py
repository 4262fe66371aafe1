"""What a receipt makes of a message."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Arrival, Receipt
from crm_notifications.events import (
    MessageBounced,
    MessageComplained,
    MessageDelivered,
    MessageEvent,
    MessageFacts,
    MessagePriced,
    MessageSent,
)
from crm_notifications.messages.models import Message
from crm_notifications.messages.rules import Status, Step, after
from crm_notifications.receipts import queries
from crm_shared.clock import utc_now
from crm_shared.events import outbox

STEPS = {
    Arrival.DELIVERED: (Step.CONFIRM, "delivered_at", MessageDelivered),
    Arrival.BOUNCED: (Step.BOUNCE, "bounced_at", MessageBounced),
}


async def take_receipts(session: AsyncSession, provider: str, receipts: Sequence[Receipt]) -> int:
    """Write down what became of messages; the same word a second time changes nothing.

    Returns how many messages changed. A receipt of a message that is not there is dropped: it may
    be of another installation behind the same account.
    """
    changed = 0
    for receipt in receipts:
        message = await queries.find_message(session, provider, receipt)
        if message is None:
            continue
        event = _apply(message, provider, receipt)
        if event is not None:
            facts = MessageFacts.model_validate(message, from_attributes=True)
            await outbox.record(session, message, event(message=facts))
            changed += 1
    return changed


def _apply(message: Message, provider: str, receipt: Receipt) -> type[MessageEvent] | None:
    event = _arrival(message, receipt)
    priced = _book(message, receipt)
    message.provider = provider
    message.reference = message.reference or receipt.reference
    if event is None:
        return MessagePriced if priced else None
    # who still holds a claim must not settle what the provider has decided
    message.claim_id = message.claimed_until = None
    return event


def _arrival(message: Message, receipt: Receipt) -> type[MessageEvent] | None:
    now = utc_now()
    if receipt.arrival is Arrival.COMPLAINED:
        if message.complained_at is not None:
            return None
        message.complained_at = now
        return MessageComplained
    if receipt.arrival is Arrival.SENT:
        if message.status != Status.UNKNOWN.value:
            return None
        message.take(Step.MARK_SENT)
        message.sent_at, message.reason = now, receipt.code
        return MessageSent
    step, moment, event = STEPS[receipt.arrival]
    if after(Status(message.status), step) is None:
        return None
    message.take(step)
    message.sent_at = message.sent_at or now
    message.reason = receipt.code
    setattr(message, moment, now)
    return event


def _book(message: Message, receipt: Receipt) -> bool:
    """The provider's own price counts more than the one entered for the channel."""
    if receipt.cost is None or receipt.currency is None:
        return False
    cost = receipt.cost.quantize(Decimal("0.0001"))
    if (message.cost, message.currency) == (cost, receipt.currency):
        return False
    message.cost, message.currency = cost, receipt.currency
    return True
