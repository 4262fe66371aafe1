"""Examples of what is said of quotes."""

from datetime import UTC, date, datetime
from decimal import Decimal

from crm_deals.events import (
    QuoteAccepted,
    QuoteCreated,
    QuoteDeclined,
    QuoteDeleted,
    QuoteExpired,
    QuoteFacts,
    QuoteSent,
    QuoteUpdated,
)
from crm_deals.examples.money import example_id
from crm_deals.examples.selling import DEAL
from crm_shared.events.envelope import Event

SENT_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DRAFT = QuoteFacts(
    deal_id=example_id(20),
    number="Q-2026-00008",
    version=2,
    status="draft",
    owner_id=example_id(1),
    team_id=example_id(2),
    currency="UAH",
    net=Decimal("237500.00"),
    tax=Decimal("47500.00"),
    total=Decimal("285000.00"),
    valid_until=date(2026, 12, 4),
    sent_at=None,
    decided_at=None,
    line_items=DEAL.line_items,
)
SENT = DRAFT.model_copy(update={"status": "sent", "sent_at": SENT_AT})
DECIDED = datetime(2026, 11, 27, 15, 12, tzinfo=UTC)
OPEN = {"status": "sent", "decided_at": None}

EXAMPLES: list[Event] = [
    QuoteCreated(quote=DRAFT, changed=[], previous={}),
    QuoteUpdated(quote=DRAFT, changed=["valid_until"], previous={"valid_until": None}),
    QuoteDeleted(quote=DRAFT, changed=["deleted_at"], previous={}),
    QuoteSent(
        quote=SENT,
        changed=["status", "sent_at"],
        previous={"status": "draft", "sent_at": None},
    ),
    QuoteAccepted(
        quote=SENT.model_copy(update={"status": "accepted", "decided_at": DECIDED}),
        changed=["status", "decided_at"],
        previous=OPEN,
    ),
    QuoteDeclined(
        quote=SENT.model_copy(update={"status": "declined", "decided_at": DECIDED}),
        changed=["status", "decided_at"],
        previous=OPEN,
    ),
    QuoteExpired(
        quote=SENT.model_copy(update={"status": "expired"}),
        changed=["status"],
        previous={"status": "sent"},
    ),
]
