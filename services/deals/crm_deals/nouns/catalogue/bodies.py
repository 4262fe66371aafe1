"""Which bodies show or take which noun, so that fields can be hidden from roles in all of them."""

from crm_deals.approvals.schemas import ApprovalOut
from crm_deals.balances.schemas import BalanceLineOut
from crm_deals.board.schemas import CardOut, SumOut
from crm_deals.card.schemas import (
    ActivityBriefOut,
    CallBriefOut,
    CompanyBriefOut,
    ContactBriefOut,
    MessageBriefOut,
    OwnerBriefOut,
    SuggestionOut,
    TaskBriefOut,
    TotalsOut,
)
from crm_deals.claims.schemas import ClaimIn, ClaimOut, PatchClaimIn, PutClaimIn
from crm_deals.customers.schemas import StandingOut
from crm_deals.deals.schemas import StageMoveOut
from crm_deals.invoices.schemas import InvoiceIn, InvoiceOut, PatchInvoiceIn, PutInvoiceIn
from crm_deals.lines.schemas import LineItemIn, LineItemOut
from crm_deals.nouns.catalogue import ROOM
from crm_deals.overviews.schemas import DealBriefOut, DealSumOut, SoldOut
from crm_deals.payments.schemas import PatchPaymentIn, PaymentOut, PutPaymentIn
from crm_deals.price_lists.schemas import ListedPrice
from crm_deals.quotes.schemas import QuoteIn, QuoteOut
from crm_shared.http.shapes import Shown

# every sum from which a deal's amount could be read
_OFF = frozenset({"discount_percent"})
_SUMS = _OFF | {"expected_amount", "line_items", "discount", "net", "tax", "gross", "total"}
_MOVES = frozenset({"stage_label", "from_stage_id", "to_stage_id"})
# what is known of a customer's payments, and what a deal notes of it
_OWNER, _NAME = frozenset({"owner_name"}), frozenset({"name"})
_STANDING = frozenset({"late_invoices", "has_unsettled_breach", "is_unreliable"})
SHOWN = Shown(
    nouns={
        **ROOM.bodies(),
        CardOut: "deal",
        SumOut: "deal",
        DealSumOut: "deal",
        DealBriefOut: "deal",
        SoldOut: "deal",
        TotalsOut: "deal",
        LineItemOut: "line_item",
        LineItemIn: "line_item",
        QuoteOut: "quote",
        QuoteIn: "quote",
        InvoiceOut: "invoice",
        InvoiceIn: "invoice",
        PutInvoiceIn: "invoice",
        PatchInvoiceIn: "invoice",
        PaymentOut: "payment",
        PutPaymentIn: "payment",
        PatchPaymentIn: "payment",
        ClaimOut: "claim",
        ClaimIn: "claim",
        PutClaimIn: "claim",
        PatchClaimIn: "claim",
        BalanceLineOut: "balance",
        StageMoveOut: "deal",
        ApprovalOut: "deal",
        StandingOut: "deal",
        ListedPrice: "product",
        SuggestionOut: "product",
        OwnerBriefOut: "deal",
        ContactBriefOut: "contact",
        CompanyBriefOut: "company",
        ActivityBriefOut: "activity",
        TaskBriefOut: "task",
        CallBriefOut: "call",
        MessageBriefOut: "message",
    },
    follows={
        "deal": {
            "amount": _SUMS,
            "discount": _OFF,
            "stage_id": _MOVES,
            "is_customer_unreliable": _STANDING,
            "is_repeat": frozenset({"has_bought"}),
            "owner_id": _OWNER,
        },
        "contact": {"first_name": _NAME, "last_name": _NAME},
        "call": {"answered": frozenset({"state"})},
    },
)
