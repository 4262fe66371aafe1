"""Which bodies show or take which noun, so that fields can be hidden from roles in all of them."""

from crm_deals.balances.schemas import BalanceLineOut
from crm_deals.board.schemas import CardOut, SumOut
from crm_deals.card.schemas import TotalsOut
from crm_deals.claims.schemas import ClaimIn, ClaimOut, PatchClaimIn, PutClaimIn
from crm_deals.invoices.schemas import InvoiceIn, InvoiceOut, PatchInvoiceIn, PutInvoiceIn
from crm_deals.lines.schemas import LineItemIn, LineItemOut
from crm_deals.nouns.catalogue import ROOM
from crm_deals.overviews.schemas import DealBriefOut, DealSumOut, SoldOut
from crm_deals.payments.schemas import PatchPaymentIn, PaymentOut, PutPaymentIn
from crm_deals.quotes.schemas import QuoteIn, QuoteOut
from crm_shared.http.shapes import Shown

# every sum from which a deal's amount could be read
_SUMS = frozenset({"expected_amount", "line_items", "discount", "net", "tax", "gross", "total"})
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
    },
    follows={"deal": {"amount": _SUMS}},
)
